//! The embedded shell of relink: a WebSocket connection that is kept alive, and ended properly, on a device without an
//! operating system. No standard library, no allocator, no panic on what a peer sends; buffers are lent by the caller.
//!
//! [`wire`] is one connection's bytes: the opening handshake, the guard that checks every frame before anything else reads
//! it, and the messages. It does no I/O and knows no clock, so that an async task and a super-loop drive it alike.
//
// Where `inline(never)` stands without a word, it was measured: out of line that function makes the whole smaller.
#![no_std]

mod client;
mod dial;
mod drive;
#[cfg(any(feature = "embassy-time", feature = "embassy-net"))]
pub mod embassy;
mod ending;
mod entropy;
mod line;
#[cfg(feature = "record")]
pub mod record;
pub mod session;
mod user;
pub mod wire;

pub use client::{Client, Counters, Unsent};
pub use dial::{Clock, Connection, Dialler};
pub use drive::{run, run_single};
pub use ending::{DialFault, Ending};
pub use entropy::Entropy;
#[cfg(feature = "rand-core-09")]
pub use entropy::Rand09;
#[cfg(feature = "rand-core-010")]
pub use entropy::Rand010;
pub use line::Line;
pub use session::{Session, WhenTooLarge};
pub use user::{Event, Reply, Step, User};
