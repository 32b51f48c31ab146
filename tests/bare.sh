#!/usr/bin/env bash
# Builds the core and the profiles as static libraries without the standard library, and proves of each what it needs and how big it is.
#
#   tests/bare.sh            proves, prints every function's size, fails over budget
#   tests/bare.sh --facts    prints the sizes as lines of "name bytes", proves nothing
#
# Code is what the executable sections hold, constants what the read-only ones do (jump tables among them), in bytes.
set -euo pipefail
cd "$(dirname "$0")/bare"

readonly PROFILES=(slack onebot graphql)
readonly OVERLAP_CODE_MAX=5500 SINGLE_CODE_MAX=3000 LINK_MAX=160 STATE_MAX=88
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$PWD/../../target}/bare"
export CARGO_INCREMENTAL=0 # an incremental build is cut into other pieces: other sizes
readonly OUT="$CARGO_TARGET_DIR/objects"
failures=0

main() {
    mkdir -p "$OUT"
    for library in overlap single machines ledger registry drain elector "${PROFILES[@]}" values panics; do
        # The object of the library itself: the archive holds the compiler's built-in functions beside it.
        cargo rustc --quiet --locked --release --example "$library" -- --emit=obj="$OUT/$library.o"
    done
    if [ "${1-}" = --facts ]; then
        facts
    else
        prove
        budgets
    fi
}

facts() {
    for library in overlap single machines ledger registry drain elector; do
        echo "${library}_code $(sections "$library" .text)"
        echo "${library}_constants $(sections "$library" .rodata)"
    done
    nm --print-size --radix=d "$OUT/values.o" | awk '{ sub("RELINK_", "", $4); print "size_of_" tolower($4), $2 + 0 }'
}

prove() {
    # A proof that cannot fail proves nothing: this library does panic.
    [ "$(undefined panics)" = relink_panic_is_reachable ] || fail "a panic would not be found out: $(undefined panics)"
    for library in overlap single machines ledger registry drain elector "${PROFILES[@]}"; do
        echo "$library: $(sections "$library" .text) bytes of code, $(sections "$library" .rodata) of constants; largest first:"
        nm --print-size --size-sort --reverse-sort --radix=d --demangle "$OUT/$library.o" | awk '$3 ~ /[tT]/ { $1 = ""; $3 = ""; $2 += 0; print "   " $0 }'
        needs "$library"
        [ "$(variables "$library")" = 0 ] || fail "$library has variables of its own"
    done
}

# Nothing at all, or for the outbox and the profiles the functions on memory that any compiler takes for granted.
needs() {
    local found allowed='^$'
    case $1 in machines | slack | onebot | graphql) allowed='^(memcpy|memmove|memset|memcmp|bcmp|)$' ;; esac
    found=$(undefined "$1")
    if grep --quiet --extended-regexp --invert-match "$allowed" <<<"$found"; then
        fail "$1 needs what is not there: $found"
    else
        echo "$1 needs: ${found:-nothing}"
    fi
}

budgets() {
    local lines
    local -A bytes
    lines=$(facts)
    while read -r name value; do bytes[$name]=$value; done <<<"$lines"
    at_most "code of a link with overlap" "${bytes[overlap_code]}" "$OVERLAP_CODE_MAX"
    at_most "code of a link without" "${bytes[single_code]}" "$SINGLE_CODE_MAX"
    at_most "a link, its configuration by value" "${bytes[size_of_overlap]}" "$LINK_MAX"
    at_most "its state" "$((bytes[size_of_overlap] - bytes[size_of_config]))" "$STATE_MAX"
    [ "$failures" = 0 ] || exit 1
}

at_most() {
    echo "$1: $2 bytes, at most $3"
    [ "$2" -le "$3" ] || fail "$1: $(($2 - $3)) bytes too many"
}

undefined() { nm --undefined-only --just-symbols "$OUT/$1.o"; }

# What is read-only as soon as its addresses are known (.data.rel.ro) is none.
variables() { echo $(($(sections "$1" '.(data|bss)') - $(sections "$1" '.data.rel.ro'))); }

sections() { size --format=sysv "$OUT/$1.o" | awk -v name="^\\$2" '$1 ~ name { sum += $2 } END { print sum + 0 }'; }

fail() {
    echo "FAILED: $1" >&2
    failures=$((failures + 1))
}

main "$@"
