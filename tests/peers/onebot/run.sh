#!/usr/bin/env bash
# Installs NoneBot and aiocqhttp below target/, and lets relink's accounts meet their bots, whoever dials. Half a minute.
#
#   tests/peers/onebot/run.sh              all of it; fails if something is not as it must be
#   tests/peers/onebot/run.sh --write      all of it, and writes RESULTS.md
set -euo pipefail
cd "$(dirname "$0")/../../.."

readonly HERE=tests/peers/onebot
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$PWD/target}"
readonly PACKAGES="$CARGO_TARGET_DIR/peers-onebot"
readonly INSTALL_TIMEOUT=180s

# $1: what is missing or wrong; $2: how to get it
fail() {
    printf '%s\n%s\n' "$1" "$2" >&2
    exit 1
}

# The environment has no pip of its own (Debian's python3 could not give it one): the one that is there installs into it.
install_into_environment() {
    timeout "$INSTALL_TIMEOUT" python3 -m pip --python "$PACKAGES/venv/bin/python" install --quiet --disable-pip-version-check \
        --root-user-action=ignore --retries 2 --timeout 20 --no-deps --require-hashes "$@"
}

command -v python3 >/dev/null || fail "python3 is missing." "Install Python 3.11 or newer (Debian: apt-get install python3 python3-pip)."
python3 -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' ||
    fail "$(python3 --version) is too old or too new." "The pinned wheels are for 3.11 to 3.14."
python3 -m pip --version >/dev/null 2>&1 || fail "Python's pip is missing." "Install it (Debian: apt-get install python3-pip)."
command -v setpriv >/dev/null || fail "setpriv is missing." "It is in util-linux (Debian: apt-get install util-linux)."

# They are installed once, and again when a pin changes or Python does. The folder is complete when the pins are in it.
readonly PINS=("$HERE/requirements.txt" "$HERE/source.txt")
pins() {
    python3 --version
    cat "${PINS[@]}"
}
if ! cmp --quiet <(pins) "$PACKAGES/pins"; then
    rm -rf "$PACKAGES"
    mkdir -p "$PACKAGES"
    python3 -m venv --without-pip "$PACKAGES/venv" ||
        fail "Python cannot make an environment." "Is the module venv there? (python3 -m venv --help)"
    install_into_environment --only-binary :all: --requirement "$HERE/requirements.txt" ||
        fail "pip cannot install NoneBot and what aiocqhttp needs." \
            "Is its index reachable? (python3 -m pip download --no-deps nonebot2) The pinned wheels are for Linux on x86-64."
    install_into_environment --use-pep517 --no-build-isolation --requirement "$HERE/source.txt" ||
        fail "pip cannot install aiocqhttp." "Is its index reachable? (python3 -m pip download --no-deps --no-binary :all: aiocqhttp)"
    pins >"$PACKAGES/pins"
fi

cargo build --quiet --locked --package relink-tests --bin onebot_peers
# In place of this shell: a signal reaches the program, which ends the others before it ends.
export PYTHONPATH="$PWD/tests/peers"
exec python3 -B "$HERE/run.py" --packages "$PACKAGES" --programs "$CARGO_TARGET_DIR/debug" "$@"
