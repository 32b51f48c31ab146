#!/usr/bin/env bash
# Autobahn's cases, run by kosoku's server before the embedded shell. Fails unless every base case is OK, NON-STRICT or INFORMATIONAL; lists all but OK.
#
#   tests/embedded-autobahn.sh           both
#   tests/embedded-autobahn.sh host      before its wire over a blocking socket, with each framing
#   tests/embedded-autobahn.sh boards    before the whole of it as firmware, on each board in QEMU
set -euo pipefail
cd "$(dirname "$0")/.."

readonly CASES=247 CASES_TIMEOUT=120 INSTALL_TIMEOUT=180s
readonly GOOD='"verdicts": \["(OK|NON-STRICT|INFORMATIONAL)", "(OK|NON-STRICT|INFORMATIONAL)"\]'
readonly TARGET_DIR="${CARGO_TARGET_DIR:-$PWD/target}"
readonly PLACE="$TARGET_DIR/embedded-autobahn"
# shellcheck source=tests/firmware/common.sh
source tests/firmware/common.sh

install_kosoku() {
    local wanted
    wanted=$(grep '^kosoku==' tests/peers/requirements.txt)
    [ "$wanted" != "$(cat "$PLACE/pin" 2>/dev/null)" ] || return 0
    rm -rf "$PLACE"
    mkdir -p "$PLACE"
    echo "$wanted" >"$PLACE/wanted"
    timeout "$INSTALL_TIMEOUT" python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --retries 2 --timeout 20 \
        --no-deps --only-binary :all: --require-hashes --target "$PLACE/python" --requirement "$PLACE/wanted" || {
        echo "pip cannot install kosoku. Is its index reachable? (python3 -m pip download --no-deps kosoku) There is a wheel for Linux on x86-64 only." >&2
        return 1
    }
    echo "$wanted" >"$PLACE/pin"
}

# $1: what to call it; $2: what starts the client, behind which stands the server's port
judge() {
    local said="$PLACE/$1.jsonl" listens='' waited=0 server verdicts bad
    PYTHONPATH="$PLACE/python" timeout --kill-after=5 "$CASES_TIMEOUT" python3 -B tests/peers/kosoku_cases.py base server >"$said" &
    server=$!
    running[$server]=1
    while [ -z "$listens" ]; do
        sleep 0.1
        listens=$(sed -n 's/.*"listening", "port": \([0-9]*\).*/\1/p' "$said")
        waited=$((waited + 1))
        [ "$waited" -lt 100 ] || { echo "kosoku's server does not begin" >&2 && return 1; }
    done
    "$2" "$1" "$listens"
    wait "$server"
    unset "running[$server]"
    verdicts=$(grep '"what": "case"' "$said")
    echo "$1: $(grep --count --fixed-strings '["OK", "OK"]' <<<"$verdicts") of $(wc --lines <<<"$verdicts") OK; the others:"
    sed --quiet '/\["OK", "OK"\]/!s/.*"case": "\([^"]*\)", "verdicts": \(\[[^]]*\]\).*/   \1 \2/p' <<<"$verdicts"
    [ "$(wc --lines <<<"$verdicts")" = "$CASES" ] || { echo "FAILED: there are not $CASES cases" >&2 && return 1; }
    if bad=$(grep --extended-regexp --invert-match "$GOOD" <<<"$verdicts"); then
        printf 'FAILED with %s:\n%s\n' "$1" "$bad" >&2
        return 1
    fi
}

# $1: the framing; $2: the port
on_host() { timeout --kill-after=5 "$CASES_TIMEOUT" "$TARGET_DIR/debug/examples/echo_cases" "$2" "$1"; }

# $1: the board; $2: the port
on_board() {
    start_qemu "$1" cases "cases-$1" "$2"
    wait_qemu "$CASES_TIMEOUT" || { cat "$out" && return 1; }
    tail --lines=1 "$out"
}

install_kosoku
if [ "${1:-host}" = host ]; then
    cargo build --quiet --locked --package relink-embedded --features embedded-websocket --example echo_cases --target-dir "$TARGET_DIR"
    for framing in ws-framer embedded-websocket; do judge "$framing" on_host; done
fi
if [ "${1:-boards}" = boards ]; then
    need_tools
    build_images . ours cases
    for board in "${BOARDS[@]}"; do judge "$board" on_board; done
fi
