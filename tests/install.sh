#!/bin/sh
# Installs from the distribution's packages what the tests need and this machine lacks: PostgreSQL, Redis, Node.js with
# npm, Chromium. It does so as root or with a sudo that asks for no password; otherwise it says what to install.
#
# `install.sh npm-is-usable` only tells whether the GraphiQL page can be built.
set -eu

has() { command -v "$1" > /dev/null 2>&1; }

npm_is_usable() {
    if ! has node || ! has npm; then
        echo "npm is not installed." >&2
        return 1
    fi
    if ! node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 18 || (a == 18 && b >= 18) ? 0 : 1)'; then
        echo "Node.js $(node --version) is too old: 18.18 or later is needed." >&2
        return 1
    fi
}

browser() {
    for name in chromium chromium-browser google-chrome; do
        if has "$name"; then return 0; fi
    done
    [ -n "${CHROMIUM:-}" ]
}

if [ "${1:-}" = npm-is-usable ]; then
    npm_is_usable
    exit
fi

missing=
[ -n "${TEST_DATABASE_URL:-}" ] || has postgres || ls /usr/lib/postgresql/*/bin/postgres > /dev/null 2>&1 || missing="$missing postgresql"
[ -n "${TEST_REDIS_URL:-}" ] || has redis-server || missing="$missing redis-server"
has node || missing="$missing nodejs"
has npm || missing="$missing npm"
browser || missing="$missing chromium"

if [ -n "$missing" ]; then
    if ! has apt-get; then
        echo "The tests need, and this machine lacks:$missing. Install them with its package manager." >&2
        exit 1
    elif [ "$(id -u)" = 0 ]; then
        as_root=
    elif has sudo && sudo -n true 2> /dev/null; then
        as_root="sudo"
    else
        echo "The tests need, and this machine lacks:$missing. Run: sudo apt-get install$missing" >&2
        exit 1
    fi
    echo "Installing:$missing"
    export DEBIAN_FRONTEND=noninteractive
    $as_root apt-get update -qq
    # shellcheck disable=SC2086 # The names are meant to be split.
    $as_root apt-get install -y -qq --no-install-recommends $missing > /dev/null
fi
npm_is_usable
