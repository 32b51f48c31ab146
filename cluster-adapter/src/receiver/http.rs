//! Slack over HTTP: the same app, its events taken as requests instead of over a WebSocket; its workers do not notice.
//!
//! ```no_run
//! use relink_cluster::InProcess;
//! use relink_cluster::receiver::http::SlackHttp;
//!
//! # async fn example(secret: &str) -> std::io::Result<()> {
//! let (slack, router) = SlackHttp::builder(InProcess::default(), secret).build();
//! let listener = tokio::net::TcpListener::bind("0.0.0.0:3000").await?;
//! axum::serve(listener, router).await?; // behind what speaks TLS to Slack
//! # Ok(())
//! # }
//! ```
//!
//! | what comes | answer |
//! |---|---|
//! | an event | 200 when the queue has confirmed it; 503 if it has not in time, and Slack tries again (at once, after a minute, after five) |
//! | an interaction, a slash command | as an event, except that Slack does not try again; or a worker's answer as the body ([`Questions::Ask`]) |
//! | Slack's question whether this URL is the app's | the challenge |
//! | something that Slack did not sign, or not in the last five minutes | 401 |
//! | something that is too large, none of Slack's, or takes too long to come | 413, 400, 408 |
//!
//! # No lease, no fence
//! Over HTTP it is whoever stands before the replicas that chooses one for each request: there is nothing of which there may be only one, so any
//! number receives at once, and no lease is needed. A fence keeps a receiver that has lost its lease from storing behind its successor; here
//! nobody succeeds anybody, and one must not fence the others out. So these receivers do not write to the lanes of a group
//! at all: what they store goes [beside them](crate::store), with token 0 and without an expectation. That was chosen over the two other ways:
//! - *A group of its own whose token all share*: each publication expects the lane's newest entry, so receivers that share a lane
//!   refuse one another's publications all the time and have to read and try again, for an order that requests do not have.
//! - *The lanes of the Socket Mode receiver, with its token*: the same, and each of them slows the receiver down; one that read the
//!   token just before a take-over would put an older one behind the marker.
//!
//! What a fence is for does not happen either: a receiver that was paused in the midst of a request stores something late, for which Slack
//! has got no 200; it comes again with the same `event_id`, and an id is stored once, by whomever and whichever way it comes. So both modes can even
//! run side by side, while a team moves from one to the other. The partition is the key's in both, so its events come out of the queue in the
//! order in which they were stored; requests that come at the same moment have no order to be kept.

mod answer;
mod builder;
mod request;
mod service;
mod signature;
mod stats;

pub use builder::Builder;
pub use service::SlackHttp;
pub use stats::HttpStats;

#[cfg(doc)]
use super::Questions;
