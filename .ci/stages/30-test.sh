#!/usr/bin/env bash
# the README's test command
cargo test --locked
