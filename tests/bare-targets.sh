#!/usr/bin/env bash
# As tests/bare.sh, for microcontrollers: builds the core and the profiles as libraries for three targets, and proves of each
# what it needs and how big it is.
#
#   tests/bare-targets.sh            proves, fails over budget
#   tests/bare-targets.sh --facts    prints lines of "target name bytes", proves nothing
#
# Code is what the executable sections hold, constants what the read-only ones do, in bytes, at opt-level "z".
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=tests/firmware/common.sh
source tests/firmware/common.sh

readonly TARGETS=(thumbv6m-none-eabi thumbv7m-none-eabi riscv32imac-unknown-none-elf)
readonly LIBRARIES=(overlap single machines ledger registry drain elector slack onebot graphql shell shell_single)
readonly STATE_MAX=88 CONFIG_MAX=72
# What is wanted of each target. Where it is not reached that is said in the output; the limits below only keep it from growing.
readonly OVERLAP_WANTED=5400 SINGLE_WANTED=3000 SHELL_WANTED=20480
# Of a link's code. RISC-V has no instruction that loads or stores several registers, and none that adds with a carry.
declare -Ar OVERLAP_MAX=([thumbv6m-none-eabi]=5620 [thumbv7m-none-eabi]=5320 [riscv32imac-unknown-none-elf]=6320)
declare -Ar SINGLE_MAX=([thumbv6m-none-eabi]=3340 [thumbv7m-none-eabi]=3200 [riscv32imac-unknown-none-elf]=3740)
declare -Ar SHELL_MAX=([thumbv6m-none-eabi]=25100 [thumbv7m-none-eabi]=23900 [riscv32imac-unknown-none-elf]=28250)
declare -Ar SHELL_SINGLE_MAX=([thumbv6m-none-eabi]=22450 [thumbv7m-none-eabi]=21600 [riscv32imac-unknown-none-elf]=25250)
# What any compiler for the target brings: copies and comparisons of memory, and arithmetic that it has no instruction for;
# for the shell, the device.
readonly ALLOWED='^(__aeabi_(mem(cpy|move|set|clr)[48]?|u?idiv(mod)?|u?ldivmod|lmul|llsl|llsr)|mem(cpy|move|set|cmp)|bcmp|__(u?div|u?mod|mul|ashl|lshr)[sd]i3|device_[a-z_]+|)$'

main() {
    local target
    need_tools
    for target in "${TARGETS[@]}"; do
        build "$target"
        if [ "${1-}" = --facts ]; then facts "$target"; else prove "$target"; fi
    done
    [ "$failures" = 0 ] || exit 1
}

build() {
    local library
    mkdir --parents "$CARGO_TARGET_DIR/objects/$1"
    for library in "${LIBRARIES[@]}" values panics; do
        # The object of the library itself: the archive holds the compiler's built-in functions beside it.
        compile "$1" "$library" "$library"
    done
    # Once more for the proof: functions that do the same stay apart, or one panic goes by another's name.
    for library in shell shell_single; do RUSTC_BOOTSTRAP=1 compile "$1" "$library" "$library-apart" -Zmerge-functions=disabled; done
}

# $1: target; $2: library; $3: what its object is called; the rest: arguments of rustc
compile() { cargo_for "$1" rustc --manifest-path tests/bare/Cargo.toml --example "$2" -- --emit=obj="$(object "$1" "$3")" "${@:4}"; }

facts() {
    local library
    for library in "${LIBRARIES[@]}"; do
        echo "$1 ${library}_code $(sections "$1" "$library" .text)"
        echo "$1 ${library}_constants $(sections "$1" "$library" .rodata)"
    done
    nm --print-size --radix=d "$(object "$1" values)" | awk -v target="$1" '{ sub("RELINK_", "", $4); print target, "size_of_" tolower($4), $2 + 0 }'
}

prove() {
    local name library value found
    local -A bytes=()
    # A proof that cannot fail proves nothing: this library does panic.
    [ "$(undefined "$1" panics)" = relink_panic_is_reachable ] || fail "$1: a panic would not be found out: $(undefined "$1" panics)"
    for library in "${LIBRARIES[@]}"; do
        found=$(undefined "$1" "$library" | paste --serial --delimiters=' ')
        echo "$1 $library: $(sections "$1" "$library" .text) bytes of code, $(sections "$1" "$library" .rodata) of constants; needs ${found:-nothing}"
        # What the compiler forces on the shell's is listed there, with its reason.
        case $library in shell*)
            if python3 tests/bare/panics.py "$(object "$1" "$library-apart")" | sed 's/^/   /'; then found=${found/relink_panic_is_reachable/}; fi
            ;;
        esac
        ! grep --quiet --extended-regexp --invert-match "$ALLOWED" < <(tr " " "\n" <<<"$found") || fail "$1: $library needs what is not there"
    done
    while read -r _ name value; do bytes[$name]=$value; done < <(facts "$1")
    code "$1: code of a link with overlap" "${bytes[overlap_code]}" "${OVERLAP_MAX[$1]}" "$OVERLAP_WANTED"
    code "$1: code of a link without" "${bytes[single_code]}" "${SINGLE_MAX[$1]}" "$SINGLE_WANTED"
    code "$1: code of core, profile, shell and framing with two sockets" "${bytes[shell_code]}" "${SHELL_MAX[$1]}" "$SHELL_WANTED"
    code "$1: code of core, profile, shell and framing with one" "${bytes[shell_single_code]}" "${SHELL_SINGLE_MAX[$1]}" "$SHELL_WANTED"
    at_most "$1: state of a link" "$((bytes[size_of_overlap] - bytes[size_of_config]))" "$STATE_MAX"
    at_most "$1: configuration of a link" "${bytes[size_of_config]}" "$CONFIG_MAX"
}

# $1: of what; $2: bytes; $3: its limit; $4: what is wanted
code() {
    at_most "$1" "$2" "$3"
    if [ "$2" -le "$4" ]; then echo "   wanted $4: held"; else echo "   wanted $4: MISSED by $(($2 - $4))"; fi
}

object() { echo "$CARGO_TARGET_DIR/objects/$1/$2.o"; }

undefined() { nm --undefined-only --just-symbols "$(object "$1" "$2")" | sort --unique; }

sections() { size --format=sysv "$(object "$1" "$2")" | awk -v name="^\\$3" '$1 ~ name { sum += $2 } END { print sum + 0 }'; }

main "$@"
