//! Tests of the accepting side: tokio's paused clock, streams in memory, clients of another author (tungstenite).

mod admission;
mod bench;
#[cfg(feature = "metrics")]
mod counting;
mod draining;
mod early;
mod ending;
#[cfg(feature = "hyper")]
mod inside;
mod judging;
mod misbehaving;
mod reload;
mod request;
mod sending;
