//! Owns the fake Slack: `apps.connections.open` and Socket Mode on loopback, as Slack does them, with troubles as told and a book of
//! all that happened.
//!
//! HTTP is axum's; frames are written by hand ([`crate::fault::Frame`]), because half of what goes wrong with Slack goes wrong
//! where a WebSocket library would help: pongs that do not come, a Close without an answer, TCP that stays open after it.
//!
//! ```
//! use std::time::Duration;
//!
//! use relink_tests::slack::{FakeSlack, LinkTrouble, Settings, Trouble};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let slack = FakeSlack::start(Settings::default()).await?;
//! slack.script_links([LinkTrouble::Status(409).times(2), LinkTrouble::NoHello.once()]);
//! // A client is pointed at `slack.api_url()`; then, for example:
//! let nobody = slack.until(Duration::from_millis(10), |book| book.ready().len() == 1).await;
//! assert!(nobody.is_err());
//! assert_eq!(slack.stop().await.dials.len(), 0);
//! # Ok(())
//! # }
//! ```

mod accept;
mod agenda;
mod book;
mod call;
mod command;
mod envelope;
mod front;
mod hear;
mod hub;
mod limit;
mod line;
mod manner;
mod message;
mod order;
mod post;
mod reason;
mod record;
mod sample;
mod script;
mod server;
mod settings;
mod socket;
mod summary;
mod trouble;
mod upgrade;
mod words;

pub use book::{Book, Counts};
pub use command::Command;
pub use envelope::{Ack, Delivery, Envelope, Fate, Worth};
pub use front::TlsFront;
pub use reason::{ApiError, Kind, Reason};
pub use record::{Answer, Call, Connection, Dial, Outcome, Ticket};
pub use sample::{payload, sample};
pub use script::{Scene, Trouble};
pub use server::{FakeSlack, Unseen};
pub use settings::{AfterClose, FRAME_LIMIT_BYTES, Oversize, Pace, RateLimit, Settings};
pub use trouble::{CallTrouble, LinkTrouble, Oddity};
pub use words::{NotUnderstood, ScriptText};
