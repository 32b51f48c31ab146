#!/usr/bin/env bash
# every feature by itself: none needs another one's code, and the core's need no standard library
for features in '' defmt serde defmt,serde; do
    echo "relink-core with '$features', where there is no standard library"
    cargo check --quiet --locked --manifest-path tests/bare/Cargo.toml --target-dir "$CARGO_TARGET_DIR/bare" --examples --features "$features"
done
for features in '' ws ws,platform-roots server hyper slack graphql onebot metrics server,metrics slack,metrics; do
    echo "relink-tokio with '$features'"
    cargo clippy --quiet --locked --package relink-tokio --no-default-features --features "$features" -- --deny warnings
done
for features in '' embedded-websocket rand-core-09 rand-core-010; do
    echo "relink-embedded with '$features'"
    cargo clippy --quiet --locked --package relink-embedded --no-default-features --features "$features" -- --deny warnings
done
for features in '' nats slack http slack,http; do
    echo "relink-cluster with '$features'"
    cargo clippy --quiet --locked --package relink-cluster --no-default-features --features "$features" -- --deny warnings
done
echo "relink-cluster-node without its demonstration"
cargo clippy --quiet --locked --package relink-cluster-node --no-default-features -- --deny warnings
