#!/usr/bin/env bash
# the demonstrations: they miss no bound, and what was recorded replays
readonly FLIGHTS="$CARGO_TARGET_DIR/flights"
rm -rf "$FLIGHTS"
cargo run --quiet --locked -- --record "$FLIGHTS"
cargo run --quiet --locked --bin scenario -- "$FLIGHTS"
# The cluster's: a place changes hands, and no event is lost.
cargo run --quiet --locked --package relink-cluster-node -- --demo | tail --lines=1
