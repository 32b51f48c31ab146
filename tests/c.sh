#!/usr/bin/env bash
# Owns the proof of the C interface: the header, the scenarios and the super-loop, on the host under sanitizers and on a Cortex-M3 in QEMU.
#
#   tests/c.sh           installs what is missing, builds, runs, compares; the last lines are sizes
#   tests/c.sh --write   the same, and the super-loop's timeline of this run is the one expected from now on
#   tests/c.sh --sizes   only the sizes, as lines of "name bytes"
#
# Every scenario of links and of ledgers is replayed by a C program (c-adapter/replay) that is told the left halves only. What it
# writes is compared byte by byte with the right halves that stand in tests/scenarios.
set -euo pipefail
cd "$(dirname "$0")/.."
export CARGO_INCREMENTAL=0 # an incremental build is cut into other pieces: other sizes
readonly TARGET="${CARGO_TARGET_DIR:-$PWD/target}/c"
readonly LINK_MAX=7400 SINGLE_MAX=5200 STORAGE_MAX=160 # bytes: what is promised
readonly BOARD=thumbv7m-none-eabi
readonly WARNINGS=(-std=c11 -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror -Ic-adapter/include -Ic-adapter/replay)
readonly SANITIZED=("${WARNINGS[@]}" -g -O1 -fsanitize=address -fsanitize=undefined -fno-sanitize-recover=all)
readonly BOARD_CODE=(-mcpu=cortex-m3 -mthumb -Os -ffunction-sections -fdata-sections)
readonly BOARD_LINK=(-nostartfiles -T c-adapter/board/mps2-an385.ld -Xlinker --gc-sections -Xlinker --no-warn-execstack)
readonly REPLAY=(c-adapter/replay/{replay,link_config,link_step,ledger,text}.c)
readonly SUPERLOOP=(c-adapter/superloop/{main,device,format,made_up}.c c-adapter/replay/text.c)
readonly TIMELINE=c-adapter/superloop/timeline.txt
readonly ON_HOST=(c-adapter/replay/io_host.c) ON_BOARD=(c-adapter/board/{start,semihosting}.c)
mapfile -t SCENARIOS < <(find tests/scenarios -name '*.scenario' | sort)

main() {
    mkdir -p "$TARGET"
    tools
    library_for_board
    if [ "${1-}" = --sizes ]; then
        sizes
        return
    fi
    c-adapter/header.sh
    g++ -std=c++11 -Wall -Wextra -Wpedantic -Werror -x c++ -fsyntax-only c-adapter/include/relink.h -Wno-pragma-once-outside-header
    echo "header: what the source says, and C++, too"
    halves
    on_host "${1-}"
    on_board
    mutants
    sizes | tee "$TARGET/sizes.txt"
    at_most c_link "$LINK_MAX"
    at_most c_single "$SINGLE_MAX"
    at_most memory_of_relink_link "$STORAGE_MAX"
}

tools() {
    local missing=() package
    local -A packages=([gcc]=gcc [g++]=g++ [arm-none-eabi-gcc]=gcc-arm-none-eabi [qemu-system-arm]=qemu-system-arm [nm]=binutils)
    for tool in "${!packages[@]}"; do command -v "$tool" >/dev/null || missing+=("${packages[$tool]}"); done
    [ -e "$(arm-none-eabi-gcc -print-sysroot 2>/dev/null)/include/string.h" ] || [ -e /usr/lib/arm-none-eabi/include/string.h ] ||
        missing+=(libnewlib-arm-none-eabi)
    if ! has_rustup_target; then
        for package in rustc-web cargo-web rust-web-src lld; do
            dpkg --status "$package" >/dev/null 2>&1 || missing+=("$package")
        done
    fi
    [ ${#missing[@]} -gt 0 ] || return 0
    { apt-get update --quiet --quiet && DEBIAN_FRONTEND=noninteractive \
        apt-get install --quiet --quiet --yes --no-install-recommends "${missing[@]}"; } >&2 || {
        echo "install these first (here apt-get could not): ${missing[*]}" >&2
        exit 1
    }
}

has_rustup_target() { rustup target list --installed 2>/dev/null | grep --quiet --line-regexp "$BOARD"; }

# $1: where to build; the rest: further arguments. Of rustup's Rust if that has the target, else of Debian's, with its own core.
library_for_board() {
    local build=(build --quiet --locked --release --manifest-path c-adapter/staticlib/Cargo.toml --target "$BOARD" --target-dir "$TARGET/board")
    if has_rustup_target; then
        cargo "${build[@]}"
    else
        RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 /usr/bin/cargo "${build[@]}" -Zbuild-std=core
    fi
    readonly BOARD_LIBRARY="$TARGET/board/$BOARD/release/librelink.a"
}

halves() {
    local program=(cargo run --quiet --locked --package relink-scenario --example halves --)
    "${program[@]}" left "${SCENARIOS[@]}" >"$TARGET/left.txt" 2>"$TARGET/counts.txt"
    "${program[@]}" right "${SCENARIOS[@]}" >"$TARGET/right.txt" 2>/dev/null
    echo "scenarios: $(cat "$TARGET/counts.txt"), which have no C interface; $(grep --count --invert-match '^file ' "$TARGET/right.txt") steps"
    [ "$(grep --count '^file ' "$TARGET/right.txt")" -ge 110 ] || fail "there were 110 files of links and ledgers once"
    if grep --quiet -e '->' "$TARGET/left.txt"; then fail "a right half is told"; fi
}

# The library's own code is sanitized, too: what it does in lent memory is watched.
on_host() {
    local host library
    host=$(rustc --version --verbose | sed -n 's/^host: //p')
    RUSTC_BOOTSTRAP=1 RUSTFLAGS=-Zsanitizer=address cargo build --quiet --locked --release \
        --manifest-path c-adapter/staticlib/Cargo.toml --target "$host" --target-dir "$TARGET/host"
    library="$TARGET/host/$host/release/librelink.a"
    # A proof that cannot fail proves nothing: this program lends memory that it has not got.
    gcc "${SANITIZED[@]}" c-adapter/replay/too_few_slots.c "$library" -o "$TARGET/too_few_slots"
    if "$TARGET/too_few_slots" 2>"$TARGET/too_few_slots.txt"; then fail "the sanitizer does not see into the library"; fi
    grep --quiet 'AddressSanitizer: global-buffer-overflow' "$TARGET/too_few_slots.txt" || fail "$(head --lines=3 "$TARGET/too_few_slots.txt")"
    gcc "${SANITIZED[@]}" "${REPLAY[@]}" "${ON_HOST[@]}" "$library" -o "$TARGET/replay"
    "$TARGET/replay" <"$TARGET/left.txt" >"$TARGET/host.txt"
    same host.txt right.txt "scenarios on the host, sanitized"
    gcc "${SANITIZED[@]}" "${SUPERLOOP[@]}" "${ON_HOST[@]}" "$library" -o "$TARGET/superloop"
    timeout 60 "$TARGET/superloop" >"$TARGET/host_superloop.txt" || fail "the super-loop on the host: $(tail --lines=5 "$TARGET/host_superloop.txt")"
    [ "$1" != --write ] || cp "$TARGET/host_superloop.txt" "$TIMELINE"
    cp "$TIMELINE" "$TARGET/superloop.txt"
    same host_superloop.txt superloop.txt "super-loop on the host, sanitized"
}

on_board() {
    image replay "${REPLAY[@]}"
    boot replay left.txt board.txt
    same board.txt right.txt "scenarios on the Cortex-M3"
    image superloop "${SUPERLOOP[@]}"
    : >"$TARGET/empty.txt"
    boot superloop empty.txt board_superloop.txt
    same board_superloop.txt superloop.txt "super-loop on the Cortex-M3"
    image interrupted c-adapter/board/interrupted.c c-adapter/replay/text.c
    boot interrupted empty.txt interrupted.txt
    echo "interrupted in the midst of a call, the Cortex-M3 is told: $(cat "$TARGET/interrupted.txt")"
    image heap -DWITH_HEAP c-adapter/replay/too_few_slots.c
    heap heap >/dev/null || fail "a heap would not be found out"
    for image in replay superloop; do
        if heap "$image"; then fail "$image has a heap"; fi
        echo "$image on the Cortex-M3: no heap, no panic; $(arm-none-eabi-size "$TARGET/$image.elf" |
            awk 'NR == 2 { print $1 }') bytes of code and constants, at most $(sed -n 's/^stack *//p' "$TARGET/$image.console") of stack"
    done
}

# $1: name; the rest: what it is made of
image() {
    local name=$1
    shift
    arm-none-eabi-gcc "${BOARD_CODE[@]}" "${WARNINGS[@]}" "$@" "${ON_BOARD[@]}" "$BOARD_LIBRARY" "${BOARD_LINK[@]}" -o "$TARGET/$name.elf"
}

# $1: image; $2: input; $3: output; all of them in $TARGET. Its time is that of its instructions: each run is the same.
boot() {
    rm --force "$TARGET/$3"
    (cd "$TARGET" && timeout 60 qemu-system-arm -machine mps2-an385 -icount shift=0 -display none -serial none -monitor none \
        -semihosting-config "enable=on,target=native,arg=$1,arg=$2,arg=$3" -kernel "$1.elf" 2>"$1.console") || fail "$1 on the Cortex-M3: $? $(cat "$TARGET/$1.console")"
}

# What an image has of a heap, or of a panic.
heap() {
    arm-none-eabi-nm "$TARGET/$1.elf" | awk '{ print $NF }' |
        grep --extended-regexp '^_?(malloc|calloc|realloc|free|sbrk)(_r)?$|panicking|relink_panic_is_reachable'
}

# The comparison must be able to fail: a line of the core, of the ledger, of this interface is changed, and it has to be noticed.
mutants() {
    mutant core/src/link/mod.rs 's/self.now >= deadline/self.now > deadline/'
    mutant core/src/ledger/notice.rs 's/begins <= self.now/begins < self.now/'
    mutant c-adapter/src/event.rs 's/EventKind::Heard as u8 => Report::Heard/EventKind::Heard as u8 => Report::Drained/'
}

# $1: file; $2: what sed changes in it
mutant() {
    local tree="$TARGET/mutant"
    rm --recursive --force "$tree"
    mkdir -p "$tree"
    cp --recursive Cargo.toml Cargo.lock core c-adapter "$tree"
    sed -i 's/^members = .*/members = ["core", "core\/notation", "c-adapter"]/; /^default-members/d' "$tree/Cargo.toml"
    sed -i "$2" "$tree/$1"
    if cmp --quiet "$1" "$tree/$1"; then fail "nothing to change in $1: $2"; fi
    cargo build --quiet --release --manifest-path "$tree/c-adapter/staticlib/Cargo.toml" --target-dir "$TARGET/mutated"
    gcc "${WARNINGS[@]}" "${REPLAY[@]}" "${ON_HOST[@]}" "$TARGET/mutated/release/librelink.a" -o "$TARGET/mutated/replay"
    "$TARGET/mutated/replay" <"$TARGET/left.txt" >"$TARGET/mutated.txt" || true
    if cmp --quiet "$TARGET/mutated.txt" "$TARGET/right.txt"; then fail "not noticed, in $1: $2"; fi
    echo "a mutant is noticed: $1, $2"
}

# Everything of the library that a program links which uses these functions, for a Cortex-M3 at opt-level z: code and constants. The
# compiler's helpers (memcpy, 64-bit division), which most programs have anyway, stand for themselves.
sizes() {
    local link=(relink_config_default relink_link_{init,step,deadline})
    local single=(relink_config_default relink_single_{init,step,deadline})
    local ledger=(relink_terms_default relink_ledger_{init,received,acknowledge,dropped,lost,timeout,deadline,in_hand,exchange,view})
    local outbox=(relink_outbox_{init,push,pop,peek,view})
    linked c_backoff relink_backoff_preset relink_backoff_draw
    linked c_link "${link[@]}"
    linked c_single "${single[@]}"
    linked c_outbox "${outbox[@]}"
    linked c_ledger "${ledger[@]}"
    linked c_single_with_outbox "${single[@]}" "${outbox[@]}"
    linked c_link_with_ledger_and_outbox "${link[@]}" "${ledger[@]}" "${outbox[@]}"
    awk '/^  uint64_t opaque/ { gsub(/[^0-9]/, "", $2); bytes = $2 * 8; next } bytes { sub(";", "", $2); print "memory_of_" $2, bytes; bytes = 0 }' \
        c-adapter/include/relink.h
}

# $1: name; the rest: functions
linked() {
    local name=$1 wanted=() all helpers
    shift
    for function in "$@"; do wanted+=(-u "$function"); done
    arm-none-eabi-ld --gc-sections --entry "$1" "${wanted[@]}" "$BOARD_LIBRARY" -o "$TARGET/$name.elf"
    all=$(arm-none-eabi-size --format=sysv "$TARGET/$name.elf" | awk '$1 ~ /^\.(text|rodata)/ { sum += $2 } END { print sum + 0 }')
    helpers=$(arm-none-eabi-nm --print-size --radix=d "$TARGET/$name.elf" |
        awk '$4 ~ /compiler_builtins|^__aeabi_|^__udivmod|^mem(cpy|move|set|cmp)$/ { sum += $2 } END { print sum + 0 }')
    echo "$name $((all - helpers))"
    echo "${name}_helpers $helpers"
}

at_most() {
    local bytes
    bytes=$(awk -v name="$1" '$1 == name { print $2 }' "$TARGET/sizes.txt")
    [ "$bytes" -le "$2" ] || fail "$1: $bytes bytes, at most $2"
}

same() {
    diff "$TARGET/$1" "$TARGET/$2" >"$TARGET/difference.txt" || fail "$3: $(head --lines=20 "$TARGET/difference.txt")"
    echo "$3: $(wc --lines <"$TARGET/$1") lines, the same"
}

fail() {
    echo "FAILED: $1" >&2
    exit 1
}

main "$@"
