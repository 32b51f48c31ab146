//! Owns the tests of the driver: whatever dialler, peer and user do, on a clock that only jumps from one deadline to the next.
//!
//! No driver here may allocate: whatever else does is permitted to, one by one.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may panic"
)]

mod app;
mod frugal;
#[path = "../../examples/tls/gate.rs"]
mod gate;
mod net;
mod peer;
mod pipe;
mod rig;
mod rows;
mod tls;
mod user;
mod world;

#[global_allocator]
static ALLOCATOR: assert_no_alloc::AllocDisabler = assert_no_alloc::AllocDisabler;
