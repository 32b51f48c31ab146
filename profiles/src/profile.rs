//! The hook by which a shell asks what a protocol means.

use core::fmt;

use relink_core::{CloseCode, Config, Millis, Report, Verdict};

/// A protocol on top of WebSocket: what its messages and endings mean to a link.
pub trait Profile {
    /// What the protocol is called, where one is chosen by its name.
    const NAME: &'static str;
    /// The protocol's own defaults.
    const CONFIG: Config;
    /// The subprotocols to ask for (RFC 6455 §1.9).
    const SUBPROTOCOLS: &'static [&'static str];

    /// What a text means, borrowed from it.
    type Incoming<'a>;
    /// Why a text means nothing. It is a sign of life all the same.
    type Error: fmt::Display;

    /// Reads one message.
    fn recognise<'a>(&self, text: &'a str) -> Result<Self::Incoming<'a>, Self::Error>;

    /// What a message says to the link; `None`: it is a sign of life, and nothing else.
    fn report(incoming: &Self::Incoming<'_>) -> Option<Report>;

    /// What an ending means for the next attempt; `None`: nothing of the protocol's own, so the shell judges as for any
    /// WebSocket.
    fn verdict(&self, ending: Ending<'_>) -> Option<Verdict>;
}

/// How a connection or an attempt ended, as far as a protocol may have an opinion on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending<'a> {
    /// The peer's Close frame, with its code if it gave one.
    Closed(Option<CloseCode>),
    /// The opening handshake was answered with a status other than 101.
    Upgrade {
        /// The HTTP status.
        status: u16,
        /// What the `Retry-After` header asks for.
        retry_after: Option<Millis>,
    },
    /// The call for the connection's URL was answered with a status that is no success, and not in the protocol's own words.
    Call {
        /// The HTTP status.
        status: u16,
        /// What the `Retry-After` header asks for.
        retry_after: Option<Millis>,
    },
    /// The call for the connection's URL was answered with an error of the protocol's own.
    Api {
        /// The error's name.
        error: &'a str,
        /// What the `Retry-After` header asks for.
        retry_after: Option<Millis>,
    },
}
