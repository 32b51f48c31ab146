//! The receiver: whoever holds the lease dials, puts what comes in into the queue, and acknowledges what is stored.
//!
//! ```
//! # use std::time::Duration;
//!
//! use relink_cluster::receiver::{Ack, Feed, News, Receiver, Source, Unsent};
//! use relink_cluster::{Election, Group, Hold, Holder, InProcess};
//! # use tokio::time::Instant;
//!
//! /// Where nothing ever comes from.
//! struct Silence;
//! # struct Nothing(bool);
//! # struct Never;
//! # impl Ack for Never { fn acknowledge(self, _: Option<&[u8]>) -> Result<(), Unsent> { Ok(()) } }
//! # impl Feed for Nothing {
//! #     type Ack = Never;
//! #     async fn next(&mut self) -> Option<News<Never>> { if self.0 { None } else { std::future::pending().await } }
//! #     fn drain(&mut self, _: Instant) { self.0 = true; }
//! # }
//! impl Source for Silence {
//!     type Feed = Nothing;
//!
//!     fn dial(&mut self, _: &Hold) -> Result<Nothing, Box<dyn std::error::Error + Send + Sync>> {
//!         Ok(Nothing(false))
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread", start_paused = true)]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let engine = InProcess::default();
//! let election = Election::builder(engine.clone(), Group::new("eu-1")?, Holder::new("pod-1")?).spawn();
//! let receiver = Receiver::builder(engine, election, Silence).spawn();
//! # tokio::time::sleep(Duration::from_secs(5)).await;
//! receiver.stop().await; // on SIGTERM: drains, and gives the lease back
//! # Ok(())
//! # }
//! ```
//!
//! # What is promised
//! - Nothing is dialled, stored or acknowledged without a valid lead, by its clock, looked at before each of these.
//! - What is acknowledged is stored, unless [`Unconfirmed::Acknowledge`] was chosen. What is not stored in time is not acknowledged: whoever
//!   sent it sends it again, where it is of a kind that [comes again](Nature::ComesAgain).
//! - What has the same key is stored in the order in which it came, as long as the engine answers. What was not confirmed in its time has lost its place: it comes again, behind others.
//! - No more than [`Options::in_hand_max`] things are in hand. What comes beyond is left, unacknowledged and counted.
//! - When the lead is to end, nothing is dialled any more, what is in hand is finished, the connection is closed, all within
//!   the time there is; when it is over, everything is dropped at once.
//!
//! # How long things may take
//! Slack waits 3 s for an acknowledgement. [`ANSWER_WITHIN`] of them are for the queue, or for the worker that is asked; the rest for the way.
//! It counts from when the thing came in, so that what waits behind others has less.

mod builder;
mod course;
mod desk;
mod hand;
#[cfg(feature = "http")]
pub mod http;
mod judge;
mod notice;
mod options;
mod role;
#[cfg(any(feature = "slack", feature = "http"))]
mod shape;
#[cfg(feature = "slack")]
mod slack;
mod socket;
mod source;
mod stats;
mod work;

pub use crate::driver::Driver;
pub use builder::Builder;
pub use judge::Why;
pub use notice::Notice;
pub use options::{ANSWER_WITHIN, Options, Questions, Unconfirmed};
pub use role::Receiver;
#[cfg(any(feature = "slack", feature = "http"))]
pub use shape::{Body, NotSlack, default_key, read};
#[cfg(feature = "slack")]
pub use slack::SlackSource;
pub use socket::{Reading, SocketSource};
pub use source::{Ack, Feed, Item, Nature, News, Source, Unsent};
pub use stats::ReceiverStats;
