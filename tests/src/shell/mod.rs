//! The tokio shell as a subject of scenarios: its real driver on paused time, over a transport that does what the lines say.
//!
//! [`Plan::of`] says of a path which of its lines this shell tells its core, and why it does not tell the others;
//! [`Shell`] lets the left halves happen and says what followed.

mod net;
mod plan;
mod subject;

pub use plan::{Fate, Line, Plan, Reason};
pub use subject::Shell;
