#!/usr/bin/env bash
# Owns the README's table of the official clients, between "<!-- generated:side-by-side -->" and "<!-- /generated -->", if there is one.
#
#   tests/side-by-side/readme.sh           fails if it is not the short table of RESULTS.md
#   tests/side-by-side/readme.sh --write   makes it so
set -euo pipefail
cd "$(dirname "$0")/../.."

readonly RESULTS=tests/side-by-side/RESULTS.md
grep --quiet --line-regexp '<!-- generated:side-by-side -->' README.md || exit 0

replaced() {
    awk -v section="$(awk '/^## /{ inside = $0 == "## In short" } inside && /^\|/' "$RESULTS")" '
        $0 == "<!-- /generated -->" { inside = 0 }
        !inside { print }
        $0 == "<!-- generated:side-by-side -->" { print section; inside = 1 }
    ' README.md
}

text=$(replaced)
if [ "${1-}" = --write ]; then
    printf '%s\n' "$text" >README.md
elif ! diff --unified README.md <(printf '%s\n' "$text"); then
    echo "the README's table is not that of $RESULTS: tests/side-by-side/readme.sh --write" >&2
    exit 1
fi
