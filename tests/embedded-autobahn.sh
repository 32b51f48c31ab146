#!/usr/bin/env bash
# Autobahn's cases, run by kosoku's server before the wire of the embedded shell over a blocking socket, with each framing.
#
#   tests/embedded-autobahn.sh      fails unless every base case is OK, NON-STRICT or INFORMATIONAL; lists all but OK
set -euo pipefail
cd "$(dirname "$0")/.."

readonly CASES=247 CASES_TIMEOUT=60 INSTALL_TIMEOUT=180s
readonly GOOD='"verdicts": \["(OK|NON-STRICT|INFORMATIONAL)", "(OK|NON-STRICT|INFORMATIONAL)"\]'
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$PWD/target}"
readonly PLACE="$CARGO_TARGET_DIR/embedded-autobahn"

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

# $1: the framing
judge() {
    local said="$PLACE/$1.jsonl" port='' waited=0 verdicts bad
    PYTHONPATH="$PLACE/python" timeout --kill-after=5 "$CASES_TIMEOUT" python3 -B tests/peers/kosoku_cases.py base server >"$said" &
    server=$!
    trap 'kill "$server" 2>/dev/null || true' EXIT
    while [ -z "$port" ]; do
        sleep 0.1
        port=$(sed -n 's/.*"listening", "port": \([0-9]*\).*/\1/p' "$said")
        waited=$((waited + 1))
        [ "$waited" -lt 100 ] || { echo "kosoku's server does not begin" >&2 && return 1; }
    done
    timeout --kill-after=5 "$CASES_TIMEOUT" "$CARGO_TARGET_DIR/debug/examples/echo_cases" "$port" "$1"
    wait "$server"
    trap - EXIT
    verdicts=$(grep '"what": "case"' "$said")
    echo "$1: $(grep --count --fixed-strings '["OK", "OK"]' <<<"$verdicts") of $(wc --lines <<<"$verdicts") OK; the others:"
    sed --quiet '/\["OK", "OK"\]/!s/.*"case": "\([^"]*\)", "verdicts": \(\[[^]]*\]\).*/   \1 \2/p' <<<"$verdicts"
    [ "$(wc --lines <<<"$verdicts")" = "$CASES" ] || { echo "FAILED: there are not $CASES cases" >&2 && return 1; }
    if bad=$(grep --extended-regexp --invert-match "$GOOD" <<<"$verdicts"); then
        printf 'FAILED with %s:\n%s\n' "$1" "$bad" >&2
        return 1
    fi
}

install_kosoku
cargo build --quiet --locked --package relink-embedded --features embedded-websocket --example echo_cases
for framing in ws-framer embedded-websocket; do
    judge "$framing"
done
