#!/usr/bin/env bash
# what a message and an idle link cost, beside plain tokio-tungstenite in the same run (a shared machine is noisy: printed, not judged)
cargo build --quiet --locked --release --manifest-path tests/echo/Cargo.toml --target-dir "$CARGO_TARGET_DIR/echo"
"$CARGO_TARGET_DIR/echo/release/relink-echo" all || [ $? = 1 ]
