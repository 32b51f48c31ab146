//! Owns the rows of the promised bounds that the bare core answers for: many thousand links in virtual time, no socket.
//!
//! Each test prints its rows, what was measured beside what may be: `cargo test -p relink-tests --test rows_core -- --nocapture`.

mod accept_then_drop;
mod fleet;
mod outage;
mod refused;
mod silence;
mod world;

use relink_tests::rows::{median, row};
use world::{Answer, World};

/// How many links a row is measured over; each has dice of its own.
const SEEDS: u64 = 10_000;

/// The time a peer on the same machine takes to answer, in milliseconds.
const ANSWERS_AFTER: u64 = 1;
