#!/usr/bin/env bash
# Owns the README's section on sizes, between the lines "<!-- generated:sizes -->" and "<!-- /generated -->".
#
#   tests/sizes.sh           fails if the section says anything but what is measured
#   tests/sizes.sh --write   writes what is measured
set -euo pipefail
cd "$(dirname "$0")/.."
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$PWD/target}"
export CARGO_INCREMENTAL=0 # an incremental build is cut into other pieces: other sizes

main() {
    local section
    section=$(section)
    if [ ! -e README.md ]; then
        printf '%s\n' "$section"
        return
    fi
    if ! grep --quiet --line-regexp '<!-- generated:sizes -->' README.md; then
        echo "README.md has no section between <!-- generated:sizes --> and <!-- /generated -->" >&2
        exit 1
    fi
    if [ "${1-}" = --write ]; then
        replaced "$section" >"$CARGO_TARGET_DIR/README.md"
        cp "$CARGO_TARGET_DIR/README.md" README.md
    elif ! diff --unified README.md <(replaced "$section"); then
        echo "the README's sizes are not those measured: tests/sizes.sh --write (another Rust gives other sizes; this is $(rustc --version))" >&2
        exit 1
    fi
}

section() {
    local lines
    local -A facts
    lines=$(tests/bare.sh --facts)
    lines+=$'\n'$(cargo run --quiet --locked --release --manifest-path tests/bench/Cargo.toml --target-dir "$CARGO_TARGET_DIR/bench" -- facts)
    while read -r name value; do facts[$name]=$value; done <<<"$lines"
    cat <<END
| x86-64, \`opt-level = "z"\` | code | constants | in memory |
|---|--:|--:|--:|
| \`Link\`, with overlap | ${facts[overlap_code]} B | ${facts[overlap_constants]} B | ${facts[size_of_overlap]} B |
| \`Link<Single>\`, without | ${facts[single_code]} B | ${facts[single_constants]} B | ${facts[size_of_single]} B |
| \`Outbox<u16, 16>\` | ${facts[machines_code]} B | ${facts[machines_constants]} B | ${facts[size_of_outbox]} B |
| \`Ledger<u128, _, _>\` | ${facts[ledger_code]} B | ${facts[ledger_constants]} B | ${facts[size_of_ledger]} B, ${facts[size_of_slot]} B a slot |
| \`Registry<u64, u32, _, _, u32>\` | ${facts[registry_code]} B | ${facts[registry_constants]} B | ${facts[size_of_registry]} B, ${facts[size_of_connection]} B a connection |
| \`Drain<Key, _>\` | ${facts[drain_code]} B | ${facts[drain_constants]} B | ${facts[size_of_drain]} B, ${facts[size_of_seat]} B a connection |

${facts[size_of_config]} B of a link's memory are its configuration. Link, ledger, registry and drain need no other symbol: no allocator, no panic, no \`memcpy\`. A step costs ${facts[instructions_per_step]} instructions at \`opt-level = 3\`, on average over a fixed day.
END
}

replaced() {
    awk -v section="$1" '
        $0 == "<!-- /generated -->" { inside = 0 }
        !inside { print }
        $0 == "<!-- generated:sizes -->" { print section; inside = 1 }
    ' README.md
}

main "$@"
