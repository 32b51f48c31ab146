//! Owns the opening handshake: its key, and the guard that reads the answer.

mod answer;
mod choice;
mod digest;
mod field;
mod key;
mod word;

pub use answer::HEAD_BYTES_MAX;
pub(super) use answer::{Answer, Verdict};
pub(super) use key::{KEY_BYTES, accept, random_key};
