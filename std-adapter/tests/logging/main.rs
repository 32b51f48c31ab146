//! What is written to the log of the program: what happened, and none of its secrets.
//!
//! A process of its own: tracing remembers for the whole process which lines nobody listens to, so tests beside this one that
//! do not listen could make it deaf.

mod ear;
mod link;
#[cfg(feature = "server")]
mod server;
