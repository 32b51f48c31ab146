//! Owns the exploration: every link that can be reached is visited, and all that must hold is asked of it.
//!
//! A link is a value and compares attempts only for equality, so after each step its attempts are renamed and its
//! clock is set back to one hour. What remains is finite: the walk ends, and what held in it holds for event sequences of any length.

pub mod conn;
pub mod graph;
pub mod law;
pub mod left;
pub mod liveness;
pub mod moves;
pub mod node;
pub mod replay;
pub mod report;
mod rings;
pub mod search;
pub mod setting;
pub mod settings;
pub mod step;
pub mod world;

pub use report::{Report, against_golden, explore_all};
pub use search::{Broken, Found, Patience, explore};
pub use setting::{Clock, Setting, Size, Words};
