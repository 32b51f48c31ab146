#!/usr/bin/env bash
# a step costs no more instructions than it may
cargo run --quiet --locked --release --manifest-path tests/bench/Cargo.toml --target-dir "$CARGO_TARGET_DIR/bench"
