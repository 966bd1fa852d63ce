#!/usr/bin/env bash
# Print the newest Python (3.11 or later) that can create a virtual environment.
set -euo pipefail

needs_venv=""
for name in python3.14 python3.13 python3.12 python3.11 python3; do
    command -v "$name" >/dev/null || continue
    # A version manager's shim may exist for a Python that isn't there, so ask it to run.
    "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue
    # Debian ships ensurepip, which venv needs, in a package of its own.
    if "$name" -c 'import ensurepip, venv' 2>/dev/null; then
        echo "$name"
        exit 0
    fi
    needs_venv="${needs_venv:-$name}"
done

if [[ -n "$needs_venv" ]]; then
    version="$("$needs_venv" -c 'import sys; print("python%d.%d" % sys.version_info[:2])')"
    echo "$needs_venv cannot create virtual environments. Install the missing part: sudo apt-get install $version-venv" >&2
else
    echo "Python 3.11 or later was not found. Install it: sudo apt-get install python3 python3-venv" >&2
fi
exit 1
