#!/usr/bin/env bash
# Installs graphql-ws below target/, and lets relink talk to it: its client to our server, our client to its server. Some ten seconds.
set -euo pipefail
cd "$(dirname "$0")/../../.."

readonly HERE=tests/peers/graphql
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$PWD/target}"
readonly PACKAGES="$CARGO_TARGET_DIR/peers-graphql"
readonly INSTALL_TIMEOUT=60s

# $1: what is missing or wrong; $2: how to get it
fail() {
    printf '%s\n%s\n' "$1" "$2" >&2
    exit 1
}

command -v node >/dev/null || fail "node is missing." "Install Node.js 20 or newer (Debian: apt-get install nodejs npm)."
command -v npm >/dev/null || fail "npm is missing." "Install it with Node.js (Debian: apt-get install npm)."
node=$(node --version)
printf '%s\n' v20 "$node" | sort --version-sort --check=quiet || fail "node is $node." "graphql-ws 6 needs 20 or newer."

# They are installed once, and again when a pin changes. The folder is complete when the pins are in it.
if ! cmp --quiet "$HERE/package-lock.json" "$PACKAGES/pins"; then
    rm -rf "$PACKAGES"
    mkdir -p "$PACKAGES"
    cp "$HERE/package.json" "$HERE/package-lock.json" "$PACKAGES"
    timeout "$INSTALL_TIMEOUT" npm ci --prefix "$PACKAGES" --ignore-scripts --no-audit --no-fund \
        --fetch-timeout=20000 --fetch-retries=2 --fetch-retry-mintimeout=1000 --fetch-retry-maxtimeout=5000 ||
        fail "npm cannot install graphql-ws." "Is its registry reachable? (npm ping)"
    cp "$HERE/package-lock.json" "$PACKAGES/pins"
fi

cargo build --quiet --locked --package relink-tests --bin graphql_peers
# In place of this shell: a signal reaches the program, which ends node before it ends.
exec timeout 80s "$CARGO_TARGET_DIR/debug/graphql_peers" "$HERE/peer.cjs" "$PACKAGES"
