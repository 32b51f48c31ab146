#!/usr/bin/env bash
# Which lines of the guard and the parsers the corpus reaches, by the compiler's own counters; fails below 95 of 100 of them.
#
#   embedded-adapter/fuzz/coverage.sh           the corpus alone
#   embedded-adapter/fuzz/coverage.sh --all     all tests of the wire, and all of its files
set -euo pipefail
cd "$(dirname "$0")/../.."

readonly PERCENT_MIN=95
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$PWD/target}/coverage"
readonly PROFILES="$CARGO_TARGET_DIR/profiles"

# LLVM's tools of the version that rustc has: rustup's component llvm-tools, or a package of this system.
llvm_tool() {
    local version tool
    tool=$(rustc --print sysroot)/lib/rustlib/$(rustc --version --verbose | sed -n 's/^host: //p')/bin/$1
    version=$(rustc --version --verbose | sed -n 's/^LLVM version: \([0-9]*\).*/\1/p')
    [ -x "$tool" ] || tool=$(command -v "$1-$version") || {
        echo "$1 of LLVM $version is missing: rustup component add llvm-tools, or as root apt-get install llvm-$version" >&2
        return 1
    }
    echo "$tool"
}

profdata=$(llvm_tool llvm-profdata)
cov=$(llvm_tool llvm-cov)
tests=(corpus::) sources=(frames handshake)
[ "${1-}" != --all ] || { tests=() && sources=(.); }

rm -rf "$PROFILES"
export RUSTFLAGS=-Cinstrument-coverage LLVM_PROFILE_FILE="$PROFILES/%p-%m.profraw"
program=$(cargo test --quiet --locked --package relink-embedded --all-features --test wire --no-run --message-format=json |
    sed -n 's/.*"executable":"\([^"]*\/wire-[^"]*\)".*/\1/p')
"$program" --quiet "${tests[@]}" >/dev/null
"$profdata" merge --sparse "$PROFILES"/*.profraw --output "$PROFILES/all.profdata"
report=$("$cov" report "$program" --instr-profile "$PROFILES/all.profdata" --show-region-summary=false --show-branch-summary=false \
    --ignore-filename-regex '/(rustc|registry)/' "${sources[@]/#/embedded-adapter/src/wire/}")
echo "$report"
"$cov" show "$program" --instr-profile "$PROFILES/all.profdata" "${sources[@]/#/embedded-adapter/src/wire/}" |
    awk '/^[^ ]*\.rs:$/ { file = $0 } /^ *[0-9]+\| +0\|/ { print file $0 }' | sed 's/.*src\/wire/not reached: /'
awk -v least="$PERCENT_MIN" '$1 == "TOTAL" { reached = $(NF); sub("%", "", reached); exit reached + 0 < least }' <<<"$report" || {
    echo "FAILED: fewer than $PERCENT_MIN of 100 lines" >&2
    exit 1
}
