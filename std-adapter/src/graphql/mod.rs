//! GraphQL over WebSocket (graphql-transport-ws), both sides: operations that end with their connection, and subscriptions that outlive it.
//!
//! Serving, with whatever executes GraphQL:
//!
//! ```no_run
//! use relink_tokio::graphql::{Init, Json, Operation, Refusal, Request, Server, Welcome};
//!
//! # async fn example(listener: tokio::net::TcpListener) {
//! let server = Server::builder()
//!     // Asked with every `connection_init`: who may come in, and with what its operations are executed.
//!     .init(|init: Init| async move {
//!         match init.payload() {
//!             Some(token) => Ok(Welcome::new(token.clone())),
//!             None => Err(Refusal::forbidden()),
//!         }
//!     })
//!     // One operation, and its results. It ends with its connection, with the client's `complete`, or by itself.
//!     .execute(|token: Json, request: Request| Operation::once(async move { Ok(Json::from(r#"{"data":{"me":"you"}}"#)) }));
//! server.sockets().run(listener, Default::default()).await;
//! # }
//! ```
//!
//! Asking:
//!
//! ```no_run
//! use futures_util::StreamExt;
//! use relink_tokio::graphql::{Client, Json, Request};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let client = Client::builder("wss://example.com/graphql")?
//!     // Asked anew before every attempt.
//!     .init(|_attempt| async { Ok(Some(Json::from(r#"{"token":"…"}"#))) })
//!     .connect();
//! let mut ticks = client.subscribe(Request::new("subscription { tick }"))?;
//! while let Some(tick) = ticks.next().await {
//!     println!("{}", tick?.as_str());
//! }
//! # Ok(())
//! # }
//! ```
//!
//! | how to | see |
//! |---|---|
//! | go on after a reconnect, or end with an error | [`OnLoss`] |
//! | know what a slow subscriber does to others | [`ClientBuilder::slow_timeout`] |
//! | give a client's subscriptions a new token, unnoticed by it | [`Server::reauthenticate`] |
//! | check origins, limit connections, drain, look at the numbers | [`ServerBuilder::sockets`], [`Server::sockets`] |

mod client;
mod json;
mod request;
mod server;

pub use client::{Client, ClientBuilder, ClientDriver, ClientProtocol, OnLoss, SubscribeError, Subscription, SubscriptionError};
pub use json::Json;
pub use relink_profiles::graphql::code;
pub use request::Request;
pub use server::{Failure, Gone, Init, Operation, Refusal, Server, ServerBuilder, ServerProtocol, Welcome};

use relink_core::Config;
use relink_profiles::Profile;
use relink_profiles::graphql::{self as profile, write};

use crate::OutboxLimits;
use crate::ws::Meaning;

/// How a client's link behaves if nothing else is asked for: `connection_ack` within 10 s, or a Close with 4504.
pub const CLIENT_CONFIG: Config = profile::Client::CONFIG;

/// How accepted connections behave if nothing else is asked for: `connection_init` within 3 s, or a Close with 4408; a ping after 12 s of silence.
pub const SERVER_CONFIG: Config = profile::Server::CONFIG;

/// How much may wait to be sent if nothing else is asked for: 1,024 messages, 1 MiB, or a single message of up to 16 MiB, which is
/// what our own side takes in one frame ([`ws::Limits`](crate::ws::Limits)).
pub const OUTBOX: OutboxLimits = OutboxLimits { alone_bytes_max: 16 << 20, ..OutboxLimits::DEFAULT };

/// Room for a message about an operation, with its id escaped at worst, and its payload as it is.
const fn room(id: &str, payload: &str) -> usize {
    64_usize.saturating_add(id.len().saturating_mul(6)).saturating_add(payload.len())
}

/// The answer to a ping, with its payload.
fn pong(payload: Option<&str>) -> Meaning {
    let mut buffer = vec![0; room("", payload.unwrap_or_default())];
    write::pong(&mut buffer, payload).map_or(Meaning::LIFE, |text| Meaning::reply(text.into()))
}
