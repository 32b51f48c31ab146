//! Owns what a connection said, kept for comparing.

use relink_core::Millis;
use relink_embedded::wire::{Incoming, Message, Violation};

/// An [`Incoming`] that owns what it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    Opened(Option<String>),
    Refused(u16, Option<Millis>),
    Text(String),
    Binary(Vec<u8>),
    Ping,
    Pong,
    Closed(Option<u16>, String),
    TooLarge(u64),
    Violation(Violation),
}

impl From<Incoming<'_>> for Told {
    fn from(incoming: Incoming<'_>) -> Self {
        match incoming {
            Incoming::Opened { subprotocol } => Self::Opened(subprotocol.map(str::to_owned)),
            Incoming::Refused { status, retry_after } => Self::Refused(status, retry_after),
            Incoming::Message(Message::Text(text)) => Self::Text(text.to_owned()),
            Incoming::Message(Message::Binary(bytes)) => Self::Binary(bytes.to_vec()),
            Incoming::Ping => Self::Ping,
            Incoming::Pong => Self::Pong,
            Incoming::Closed { code, reason } => Self::Closed(code, reason.to_owned()),
            Incoming::TooLarge { len } => Self::TooLarge(len),
            Incoming::Violation(violation) => Self::Violation(violation),
        }
    }
}
