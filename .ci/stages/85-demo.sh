#!/usr/bin/env bash
# the demonstration: misses no bound, and what it recorded replays
readonly FLIGHTS="$CARGO_TARGET_DIR/flights"
rm -rf "$FLIGHTS"
cargo run --quiet --locked -- --record "$FLIGHTS"
cargo run --quiet --locked --bin scenario -- "$FLIGHTS"
