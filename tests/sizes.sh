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
    elif ! is_close README.md <(replaced "$section"); then
        diff --unified README.md <(replaced "$section") || true
        echo "the README's sizes are not those measured: tests/sizes.sh --write (another Rust gives other sizes; this is $(rustc --version))" >&2
        exit 1
    fi
}

section() {
    local lines target name value
    local -A facts
    lines=$(tests/bare.sh --facts | sed 's/^/x86-64 /')
    lines+=$'\n'$(tests/bare-targets.sh --facts)
    lines+=$'\n'$(tests/firmware.sh --facts)
    lines+=$'\n'$(tests/c.sh --sizes | sed 's/^/c /')
    lines+=$'\n'$(cargo run --quiet --locked --release --manifest-path tests/bench/Cargo.toml --target-dir "$CARGO_TARGET_DIR/bench" -- facts | sed 's/^/x86-64 /')
    while read -r target name value; do facts["$target $name"]=$value; done <<<"$lines"
    cat <<END
| code + constants in bytes at \`opt-level = "z"\` | x86-64 | thumbv6m | thumbv7m | riscv32imac | in memory on 64 and 32 bits |
|---|--:|--:|--:|--:|--:|
$(row '`Link`, with overlap' overlap "$(both overlap)")
$(row '`Link<Single>`, without' single "$(both single)")
$(row '`Outbox<u16, 16>`' machines "$(both outbox)")
$(row '`Ledger<u128, _, _>`' ledger "$(both ledger), a slot $(both slot)")
$(row '`Registry<u64, u32, _, _, u32>`' registry "$(both registry), a connection $(both connection)")
$(row '`Elector`' elector "$(both elector)")
$(row '`Drain<Key, _>`' drain "$(both drain), a connection $(both seat)")
$(row 'core, plain profile, embedded shell, framing; two sockets' shell '')

${facts[x86-64 size_of_config]} B of a link's memory are its configuration. On x86-64 link, ledger, registry, elector and drain need no other symbol: no allocator, no panic, no \`memcpy\`; elsewhere only what the target's compiler brings. With one socket the last row is ${facts[thumbv6m-none-eabi shell_single_code]}, ${facts[thumbv7m-none-eabi shell_single_code]} and ${facts[riscv32imac-unknown-none-elf shell_single_code]} B of code. A step costs ${facts[x86-64 instructions_per_step]} instructions at \`opt-level = 3\`, on average over a fixed day, and ${facts[mps2-an385 instructions_per_step]} on a Cortex-M3 at \`"z"\`. The sensor of \`examples/firmware\` is ${facts[mps2-an385 sensor_whole]} B there: relink's core $(part relink-core), shell $(part relink-embedded), profile and JSON $(part relink-profiles), flight recorder $(part relink-notation), ws-framer $(part ws-framer); TCP/IP $(part smoltcp), Rust's core $(part core), constants $(part constants). From C, checks of every argument included, a Cortex-M3 needs ${facts[c c_single]} B for a link with one socket, ${facts[c c_link]} B with overlap, ${facts[c c_link_with_ledger_and_outbox]} B with ledger and outbox; beside it: FreeRTOS backoffAlgorithm 68 B (only the delay), coreMQTT 19.4 kB.
END
}

# Whether both files say the same. In the sentences behind the table a figure may be off by a hundredth: an image is put together a
# little differently in another folder, because the compiler orders functions by names that the folder is part of.
is_close() {
    awk '
        FNR == NR { line[FNR] = $0; lines = FNR; next }
        line[FNR] == $0 { next }
        !/^[0-9]+ B of a link.s memory/ || split(line[FNR], kept, /[ ,;.]+/) != split($0, new, /[ ,;.]+/) { bad = 1; exit }
        { for (word in new) if (kept[word] != new[word] && (kept[word] + 0 == 0 || new[word] / kept[word] > 1.01 || kept[word] / new[word] > 1.01)) bad = 1 }
        END { exit bad || FNR != lines }
    ' "$1" "$2"
}

# $1: what it is called; $2: its library; $3: its memory
row() {
    local target line="| $1 |"
    for target in x86-64 thumbv6m-none-eabi thumbv7m-none-eabi riscv32imac-unknown-none-elf; do
        if [ -n "${facts["$target $2_code"]-}" ]; then
            line+=" ${facts["$target $2_code"]} + ${facts["$target $2_constants"]} |"
        else
            line+=" |"
        fi
    done
    echo "$line $3 |"
}

both() { echo "${facts["x86-64 size_of_$1"]} / ${facts["thumbv7m-none-eabi size_of_$1"]} B"; }

part() { echo "${facts["mps2-an385 sensor_$1"]}"; }

replaced() {
    awk -v section="$1" '
        $0 == "<!-- /generated -->" { inside = 0 }
        !inside { print }
        $0 == "<!-- generated:sizes -->" { print section; inside = 1 }
    ' README.md
}

main "$@"
