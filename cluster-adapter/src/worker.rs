//! The worker: works on what the queue holds, each key in its order, one owner a partition.

#![cfg_attr(not(test), expect(dead_code, reason = "what joins them comes next"))]

mod keys;
mod retries;
mod share;

pub use retries::{Followers, Retries};
