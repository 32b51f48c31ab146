#!/usr/bin/env bash
# Installs other implementations below target/, and lets relink meet them: Autobahn's cases, plain peers, proxies.
#
#   tests/peers/run.sh              all of it; fails if something is not as it must be
#   tests/peers/run.sh proxies      one part: autobahn, plain, proxies
#   tests/peers/run.sh --write      all of it, and writes RESULTS.md
set -euo pipefail
cd "$(dirname "$0")/../.."

readonly HERE=tests/peers
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$PWD/target}"
readonly PACKAGES="$CARGO_TARGET_DIR/peers"
readonly INSTALL_TIMEOUT=180s

# $1: what is missing or wrong; $2: how to get it
fail() {
    printf '%s\n%s\n' "$1" "$2" >&2
    exit 1
}

# Debian's packages with what they need, unpacked: nothing is installed, no service begins.
unpack_debian() {
    local needed
    mkdir -p "$PACKAGES/debs" "$PACKAGES/debian"
    needed=$(apt-get install --simulate --no-install-recommends nginx haproxy 2>/dev/null | awk '/^Inst/ { print $2 }')
    [ -n "$needed" ] || return 1
    # shellcheck disable=SC2086
    (cd "$PACKAGES/debs" && timeout "$INSTALL_TIMEOUT" apt-get download --quiet --quiet $needed 2>/dev/null) || return 1
    for package in "$PACKAGES"/debs/*.deb; do
        dpkg-deb --extract "$package" "$PACKAGES/debian"
    done
}

install_node_and_python() {
    cp "$HERE/package.json" "$HERE/package-lock.json" "$PACKAGES"
    timeout "$INSTALL_TIMEOUT" npm ci --prefix "$PACKAGES" --ignore-scripts --no-audit --no-fund \
        --fetch-timeout=20000 --fetch-retries=2 --fetch-retry-mintimeout=1000 --fetch-retry-maxtimeout=5000 ||
        fail "npm cannot install ws." "Is its registry reachable? (npm ping)"
    timeout "$INSTALL_TIMEOUT" python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --retries 2 --timeout 20 \
        --no-deps --only-binary :all: --require-hashes --target "$PACKAGES/python" --requirement "$HERE/requirements.txt" ||
        fail "pip cannot install kosoku and websockets." \
            "Is its index reachable? (python3 -m pip download --no-deps kosoku) There is a wheel of kosoku for Linux on x86-64 only."
}

command -v node >/dev/null || fail "node is missing." "Install Node.js 20 or newer (Debian: apt-get install nodejs npm)."
command -v npm >/dev/null || fail "npm is missing." "Install it with Node.js (Debian: apt-get install npm)."
command -v python3 >/dev/null || fail "python3 is missing." "Install Python 3.11 or newer (Debian: apt-get install python3 python3-pip)."
python3 -m pip --version >/dev/null 2>&1 || fail "Python's pip is missing." "Install it (Debian: apt-get install python3-pip)."
python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || fail "$(python3 --version) is too old." "Install 3.11 or newer."
command -v setpriv >/dev/null || fail "setpriv is missing." "It is in util-linux (Debian: apt-get install util-linux)."

# They are installed once, and again when a pin changes. The folder is complete when the pins are in it.
if ! cmp --quiet <(cat "$HERE/package-lock.json" "$HERE/requirements.txt") "$PACKAGES/pins"; then
    rm -rf "$PACKAGES"
    mkdir -p "$PACKAGES"
    install_node_and_python
    cat "$HERE/package-lock.json" "$HERE/requirements.txt" >"$PACKAGES/pins"
fi
for proxy in nginx haproxy; do
    if ! PATH="$PATH:/usr/sbin" command -v "$proxy" >/dev/null && ! [ -x "$PACKAGES/debian/usr/sbin/$proxy" ]; then
        command -v apt-get >/dev/null || fail "$proxy is missing." "Install it with this system's packages; on Debian this command does it."
        # A list of packages that is too old names files that are gone; only root may renew it.
        unpack_debian || { apt-get update --quiet --quiet && unpack_debian; } ||
            fail "$proxy is missing, and Debian's packages nginx and haproxy cannot be had." "As root: apt-get update && apt-get install nginx haproxy"
    fi
done

cargo build --quiet --locked --package relink-tests --bin peers_relink
# In place of this shell: a signal reaches the program, which ends the others before it ends.
exec python3 -B "$HERE/run.py" --packages "$PACKAGES" --programs "$CARGO_TARGET_DIR/debug" "$@"
