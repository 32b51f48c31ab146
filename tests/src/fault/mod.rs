//! Owns the fault server: a WebSocket server on loopback that misbehaves as told and notes what its clients do.
//!
//! ```
//! use std::time::Duration;
//!
//! use relink_tests::fault::{Behaviour, FaultServer, Leave, Refusal, RetryAfter};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let server = FaultServer::start(Behaviour::Echo).await?;
//! // The next two dials are refused, then one WebSocket is dropped, then all is well.
//! let busy = Refusal::new(429).retry_after(RetryAfter::Seconds(1));
//! server.script([Behaviour::Refuse(busy).times(2), Behaviour::AcceptThenDrop(Leave::Reset).once(), Behaviour::Echo.always()]);
//!
//! let mut refused = 0;
//! while tokio_tungstenite::connect_async(server.url()).await.is_err() {
//!     refused += 1;
//! }
//! let log = server.until(Duration::from_secs(1), |log| log.opened() == 1).await?;
//! assert_eq!((refused, log.dials().len()), (2, 3), "{log}");
//! # Ok(())
//! # }
//! ```

mod accept;
mod act;
mod behaviour;
mod book;
mod frame;
mod log;
mod numbers;
mod opening;
mod peer;
mod perform;
mod refusal;
mod script;
mod server;
mod timeline;
mod tls;

pub use act::{Act, FOREVER, Leave, Service};
pub use behaviour::{Behaviour, HELLO, SSH_BANNER, TOO_MANY, WARNING};
pub use book::Unseen;
pub use frame::{Decoder, Frame, Opcode, PAYLOAD_MAX, TooLong};
pub use log::{ENTRIES_MAX, Entry, LISTENER, Log, Received, Request, What};
pub use numbers::{Numbers, number_in, number_text};
pub use refusal::{Refusal, RetryAfter};
pub use script::Scene;
pub use server::FaultServer;
pub use tls::Certificate;
pub(crate) use tls::Tls;
