#!/usr/bin/env bash
# lints, all of them errors
export CLIPPY_CONF_DIR="$PWD/.ci"
readonly STRICT=(--deny warnings --deny clippy::too_many_lines)
cargo clippy --locked --workspace --all-targets --all-features -- "${STRICT[@]}"
cargo clippy --locked --manifest-path tests/bare/Cargo.toml --target-dir "$CARGO_TARGET_DIR/bare" --examples -- "${STRICT[@]}"
cargo clippy --locked --manifest-path tests/bench/Cargo.toml --target-dir "$CARGO_TARGET_DIR/bench" -- "${STRICT[@]}"
cargo clippy --locked --manifest-path profiles/fuzz/Cargo.toml --target-dir "$CARGO_TARGET_DIR/fuzz" -- "${STRICT[@]}"
cargo clippy --locked --manifest-path embedded-adapter/fuzz/Cargo.toml --target-dir "$CARGO_TARGET_DIR/fuzz" -- "${STRICT[@]}"
