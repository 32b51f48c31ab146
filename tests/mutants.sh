#!/usr/bin/env bash
# Judges the tests of the core: changes it in one place, sees a test fail, and so on for every place (cargo-mutants).
#
#   tests/mutants.sh                     every mutant
#   tests/mutants.sh fate.rs 'in .*age'  those whose name matches one of these regular expressions
#
# A mutant that does what the core does cannot be noticed: these stand in tests/mutants/equivalent.txt, with the reason.
# Fails on every other survivor, and on a listed mutant that is caught or is there no more.
#
# Works on a copy, in which relink-tests is reduced to what judges the core alone: a mutant is then built in two seconds,
# not in thirty.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly VERSION=27.1.0 LIST=tests/mutants/equivalent.txt
# The longest run that ends is that of a survivor, half a minute on a quiet machine. A mutant that runs for ever is noticed by that.
readonly TIMEOUT_SECS=150
readonly JOBS="${JOBS:-$(nproc)}"
TARGET=$(realpath --canonicalize-missing "${CARGO_TARGET_DIR:-target}")
readonly TARGET WORK="$TARGET/mutants"
readonly TREE="$WORK/tree" OUT="$WORK/mutants.out"

# Copies of the tree have target folders of their own, and what a mutant leaves unchanged is not built again.
unset CARGO_TARGET_DIR
export CARGO_INCREMENTAL=1 TMPDIR="$WORK/tmp" PATH="$TARGET/tools/bin:$PATH"

main() {
    install_tool
    rm -rf "$WORK" && mkdir -p "$TREE" "$TMPDIR"
    copy_tree
    echo "the unchanged core:"
    (cd "$TREE" && cargo test --quiet --profile mutants --tests >"$WORK/unchanged.log") || fail "tests fail on the unchanged core: $WORK/unchanged.log"
    echo "its mutants:"
    mutate "$@"
    judge "$#"
}

install_tool() {
    [ "$(cargo mutants --version 2>/dev/null)" = "cargo-mutants $VERSION" ] ||
        cargo install --quiet --locked --root "$TARGET/tools" --target-dir "$TARGET/tools" cargo-mutants --version "$VERSION"
}

# The files as they are, committed or not.
copy_tree() {
    git ls-files -z --cached --others --exclude-standard -- core profiles tests README.md Cargo.toml Cargo.lock |
        tar --create --null --files-from=- --ignore-failed-read | tar --extract --directory="$TREE"
    sed --in-place '/^members/s/=.*/= ["core", "core\/notation", "profiles", "tests"]/; /^default-members/d' "$TREE/Cargo.toml"
    # Best for the sum of building and running; more optimisation takes longer to build than it saves.
    printf '\n[profile.mutants]\ninherits = "test"\ndebug = false\nopt-level = 1\n' >>"$TREE/Cargo.toml"
    printf '\n[profile.mutants.package.%s]\nopt-level = 1\n' relink-core relink-tests >>"$TREE/Cargo.toml"
    reduce_tests "$TREE/tests"
}

# The scenarios and the exploration are left, and of the dependencies those that they name. Tests run in the order of their
# names: the scenarios, which take the least time to find most mutants, go first.
reduce_tests() {
    local crate
    sed --in-place '/^pub mod \(explore\|scenario\);/!{/^pub mod /d}' "$1/src/lib.rs"
    sed --in-place '/^\[\[bin\]\]/,/^$/d' "$1/Cargo.toml"
    sed --in-place '/^publish/a autobins = false\nautotests = false' "$1/Cargo.toml"
    sed --quiet '/^\[.*dependencies\]/,/^\[lints\]/s/^\([a-z0-9_-]*\)[. ].*=.*/\1/p' "$1/Cargo.toml" | while read -r crate; do
        grep --quiet --recursive --word-regexp "${crate//-/_}" "$1"/src/{explore,scenario} "$1"/tests/{explore,scenarios}.rs ||
            sed --in-place "/^${crate}[. ]/d" "$1/Cargo.toml"
    done
    printf '\n[lib]\ntest = false\ndoctest = false\n' >>"$1/Cargo.toml"
    printf '\n[[test]]\nname = "%s"\npath = "tests/%s.rs"\n' a_scenarios scenarios explore explore >>"$1/Cargo.toml"
}

mutate() {
    local code=0
    cargo mutants --dir "$TREE" --output "$WORK" --package relink-core --test-package relink-core --test-package relink-tests \
        --profile mutants --cargo-test-arg=--tests --baseline skip --copy-target true \
        --timeout "$TIMEOUT_SECS" --jobs "$JOBS" --colors never "${@/#/--re=}" || code=$?
    # 2: some survived, 3: some ran into the timeout; anything else is an error.
    case $code in 0 | 2 | 3) ;; *) fail "cargo-mutants ended with $code" ;; esac
}

# $1: the number of words that chose mutants
judge() {
    local survivors listed unknown stale
    survivors=$(named <"$OUT/missed.txt" | sort)
    listed=$(sed '/^#/d; /^ /d; /^$/d' "$LIST" | sort)
    unknown=$(comm -23 <(echo "$survivors") <(echo "$listed") | sed '/^$/d')
    stale=$(comm -13 <(echo "$survivors") <(echo "$listed") | sed '/^$/d')
    echo "$(cat "$OUT"/{caught,unviable,missed,timeout}.txt | wc --lines) mutants: $(count caught) caught, $(count unviable) do not compile," \
        "$(count timeout) run for ever, $(count missed) survive; $(sed '/^$/d' <<<"$listed" | wc --lines) are listed as equivalent; took $SECONDS s"
    [ -z "$unknown" ] || problem "no test notices, and $LIST does not list:" "$unknown"
    [ "$1" != 0 ] || [ -z "$stale" ] || problem "$LIST lists, but it is caught or is there no more:" "$stale"
    awk '/^core/ { bare = 1 } /^    / { bare = 0 } /^$/ && bare { exit 1 } END { exit bare }' "$LIST" || problem "$LIST gives no reason for each" ""
    [ "$problems" = 0 ]
}

count() { wc --lines <"$OUT/$1.txt"; }

# Line and column of a mutant move with every change; the text of its line does not.
named() {
    local file line what
    while IFS=: read -r file line _ what; do
        echo "$file:$what | $(sed --quiet "${line}s/^ *//p" "$TREE/$file")"
    done
}

problems=0

problem() {
    printf 'FAILED: %s\n%s\n' "$1" "$2" >&2
    problems=$((problems + 1))
}

fail() {
    echo "FAILED: $1" >&2
    exit 1
}

main "$@"
