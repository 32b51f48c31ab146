//! Owns what a connection says to those above it.

use relink_core::Millis;

use super::{Frame, Violation};

/// A message, whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message<'a> {
    /// Text.
    Text(&'a str),
    /// Bytes.
    Binary(&'a [u8]),
}

impl<'a> Message<'a> {
    /// Its bytes, of whichever kind it is.
    #[must_use]
    pub const fn as_bytes(&self) -> &'a [u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Binary(bytes) => bytes,
        }
    }

    pub(super) const fn frame(self) -> Frame<'a> {
        match self {
            Self::Text(text) => Frame::Text(text),
            Self::Binary(bytes) => Frame::Binary(bytes),
        }
    }
}

/// What has come in. Borrows the receive buffer: the next call needs the room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Incoming<'a> {
    /// The opening handshake is complete: messages may be sent.
    Opened {
        /// Which of the subprotocols the server has chosen; none, if it has chosen none.
        subprotocol: Option<&'a str>,
    },
    /// The server answered the upgrade with something else than 101. Nothing more comes.
    Refused {
        /// The HTTP status, 200 to 999.
        status: u16,
        /// `Retry-After`, where it is given in seconds; one that is a date is left out: a device may have no clock for it.
        retry_after: Option<Millis>,
    },
    /// A message.
    Message(Message<'a>),
    /// A ping. The pong is on its way.
    Ping,
    /// A pong.
    Pong,
    /// The peer's Close. Ours is on its way, if it was not sent before. Nothing more comes.
    Closed {
        /// Its close code; none, if it gave none.
        code: Option<u16>,
        /// Its reason, or nothing.
        reason: &'a str,
    },
    /// A message longer than [`Wire::message_bytes_max`](super::Wire::message_bytes_max); it is skipped as it arrives. Once for each.
    TooLarge {
        /// How many bytes of it are known of: all, or those of the fragments so far.
        len: u64,
    },
    /// The peer broke the protocol. Nothing more comes.
    Violation(Violation),
}
