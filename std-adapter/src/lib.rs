//! relink tokio shell.

pub mod classify;
pub mod ending;
mod transport;

pub use ending::Ending;
pub use transport::{Connection, Incoming, Transport};
