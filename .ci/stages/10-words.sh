#!/usr/bin/env bash
# looks for words that must not be committed: private paths, registries' addresses, protocols' names in the core
failed=0

# $1: what it is; the rest: arguments of git grep
must_not_occur() {
    local what=$1 found=0
    shift
    git --no-pager grep --line-number --extended-regexp "$@" || found=$?
    # 1: nothing was found; anything else: something was, or the search failed
    if [ "$found" != 1 ]; then
        echo "FAILED: $what" >&2
        failed=1
    fi
}

must_not_occur "a path of one machine only" '/(root|work|home|Users)/' -- . ':!LICENSE*'
must_not_occur "the core names a protocol" --ignore-case 'slack|graphql|onebot' -- core
must_not_occur "a lock file names another registry than crates.io" \
    -e '^source = "' --and --not -e '"registry\+https://github.com/rust-lang/crates.io-index"' -- '*Cargo.lock'
exit $failed
