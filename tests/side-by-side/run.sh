#!/usr/bin/env bash
# Installs Slack's official Socket Mode clients below target/, and plays the same faults to them and to relink: about two minutes.
#
#   tests/side-by-side/run.sh                      prints the table; fails if a figure is not between its bounds
#   tests/side-by-side/run.sh --write              the same, and writes RESULTS.md
#   tests/side-by-side/run.sh --play warning       only this play; --client relink: only this client
set -euo pipefail
cd "$(dirname "$0")/../.."

readonly HERE=tests/side-by-side
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$PWD/target}"
readonly PACKAGES="$CARGO_TARGET_DIR/side-by-side"
readonly INSTALL_TIMEOUT=180s

# $1: what is missing or wrong; $2: how to get it
fail() {
    printf '%s\n%s\n' "$1" "$2" >&2
    exit 1
}

command -v node >/dev/null || fail "node is missing." "Install Node.js 20.18.1 or newer (Debian: apt-get install nodejs npm)."
command -v npm >/dev/null || fail "npm is missing." "Install it with Node.js (Debian: apt-get install npm)."
command -v python3 >/dev/null || fail "python3 is missing." "Install Python 3.9 or newer (Debian: apt-get install python3 python3-pip)."
python3 -m pip --version >/dev/null 2>&1 || fail "Python's pip is missing." "Install it (Debian: apt-get install python3-pip)."
node=$(node --version)
printf '%s\n' v20.18.1 "$node" | sort --version-sort --check=quiet ||
    fail "node is $node." "@slack/socket-mode 3.1.0 needs 20.18.1 or newer."

# They are installed once, and again when a pin changes. The folder is complete when the pins are in it.
if ! cmp --quiet <(cat "$HERE/package-lock.json" "$HERE/requirements.txt") "$PACKAGES/pins"; then
    rm -rf "$PACKAGES"
    mkdir -p "$PACKAGES"
    cp "$HERE/package.json" "$HERE/package-lock.json" "$PACKAGES"
    timeout "$INSTALL_TIMEOUT" npm ci --prefix "$PACKAGES" --ignore-scripts --no-audit --no-fund \
        --fetch-timeout=20000 --fetch-retries=2 --fetch-retry-mintimeout=1000 --fetch-retry-maxtimeout=5000 ||
        fail "npm cannot install @slack/socket-mode." "Is its registry reachable? (npm ping)"
    timeout "$INSTALL_TIMEOUT" python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --retries 2 --timeout 20 \
        --no-deps --only-binary :all: --require-hashes --target "$PACKAGES/python" --requirement "$HERE/requirements.txt" ||
        fail "pip cannot install slack_sdk." "Is its index reachable? (python3 -m pip download --no-deps slack_sdk)"
    cat "$HERE/package-lock.json" "$HERE/requirements.txt" >"$PACKAGES/pins"
fi

cargo build --quiet --locked --package relink-tests --bin side_by_side --bin side_by_side_driver
# In place of this shell: a signal reaches the program, which ends the clients before it ends.
exec "$CARGO_TARGET_DIR/debug/side_by_side" --drivers "$HERE" --packages "$PACKAGES" --table "$HERE/RESULTS.md" "$@"
