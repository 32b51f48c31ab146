#!/usr/bin/env bash
# is the code formatted?
cargo fmt --all --check
cargo fmt --manifest-path tests/bare/Cargo.toml --check
cargo fmt --manifest-path tests/bench/Cargo.toml --check
cargo fmt --manifest-path examples/firmware/Cargo.toml --all --check
