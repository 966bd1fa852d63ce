#!/usr/bin/env bash
# Build the wheel, install it where the checkout can't be seen, and run the unit tests against it.
#
# The environment borrows the packages of .venv by path, so no network is needed; .venv's editable consentkit stays
# invisible, because Python reads .pth files only in its own site directories.
set -euo pipefail
cd "$(dirname "$0")/.."

checkout="$PWD"
python="$checkout/.venv/bin/python"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

"$python" -m build --wheel --no-isolation --outdir "$work/dist" . >/dev/null
"$python" -m venv --without-pip "$work/venv"
borrowed="$("$python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')"
site="$("$work/venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')"
echo "$borrowed" >"$site/borrowed.pth"
"$python" -m pip --disable-pip-version-check --quiet --python "$work/venv/bin/python" \
    install --no-index --no-deps --ignore-installed "$work"/dist/*.whl

# The unit tests hold the repository's manifests and generated documents to the code as well.
mkdir -p "$work/away/src/consentkit/manifest"
cp -R tests examples benchmarks docs pyproject.toml consent.schema.json "$work/away/"
cp src/consentkit/manifest/starter.yaml "$work/away/src/consentkit/manifest/"
cd "$work/away"
where="$("$work/venv/bin/python" -c 'import consentkit.errors; print(consentkit.errors.__file__)')"
if [[ "$where" != "$site"/* ]]; then
    echo "The tests would import $where instead of the installed wheel." >&2
    exit 1
fi
CONSENTKIT_SHARED="${CONSENTKIT_SHARED:-$(dirname "$checkout")/shared}" \
    "$work/venv/bin/python" -m pytest -q -p no:cacheprovider tests/unit "$@"
