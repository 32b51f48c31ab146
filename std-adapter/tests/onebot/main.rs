//! Tests of OneBot: tokio's paused clock, streams in memory, peers of another author (tungstenite).

mod access;
mod answering;
mod bench;
mod calling;
mod heartbeat;
mod leaving;
mod newest;
mod noise;
