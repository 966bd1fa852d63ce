#!/usr/bin/env bash
# Find what the tests drive, or install it on Debian and Ubuntu: chromium, firefox, postgresql (any of them, as arguments).
#
# Nothing is installed without root or a sudo that asks for no password; then one line says what to install. The tests
# that need it skip and say so, except under CI=true, where a missing program is a failure.
set -euo pipefail
cd "$(dirname "$0")/.."

on_path() { command -v "$@" >/dev/null 2>&1; }

# Playwright's own download, for systems that package Chromium only as a snap.
have_playwright_chromium() {
    .venv/bin/python - <<'PY' 2>/dev/null
import os, sys
from playwright.sync_api import sync_playwright
with sync_playwright() as playwright:
    sys.exit(not os.path.exists(playwright.chromium.executable_path))
PY
}

have() {
    case "$1" in
        chromium) on_path chromium-headless-shell || on_path chromium || have_playwright_chromium ;;
        firefox) on_path firefox-esr || on_path firefox ;;
        postgresql) on_path initdb || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null ;;
    esac
}

as_root() {
    if [[ $EUID -eq 0 ]]; then "$@"; else sudo -n "$@"; fi
}

can_install() {
    on_path apt-get && { [[ $EUID -eq 0 ]] || sudo -n true 2>/dev/null; }
}

installable() {
    # Ubuntu's chromium and firefox packages are empty and call snap, which containers lack.
    apt-cache policy "$1" 2>/dev/null | grep -q 'Candidate: [0-9]' && ! apt-cache show "$1" | grep -qi 'transitional.*snap\|snap.*transitional'
}

apt_install() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

install() {
    case "$1" in
        chromium)
            for package in chromium-headless-shell chromium; do
                if installable "$package"; then
                    apt_install "$package"
                    return
                fi
            done
            .venv/bin/playwright install --with-deps chromium-headless-shell >/dev/null
            ;;
        firefox)
            installable firefox-esr && apt_install firefox-esr
            ;;
        postgresql)
            # The tests start servers of their own: the package must not create and start one.
            if ! dpkg -s postgresql-common >/dev/null 2>&1; then
                apt_install postgresql-common
                as_root sed -i 's/^#\?create_main_cluster.*/create_main_cluster = false/' \
                    /etc/postgresql-common/createcluster.conf
            fi
            apt_install postgresql
            ;;
    esac
}

package_of() {
    case "$1" in
        firefox) echo firefox-esr ;;
        *) echo "$1" ;;
    esac
}

updated=""
missing=()
for program in "$@"; do
    have "$program" && continue
    if can_install; then
        echo "Installing $program …"
        if [[ -z "$updated" ]]; then
            as_root apt-get update -qq >/dev/null || echo "apt-get update failed; trying with the lists at hand" >&2
            updated=yes
        fi
        install "$program" || true
    fi
    have "$program" || missing+=("$program")
done

if ((${#missing[@]})); then
    packages="$(for program in "${missing[@]}"; do package_of "$program"; done | paste -sd' ')"
    echo "Missing: ${missing[*]}. The tests that need it are skipped; to run them: sudo apt-get install $packages" >&2
    if [[ "${CI:-}" == true ]]; then
        echo "CI runs every test, so this is a failure." >&2
        exit 1
    fi
fi
