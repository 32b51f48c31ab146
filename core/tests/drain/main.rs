//! The tests of the drain: it does what a plain model allows, in an even and random order, in a fixed number of steps.
#![allow(clippy::arithmetic_side_effects, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test may panic")]

mod cost;
mod model;
mod order;
mod walk;
