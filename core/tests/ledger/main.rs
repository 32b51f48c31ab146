//! The tests of the ledger: it does what a plain model does, at any hash, in any memory, in a fixed number of steps.
#![allow(clippy::arithmetic_side_effects, clippy::expect_used, clippy::indexing_slicing, reason = "a test may panic")]

mod cost;
mod hashers;
mod model;
mod walk;
