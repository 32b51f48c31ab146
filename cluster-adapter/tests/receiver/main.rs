//! The receiver on the engine in this process and on virtual time, from a source that does as it is told.

mod ends;
mod flow;
#[cfg(feature = "http")]
mod http;
mod peer;
mod questions;
mod trouble;
mod world;
