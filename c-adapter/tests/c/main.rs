//! The tests of the C interface: the same decisions as in Rust, and an answer to whatever is wrong with the arguments.
#![allow(clippy::arithmetic_side_effects, clippy::indexing_slicing, reason = "a test may panic")]
#![allow(clippy::multiple_unsafe_ops_per_block, reason = "calls, each under the one promise that stands above them")]

mod answers;
mod ledger;
mod link;
mod outbox;
mod places;
