//! Owns the tests of the driver: whatever dialler, peer and user do, on a clock that only jumps from one deadline to the next.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may panic"
)]

mod net;
mod peer;
mod pipe;
mod rig;
mod rows;
mod user;
mod world;
