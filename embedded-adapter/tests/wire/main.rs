//! Owns the tests of one connection's bytes: what comes in is told, what goes out is right, however it is cut.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may panic"
)]

#[cfg(feature = "embedded-websocket")]
mod alone;
mod bytes;
mod corpus;
mod cuts;
mod differ;
mod fuzz;
mod model;
mod player;
mod property;
mod request;
mod room;
mod said;
mod talk;
mod told;
mod work;
