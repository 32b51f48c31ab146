#!/usr/bin/env bash
# the C interface: header, scenarios and super-loop, on the host under sanitizers and on a Cortex-M3
CLIPPY_CONF_DIR="$PWD/.ci" cargo clippy --locked --release --manifest-path c-adapter/staticlib/Cargo.toml --target-dir "$CARGO_TARGET_DIR/c/clippy" -- --deny warnings
tests/c.sh
