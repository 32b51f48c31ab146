//! Owns what travels on the wire, and the connections it travels on.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;

use relink_core::registry::Key;
use relink_core::{Attempt, CloseCode};

use crate::subject::Bare;

/// Something on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Frame {
    /// A client dials, and asks for the Upgrade.
    Upgrade,
    /// The Upgrade is answered.
    Switched,
    /// The Upgrade is refused: try again later.
    Refused,
    /// The client's first message: who it is.
    Greeting,
    /// The server's answer: accepted.
    Hello,
    Ping,
    Pong,
    /// The server tells that it will close.
    Farewell,
    Close(CloseCode),
    /// The transport's end.
    End,
}

impl Frame {
    pub(super) fn name(self) -> String {
        match self {
            Self::Upgrade => "upgrade".to_owned(),
            Self::Switched => "switched".to_owned(),
            Self::Refused => "refused".to_owned(),
            Self::Greeting => "greeting".to_owned(),
            Self::Hello => "hello".to_owned(),
            Self::Ping => "ping".to_owned(),
            Self::Pong => "pong".to_owned(),
            Self::Farewell => "farewell".to_owned(),
            Self::Close(code) => format!("close {}", code.get()),
            Self::End => "end".to_owned(),
        }
    }
}

/// One of the two ends of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Client,
    Server,
}

impl Side {
    pub(super) const fn other(self) -> Self {
        match self {
            Self::Client => Self::Server,
            Self::Server => Self::Client,
        }
    }
}

/// One connection: a client's attempt, and if it was admitted the server's link.
pub(super) struct Connection {
    /// Which client, and its attempt.
    pub(super) client: usize,
    pub(super) attempt: Attempt,
    pub(super) accepted: Option<Accepted>,
    pub(super) ends: [End; 2],
}

/// The server's side of a connection.
pub(super) struct Accepted {
    pub(super) name: String,
    pub(super) key: Key,
    pub(super) link: Bare,
}

/// What one end of a connection has come to.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct End {
    /// Its transport is gone.
    pub(super) gone: bool,
    /// A Close was sent.
    pub(super) closed: bool,
    /// What it sends is lost.
    pub(super) mute: bool,
    /// The next Close that it sends is lost.
    pub(super) loses_close: bool,
}

impl Connection {
    pub(super) fn end(&mut self, side: Side) -> &mut End {
        let [client, server] = &mut self.ends;
        match side {
            Side::Client => client,
            Side::Server => server,
        }
    }
}
