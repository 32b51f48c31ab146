#!/usr/bin/env bash
# the README's test command
cargo test --locked
# The second framing is not built otherwise.
cargo test --locked --package relink-embedded --features embedded-websocket --test wire
