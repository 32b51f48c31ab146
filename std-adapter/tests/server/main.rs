//! Tests of the accepting side: tokio's paused clock, streams in memory, clients of another author (tungstenite).

mod admission;
mod bench;
mod draining;
mod ending;
#[cfg(feature = "hyper")]
mod inside;
mod misbehaving;
mod request;
mod sending;
