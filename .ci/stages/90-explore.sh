#!/usr/bin/env bash
# the exploration with longer waits and real lengths of time, to the end
cargo run --quiet --locked --release -p relink-tests --bin explore -- --full
