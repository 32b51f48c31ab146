//! Slack's Socket Mode: an app's connections, kept alive, and its envelopes, each handed out once and acknowledged.
//!
//! ```no_run
//! use relink_tokio::slack::SocketMode;
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let slack = SocketMode::builder(std::env::var("SLACK_APP_TOKEN")?).connect()?;
//! while let Some(envelope) = slack.next().await {
//!     println!("{:?} {}", envelope.kind(), envelope.payload());
//!     envelope.ack()?;
//! }
//! if let Some(why) = slack.ended() {
//!     eprintln!("{why}");
//! }
//! # Ok(())
//! # }
//! ```

mod alarm;
mod api;
mod budget;
mod builder;
mod caller;
mod driver;
mod envelope;
mod hub;
mod places;
mod protocol;
mod registry;
mod socket_mode;
mod stats;

pub use budget::UrlBudget;
pub use builder::{SetupError, SocketModeBuilder};
pub use driver::SocketModeDriver;
pub use envelope::{AckError, Envelope, Retry};
pub use relink_profiles::slack::Kind;
pub use relink_profiles::slack::ack::Refused;
pub use socket_mode::SocketMode;
pub use stats::SlackStats;

use crate::ending::RequestFault as UrlFault;
