#!/usr/bin/env bash
# Run the unit tests with the lowest versions that pyproject.toml allows of what consentkit itself depends on.
set -euo pipefail
cd "$(dirname "$0")/.."

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

# What is needed at run time, the extras included; not what only tests need.
.venv/bin/python - >"$work/lowest.txt" <<'PYTHON'
import re, tomllib
project = tomllib.load(open("pyproject.toml", "rb"))["project"]
extras = [line for name, lines in project["optional-dependencies"].items() if name != "dev" for line in lines]
print(*(re.sub(">=", "==", line) for line in project["dependencies"] + extras), sep="\n")
PYTHON
"$(scripts/find-python.sh)" -m venv "$work/venv"
"$work/venv/bin/python" -m pip --disable-pip-version-check --quiet install --constraint "$work/lowest.txt" --editable '.[dev]'
# Old versions meet newer ones of what they need, which warn them.
"$work/venv/bin/python" -m pytest -q -p no:cacheprovider -W ignore::DeprecationWarning tests/unit "$@"
