//! Owns why something cannot be done: a buffer too small, a request or a message that cannot be sent.

use core::error::Error;
use core::fmt;

/// A lent buffer is too small.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TooSmall {
    /// The one to receive into.
    Receive {
        /// How long it has to be.
        bytes_min: usize,
    },
    /// The one to send from.
    Send {
        /// How long it has to be.
        bytes_min: usize,
    },
}

/// Why an upgrade request cannot be sent. Nothing was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsendable {
    /// The host is empty, or holds something else than visible characters of ASCII.
    Host,
    /// The path does not begin with `/`, or holds a `#` or something else than visible characters of ASCII.
    Path,
    /// This subprotocol is no token of HTTP, or was there before.
    Subprotocol {
        /// Its place in the list, from 0.
        index: usize,
    },
    /// There are more subprotocols than can be kept apart.
    Subprotocols {
        /// How many may be asked for.
        count_max: usize,
    },
    /// This header's name is no token of HTTP, or its value holds a line's end or another control character.
    Header {
        /// Its place in the list, from 0.
        index: usize,
    },
    /// This header is the handshake's own.
    Reserved {
        /// Its place in the list, from 0.
        index: usize,
    },
    /// A lent buffer is too small for this request.
    TooSmall(TooSmall),
}

/// Why a message, a ping or a Close was not taken. Nothing of it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoRoom {
    /// There is no room now. Try again when bytes were sent.
    Now,
    /// There never will be: the lent buffer is too small.
    Ever {
        /// How long the send buffer has to be.
        bytes_min: usize,
    },
    /// The connection is not open: not yet, or a Close was sent already.
    NotOpen,
    /// This close code may not be sent (RFC 6455 §7.4).
    Code(u16),
}

impl fmt::Display for TooSmall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Receive { bytes_min } => write!(f, "the receive buffer must be {bytes_min} bytes long at least"),
            Self::Send { bytes_min } => write!(f, "the send buffer must be {bytes_min} bytes long at least"),
        }
    }
}

impl fmt::Display for Unsendable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host => f.write_str("the host must be visible ASCII, and not empty"),
            Self::Path => f.write_str("the path must begin with / and be visible ASCII without #; anything else is percent-encoded"),
            Self::Subprotocol { index } => write!(f, "subprotocol {index} is no token of HTTP, or is there twice"),
            Self::Subprotocols { count_max } => write!(f, "at most {count_max} subprotocols can be asked for"),
            Self::Header { index } => write!(f, "header {index} has a name that is no token of HTTP, or a control character in its value"),
            Self::Reserved { index } => write!(f, "header {index} is one that the handshake sets itself"),
            Self::TooSmall(too_small) => write!(f, "for this request {too_small}"),
        }
    }
}

impl fmt::Display for NoRoom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Now => f.write_str("the send buffer is full: try again when bytes were sent"),
            Self::Ever { bytes_min } => write!(f, "for this message the send buffer must be {bytes_min} bytes long"),
            Self::NotOpen => f.write_str("the connection is not open"),
            Self::Code(code) => write!(f, "close code {code} may not be sent"),
        }
    }
}

impl Error for TooSmall {}

impl Error for Unsendable {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::TooSmall(too_small) => Some(too_small),
            Self::Host
            | Self::Path
            | Self::Subprotocol { .. }
            | Self::Subprotocols { .. }
            | Self::Header { .. }
            | Self::Reserved { .. } => None,
        }
    }
}

impl Error for NoRoom {}
