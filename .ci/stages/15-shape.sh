#!/usr/bin/env bash
# every source file says first what it owns, and is about 300 lines at most
readonly LINES_MAX=350
failed=0
while read -r file; do
    [[ $(head --lines=1 "$file") == '//! '* ]] || { echo "$file: the first line does not say what it owns" && failed=1; }
    lines=$(wc --lines <"$file")
    [ "$lines" -le $LINES_MAX ] || { echo "$file: $lines lines, at most $LINES_MAX" && failed=1; }
done < <(git ls-files '*.rs')
exit $failed
