//! The demonstration: a link, and what people write in its place, against servers that fail in every way the field knows.
//!
//! `cargo run` plays it; `cargo run -- URL` watches a link to a server of your own. The examples beside it are files of their own, in `src/bin`.

pub mod cli;
pub mod demo;
mod terminal;
pub mod watch;
mod wording;
mod wrap;
