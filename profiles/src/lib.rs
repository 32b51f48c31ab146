//! The meanings of relink: what a protocol's messages, HTTP statuses and errors say to a link. Does no I/O, keeps no
//! state of a connection, allocates nothing, never panics on what a peer sends.
//!
//! A [`Profile`] is asked by a shell: each text that comes in is [recognised](Profile::recognise), what it means to the
//! link is [reported](Profile::report), and how a connection or an attempt ended is [judged](Profile::verdict).
//!
//! ```
//! use relink_core::Report;
//! use relink_profiles::Profile;
//! use relink_profiles::slack::{Incoming, Slack, ack};
//!
//! let hello = Slack.recognise(r#"{"type":"hello","num_connections":1}"#).unwrap();
//! assert_eq!(Slack::report(&hello), Some(Report::Accepted));
//!
//! let text = r#"{"envelope_id":"5f2d","type":"events_api","payload":{"event":{"type":"message"}}}"#;
//! let Ok(Incoming::Envelope(envelope)) = Slack.recognise(text) else { panic!("an envelope") };
//! assert_eq!(envelope.payload, r#"{"event":{"type":"message"}}"#);
//! let mut buffer = [0; 64];
//! assert_eq!(ack::bare(&mut buffer, envelope.id.plain().unwrap()).unwrap(), r#"{"envelope_id":"5f2d"}"#);
//! ```
#![no_std]

mod error;
mod fields;
pub mod graphql;
pub mod json;
pub mod onebot;
pub mod plain;
mod profile;
pub mod slack;
mod unwritten;

pub use error::Error;
pub use profile::{Ending, Profile};
pub use unwritten::Unwritten;
