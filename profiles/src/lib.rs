//! The meanings of relink: what a protocol's messages, HTTP statuses and errors say to a link. Does no I/O, keeps no
//! state of a connection, allocates nothing, never panics on what a peer sends.
//!
//! A [`Profile`] is asked by a shell: each text that comes in is [recognised](Profile::recognise), what it means to the
//! link is [reported](Profile::report), and how a connection or an attempt ended is [judged](Profile::verdict).
//!
//! What each protocol's messages say to the link; whatever else comes in is a sign of life:
//!
//! | profile | Accepted | Pulse | Asked | Broken |
//! |---|---|---|---|---|
//! | [`plain`] | (the opening handshake) | | | |
//! | [`slack`] | `hello` | | `disconnect`: renew, wait, or give up | |
//! | [`onebot::Application`] | lifecycle `connect` | `heartbeat` | lifecycle `disable`: a planned end; a refused token: give up | |
//! | [`onebot::Implementation`] | (the opening handshake) | | | |
//! | [`graphql::Client`] | `connection_ack` | | | what no server may send: 4004 |
//! | [`graphql::Server`] | `connection_init` | | | what no client may send: 4400; the rest is a [`graphql::Session`]'s |
//!
//! And what their endings say, where it is not the same as on any WebSocket:
//!
//! | profile | gives up | goes on slowly | goes on |
//! |---|---|---|---|
//! | [`slack`] | 401, 403, 404 at the upgrade; the errors that a person has to mend | errors that nobody knows | 408, 409, 429, 503 |
//! | [`onebot::Application`] | 401, 403 | 1008 | |
//! | [`onebot::Implementation`] | 401 | 403, 1008: a second connection of its identity | |
//! | [`graphql::Client`] | 4004, 4005, 4400, 4401, 4406, 4409, 4429, 4500; 1002–1999 but 1005, 1006 and 1012–1014 | | 4403, 4408, 4499, 4504 |
//!
//! ```
//! use relink_core::{Millis, Report};
//! use relink_profiles::Profile;
//! use relink_profiles::onebot::write::{self, Echo};
//! use relink_profiles::onebot::{Application, Incoming};
//! use relink_profiles::slack::{Slack, ack};
//!
//! let hello = Slack.recognise(r#"{"type":"hello","num_connections":1}"#).unwrap();
//! assert_eq!(Slack::report(&hello), Some(Report::Accepted));
//! assert_eq!(ack::bare(&mut [0; 64], "5f2d").unwrap(), r#"{"envelope_id":"5f2d"}"#);
//!
//! let beat = r#"{"post_type":"meta_event","meta_event_type":"heartbeat","status":{"good":true},"interval":15000}"#;
//! let beat = Application.recognise(beat).unwrap();
//! assert_eq!(Application::report(&beat), Some(Report::Pulse(Millis::new(22_500))));
//!
//! let call = write::action(&mut [0; 64], "get_status", None, Echo::Call(17)).unwrap().to_owned();
//! assert_eq!(call, r#"{"action":"get_status","echo":"17"}"#);
//! let Ok(Incoming::Response(response)) = Application.recognise(r#"{"status":"ok","retcode":0,"echo":"17"}"#) else { panic!() };
//! assert_eq!((response.call(), response.is_success()), (Some(17), true));
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
pub mod websocket;

pub use error::Error;
pub use profile::{Ending, Profile};
pub use unwritten::Unwritten;
