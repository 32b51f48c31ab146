#!/usr/bin/env bash
# lints, all of them errors
cargo clippy --locked --workspace --all-targets --all-features -- --deny warnings
cargo clippy --locked --manifest-path tests/bare/Cargo.toml --target-dir "$CARGO_TARGET_DIR/bare" --examples -- --deny warnings
cargo clippy --locked --manifest-path tests/bench/Cargo.toml --target-dir "$CARGO_TARGET_DIR/bench" -- --deny warnings
