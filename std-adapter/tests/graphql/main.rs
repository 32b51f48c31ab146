//! Tests of graphql-transport-ws: tokio's paused clock, streams in memory, peers of another author (tungstenite).

mod asking;
mod bench;
mod closing;
mod giving_up;
mod heavy;
mod operations;
mod renewing;
mod resuming;
