#!/usr/bin/env bash
# the documentation, its links among it
RUSTDOCFLAGS='--deny warnings' cargo doc --locked --workspace --no-deps --all-features
