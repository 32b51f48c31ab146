//! relink tokio shell.

pub mod classify;
pub mod ending;
mod transport;
#[cfg(feature = "ws")]
pub mod ws;

pub use ending::Ending;
pub use transport::{Connection, Incoming, Transport};
