#!/usr/bin/env bash
# Owns include/relink.h, which cbindgen makes of src/.
#
#   c-adapter/header.sh           fails if the header says anything but what the source does
#   c-adapter/header.sh --write   writes it
set -euo pipefail
cd "$(dirname "$0")"
readonly VERSION=0.29.2 # of cbindgen: another one may write the same in other words
readonly TOOLS="${CARGO_TARGET_DIR:-$PWD/../target}/tools"
readonly HEADER=include/relink.h

main() {
    install_cbindgen
    if [ "${1-}" = --write ]; then
        mkdir -p include
        header >"$TOOLS/relink.h"
        cp "$TOOLS/relink.h" "$HEADER"
    elif ! diff --unified "$HEADER" <(header); then
        echo "c-adapter/$HEADER is not what the source says: c-adapter/header.sh --write" >&2
        exit 1
    fi
}

install_cbindgen() {
    [ "$("$TOOLS/bin/cbindgen" --version 2>/dev/null)" = "cbindgen $VERSION" ] && return
    cargo install --quiet --locked --root "$TOOLS" --version "$VERSION" cbindgen
}

# What Rust wants said of every unsafe function stands once at the head of the header. And an enum cannot have the name of a struct,
# but its constants need not show that.
header() {
    "$TOOLS/bin/cbindgen" --quiet --config cbindgen.toml . | awk '
        /^\/\/$/ { held = held $0 "\n"; next }
        /^\/\/ # Safety$/ { safety = 1; held = ""; next }
        safety { safety = 0; next }
        { gsub(/_KIND_/, "_"); printf "%s%s\n", held, $0; held = "" }'
}

main "$@"
