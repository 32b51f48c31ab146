//! The profile of graphql-transport-ws: GraphQL's operations over a WebSocket, as its client and as its server.
//!
//! Facts are from [graphql-ws](https://github.com/enisdenjo/graphql-ws), whose files are named: the protocol is in its `PROTOCOL.md`.
//!
//! What each message means to the link:
//!
//! | a client receives | report | a server receives | report |
//! |---|---|---|---|
//! | `connection_ack` | Accepted | `connection_init` | Accepted: it came in time. Who it is, is for the shell to find out |
//! | what no server may send | Broken: [4004](code::BAD_RESPONSE) | what no client may send | Broken: [4400](code::BAD_REQUEST) |
//! | `ping`, `pong`, `next`, `error`, `complete` | – (a sign of life) | `ping`, `pong`, `subscribe`, `complete` | – (a sign of life) |
//!
//! What a server has to remember of a connection to find the rest (4401, 4409, 4429) is a [`Session`]. What is overdue is in
//! the configurations: 4504 for the `connection_ack`, 4408 for the `connection_init`.

pub mod code;
pub mod limits;
mod message;
mod session;
mod verdict;
mod violation;
pub mod write;

pub use message::{FromClient, FromServer};
pub use session::{Session, Todo};
pub use violation::{Reason, Violation};

use core::convert::Infallible;

use relink_core::{Config, Report, Verdict};

use crate::{Ending, Profile};

/// The side that asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Client;

/// The side that answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Server;

impl Profile for Client {
    const NAME: &'static str = "graphql";

    const CONFIG: Config = Config { acceptance_timeout: limits::ACK_TIMEOUT, timeout_code: code::ACK_TIMEOUT, ..Config::DEFAULT };

    const SUBPROTOCOLS: &'static [&'static str] = &[limits::SUBPROTOCOL];

    type Incoming<'a> = FromServer<'a>;
    /// What cannot be understood ends the connection: it is a message, too.
    type Error = Infallible;

    fn recognise<'a>(&self, text: &'a str) -> Result<FromServer<'a>, Infallible> {
        Ok(message::from_server(text))
    }

    fn report(incoming: &FromServer<'_>) -> Option<Report> {
        match incoming {
            FromServer::ConnectionAck { .. } => Some(Report::Accepted),
            FromServer::Invalid(_) => Some(Report::Broken(code::BAD_RESPONSE)),
            FromServer::Ping { .. } | FromServer::Pong { .. } => None,
            FromServer::Next { .. } | FromServer::Error { .. } | FromServer::Complete { .. } => None,
        }
    }

    fn verdict(&self, ending: Ending<'_>) -> Option<Verdict> {
        verdict::of(ending)
    }
}

impl Profile for Server {
    const NAME: &'static str = "graphql-server";

    const CONFIG: Config = Config {
        acceptance_timeout: limits::INIT_TIMEOUT,
        timeout_code: code::INIT_TIMEOUT,
        ping_after: limits::KEEP_ALIVE,
        pong_timeout: limits::KEEP_ALIVE,
        ..Config::ACCEPTED
    };

    const SUBPROTOCOLS: &'static [&'static str] = &[limits::SUBPROTOCOL];

    type Incoming<'a> = FromClient<'a>;
    /// What cannot be understood ends the connection: it is a message, too.
    type Error = Infallible;

    fn recognise<'a>(&self, text: &'a str) -> Result<FromClient<'a>, Infallible> {
        Ok(message::from_client(text))
    }

    fn report(incoming: &FromClient<'_>) -> Option<Report> {
        match incoming {
            FromClient::ConnectionInit { .. } => Some(Report::Accepted),
            FromClient::Invalid(_) => Some(Report::Broken(code::BAD_REQUEST)),
            FromClient::Ping { .. } | FromClient::Pong { .. } => None,
            FromClient::Subscribe { .. } | FromClient::Complete { .. } => None,
        }
    }

    /// Nobody dials again from here.
    fn verdict(&self, _: Ending<'_>) -> Option<Verdict> {
        None
    }
}
