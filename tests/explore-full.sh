#!/usr/bin/env bash
# Was the full exploration made of this very core? It takes minutes, so it is made once for each change of the core or of
# the explorer, and their fingerprint kept beside its golden file.
#
#   tests/explore-full.sh            explores, unless this core was explored already
#   tests/explore-full.sh --write    explores, and keeps the fingerprint (and with BLESS=1 the golden file)
set -euo pipefail
cd "$(dirname "$0")/.."

readonly kept=tests/golden/explore-full.sum
# Of what is explored and what explores; without the lines that are comments.
readonly explored=(core/src/{backoff,config,event,state,units}.rs core/src/link tests/src/explore)
fingerprint=$(find "${explored[@]}" -name '*.rs' -print0 | LC_ALL=C sort --zero-terminated |
    xargs --null grep --no-filename --invert-match '^ *//' | sha256sum | cut --delimiter=' ' --fields=1)

if [ "${1:-}" != --write ] && [ "$(cat "$kept")" = "$fingerprint" ]; then
    echo "this core and this explorer: explored to the end, $(grep --count '^ *[0-9]\+ \+[0-9]\+ ' tests/golden/explore-full.txt) settings"
    exit 0
fi
cargo run --quiet --locked --release -p relink-tests --bin explore -- --full
if [ "${1:-}" = --write ]; then
    echo "$fingerprint" >"$kept"
else
    echo "this core is another than the one that was explored last: tests/explore-full.sh --write"
    exit 1
fi
