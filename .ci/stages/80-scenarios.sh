#!/usr/bin/env bash
# the scenarios once more, the way a person runs them
[ -d tests/scenarios ] || { echo "no scenarios yet" && exit 0; }
cargo run --quiet --locked --bin scenario -- tests/scenarios
