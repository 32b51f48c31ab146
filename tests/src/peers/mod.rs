//! Owns the clients relink is compared with, counted in the same run.

pub mod crowd;
pub mod obvious;
pub mod service;
pub mod slack;
mod tally;

pub use tally::{Count, Tally, Waiting};
