//! Owns the clients relink is compared with, counted in the same run.

pub mod obvious;
pub mod slack;
mod tally;

pub use tally::{Count, Tally, Waiting};
