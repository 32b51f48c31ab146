//! OneBot v11: bots and the accounts they work for, over a WebSocket that either side dials, kept alive.
//!
//! A bot that an account's implementation (NapCat, for instance) dials:
//!
//! ```no_run
//! use relink_tokio::onebot::{Bot, Event, PostType};
//! use relink_tokio::server::Plan;
//! use serde_json::{Value, json};
//! use tokio::net::TcpListener;
//!
//! #[tokio::main]
//! async fn main() -> std::io::Result<()> {
//!     let bots = Bot::accept().token("the right token").serve(|bot, mut events| async move {
//!         while let Some(event) = events.next().await {
//!             match event {
//!                 Event::Post(post) if *post.post_type() == PostType::Message => {
//!                     let Ok(message) = post.deserialize::<Value>() else { continue };
//!                     let params = json!({ "user_id": message["user_id"], "message": "hello" });
//!                     let sent = bot.call::<Value>("send_private_msg", params).await;
//!                     println!("{sent:?}");
//!                 }
//!                 other => println!("{other:?}"),
//!             }
//!         }
//!     });
//!     let listener = TcpListener::bind("127.0.0.1:8080").await?;
//!     bots.server().run(listener, Plan::DEFAULT).await;
//!     Ok(())
//! }
//! ```
//!
//! | who | dials: "reverse" is seen from the bot | is dialled |
//! |---|---|---|
//! | a bot (OneBot's application) | [`Bot::dial`] (forward) | [`Bot::accept`] (reverse) → [`Bots`] |
//! | an account (OneBot's implementation) | [`Implementation::dial`] (reverse) → [`Reverse`] | [`Implementation::accept`] (forward) → [`Forward`] |
//!
//! - A heartbeat is a promise: a service that announces an interval, and is silent for that long and [a tolerance], is left though it
//!   still answers pings, and dialled again.
//! - Calls are told apart by numbers that are used once. They fail at once when their connection is lost, and their number is bounded.
//! - Of an account's connections the newest serves, per role. The old one's late end changes nothing.
//! - Events and what actions yield are yours: the exact bytes, or a type of yours by serde.
//!
//! [a tolerance]: relink_profiles::onebot::limits::heartbeat_deadline

mod access;
mod action;
mod answer;
mod bot;
mod bots;
mod call;
mod calls;
mod dial;
mod dialling;
mod event;
mod feed;
mod forward;
mod hosting;
mod implementation;
mod inlet;
mod listen;
mod protocol;
mod registry;
mod response;
mod reverse;
mod service;
mod text;

use std::time::Duration;

use relink_profiles::onebot::limits::MESSAGE_BYTES_MAX;

pub use action::Action;
pub use answer::Answer;
pub use bot::Bot;
pub use bots::{Bots, BotsBuilder};
pub use call::CallError;
pub use dial::{BotBuilder, BotDriver};
pub use event::{Event, Heartbeat, Lifecycle, Meta, Post, PostType, Stage};
pub use feed::Events;
pub use forward::{Forward, ForwardBuilder};
pub use implementation::{Implementation, ImplementationBuilder};
pub use protocol::{ApplicationProtocol, ImplementationProtocol};
pub use relink_profiles::onebot::write::Health;
pub use relink_profiles::onebot::{Role, SelfId, retcode};
pub use response::Response;
pub use reverse::{Reverse, ReverseBuilder};

use crate::{InboxLimits, OutboxLimits, ws};

/// Calls that may wait on one connection, if nothing else is asked for.
const CALLS_MAX: usize = 1024;
/// How long a call waits, if nothing else is asked for.
const CALL_TIMEOUT: Duration = Duration::from_secs(30);
/// Events that may wait for a bot's user, if nothing else is asked for.
const EVENTS: InboxLimits = InboxLimits { events_max: 10_000, bytes_max: 64 << 20 };
/// Actions of one connection in hand, if nothing else is asked for.
const ACTIONS_MAX: usize = 64;
/// Events that may wait for one slow connection, if nothing else is asked for.
const POSTS_MAX: usize = 1024;
/// Pictures travel as base64 in one message.
const OUTBOX: OutboxLimits = OutboxLimits { messages_max: 1024, bytes_max: 64 << 20, ..OutboxLimits::DEFAULT };
const WS_LIMITS: ws::Limits =
    ws::Limits { message_bytes_max: MESSAGE_BYTES_MAX, frame_bytes_max: MESSAGE_BYTES_MAX, ..ws::Limits::DEFAULT };
