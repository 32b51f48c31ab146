//! relink's tokio shell: a connection that is kept alive, over many connections, and ended properly.
//!
//! ```no_run
//! use relink_tokio::{Event, connect, ws::Message};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let (client, mut events) = connect("wss://example.com/socket")?.spawn();
//! while let Some(event) = events.next().await {
//!     match event {
//!         Event::Up { attempt } => {
//!             println!("up, attempt {}", attempt.number());
//!             client.send("hello").await?;
//!         }
//!         Event::Message { message: Message::Text(text), .. } if text == "bye" => client.stop().await,
//!         Event::Message { message, .. } => println!("{message:?}"),
//!         Event::Renewed { .. } => println!("another connection took over"),
//!         Event::Down { why, retry_at, .. } | Event::Failed { why, retry_at, .. } => println!("{why}; next: {retry_at:?}"),
//!         Event::GaveUp { why } => println!("given up: {why}"),
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! A link has three parts. The [`Client`] sends, stops, and tells where the link is; it is cheap to clone. [`Events`] says
//! what happens, in order. The [`Driver`] is one future that does it all, a task of its own if it is
//! [spawned](Builder::spawn), or the caller's to poll if it is [built](Builder::build). There is no other task, no
//! queue without a limit, and no lock held over an await. It decides nothing: that does the [core].
//!
//! | how to | see |
//! |---|---|
//! | give every attempt a fresh token, or another endpoint | [`ws::Ws::new`] |
//! | set delays and deadlines, a limit of failures, an overlap for renewals | [`Config`], [`Backoff`] (`failures_max` is there) |
//! | judge an ending otherwise, or draw delays otherwise | [`Builder::verdict`], [`Builder::delay`], [`classify`] |
//! | learn whether a message was written | [`Client::send_tracked`] → [`Fate`] |
//! | spare the way between two tasks | [`Builder::run`] |
//! | answer on the connection that asked | [`Client::send_on`] |
//! | teach it a protocol: greeting, acceptance, heartbeat, renewal | [`ws::Protocol`] |
//! | go through a proxy, a Unix socket, memory | [`ws::Ws::connector`] |
//! | bring another transport than WebSocket | [`Transport`] |
//! | accept connections instead of dialling | [`server`] |
//! | be a OneBot v11 bot, or what bots work for | [`onebot`] |
//! | keep what happened, to replay it | [`flight`]; every frame, redacted: [`message_log`] |
//!
//! # Testing on virtual time
//!
//! On tokio's paused clock an hour of failures takes milliseconds. Give the link that clock, and a seed:
//!
//! ```
//! # #[cfg(feature = "ws")]
//! #[tokio::main(flavor = "current_thread", start_paused = true)] // a test: #[tokio::test(start_paused = true)]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     use relink_tokio::{Builder, Clock, ws::{Request, Ws}};
//!
//!     let refuses = |_| async { Err::<tokio::io::DuplexStream, _>(std::io::ErrorKind::ConnectionRefused.into()) };
//!     let transport = Ws::to(Request::new("ws://test/")?).connector(refuses);
//!     let (client, events) = Builder::new(transport).clock(Clock::tokio()).seed(1).spawn();
//!     events.detach();
//!     tokio::time::sleep(std::time::Duration::from_secs(3600)).await;
//!     let dials = client.stats().dials;
//!     assert!((200..300).contains(&dials), "{dials}: delays of 15 s on average, once they have grown");
//!     Ok(())
//! }
//! # #[cfg(not(feature = "ws"))]
//! # fn main() {}
//! ```
//!
//! # Counters
//!
//! With the feature `metrics`, all links count together through the `metrics` facade: `relink_dials_total`, `relink_ups_total`,
//! `relink_downs_total` and `relink_failed_total` (both with `reason` and, where there is one, `code`: the HTTP status or close
//! code), `relink_renewals_total`, `relink_gave_up_total`, `relink_ignored_total`, `relink_messages_total` and
//! `relink_bytes_total` (both with `direction`). One link's numbers are in [`Client::stats`].
//!
//! All servers count together, too: `relink_server_accepted_total`, `relink_server_sessions_total`, `relink_server_rejected_total`
//! (with `status`), `relink_server_turned_away_total`, `relink_server_ended_total` (with `cause`, `reason` and `code`),
//! `relink_server_forced_total`, `relink_server_stale_total`, `relink_server_full_total`, `relink_server_panicked_total`, and what is
//! there now: `relink_server_connections`, `relink_server_replaced`, `relink_server_draining`. Accepted connections are no dials, but
//! their messages count. One server's numbers are in [`Server::stats`](server::Server::stats). For an app of Slack's there is
//! `relink_slack_num_connections`. Install the recorder first, then tell it what all of this means: `describe_metrics`.
//!
//! # Logs
//!
//! What happens is told through `tracing`, without secrets: in one span a link, `relink` with its name as `link`, or one an accepted
//! connection, `connection` with its `key`, `remote` and, where the gate knew it, `identity`. What a session's future writes stands in
//! its connection's span, too. A link's life is told at INFO and WARN; what clients do to a server at DEBUG, because it is their affair.
//!
//! # Transports
//!
//! WebSocket is one [`Transport`] ([`ws`]); another one takes about a page.

mod builder;
pub mod classify;
mod client;
mod clock;
#[cfg(feature = "metrics")]
mod counted;
mod dice;
mod driver;
pub mod ending;
mod entry;
mod events;
pub mod flight;
#[cfg(feature = "graphql")]
pub mod graphql;
mod inbox;
mod judge;
mod load;
pub mod message_log;
pub mod observe;
#[cfg(feature = "onebot")]
pub mod onebot;
mod outbox;
mod receipt;
mod redaction;
#[cfg(feature = "server")]
pub mod server;
#[cfg(any(feature = "onebot", feature = "slack"))]
mod settings;
mod shared;
#[cfg(feature = "slack")]
pub mod slack;
mod spool;
mod stats;
mod status;
mod together;
mod transport;
mod wall;
mod wishes;
#[cfg(feature = "ws")]
pub mod ws;

pub use builder::Builder;
pub use client::Client;
pub use clock::Clock;
#[cfg(feature = "metrics")]
pub use counted::describe_metrics;
pub use driver::Driver;
pub use ending::Ending;
pub use events::{Event, Events};
pub use inbox::InboxLimits;
pub use outbox::OutboxLimits;
pub use receipt::{Fate, Receipt, SendError};
pub use relink_core as core;
pub use relink_core::{Attempt, Backoff, CloseCode, Config, End, Jitter, Millis, Verdict, WhenFull};
pub use stats::Stats;
pub use status::{LinkState, States};
pub use transport::{Connection, Incoming, Transport};

/// A link to this `ws://` or `wss://` URL, in the making.
///
/// For headers, a token that must be fresh, or endpoints that change, see [`ws::Ws`] and [`Builder::new`].
///
/// # Errors
/// [`RequestFault`](ending::RequestFault) says what is wrong with the URL.
#[cfg(feature = "ws")]
pub fn connect(url: &str) -> Result<Builder<ws::Ws>, ending::RequestFault> {
    Ok(Builder::new(ws::Ws::to(ws::Request::new(url)?)))
}

/// The README's example compiles.
#[cfg(all(doctest, feature = "ws"))]
#[doc = include_str!("../../README.md")]
struct Readme;
