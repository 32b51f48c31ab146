//! Owns what a peer can do wrong, and what is said about it.

use core::error::Error;
use core::fmt;

/// What the peer did wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Violation {
    /// Its answer to the upgrade is none. There is no WebSocket, so no Close can be sent.
    Handshake(HandshakeFault),
    /// Its frames are not as RFC 6455 wants them.
    Frame(FrameFault),
}

/// What is wrong with an answer to the upgrade (RFC 6455 §4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandshakeFault {
    /// It does not begin as HTTP does.
    NotHttp,
    /// Its head is longer than anybody's.
    TooLong {
        /// How long it may be.
        bytes_max: u32,
    },
    /// A line of the head is no header.
    Line,
    /// There is no `Upgrade: websocket`, or something else is in it.
    Upgrade,
    /// There is no `Connection: Upgrade`.
    Connection,
    /// There is no `Sec-WebSocket-Accept`, or not the one of our key.
    Accept,
    /// It uses an extension; none was asked for.
    Extension,
    /// It chose a subprotocol that was not asked for, or more than one.
    Subprotocol,
}

/// What is wrong with a frame, with the section of RFC 6455 that says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameFault {
    /// A server must not mask (§5.1).
    Masked,
    /// Bits that only an extension may set (§5.2).
    Reserved {
        /// RSV1, RSV2 and RSV3, as a number from 1 to 7.
        bits: u8,
    },
    /// An opcode that nobody knows (§5.2).
    Opcode(u8),
    /// A length that has a shorter form (§5.2).
    NotMinimal,
    /// A length of 2⁶³ and more (§5.2).
    Length,
    /// A control frame of more than 125 bytes (§5.5).
    ControlTooLong,
    /// A control frame in fragments (§5.5).
    ControlFragmented,
    /// A continuation of nothing (§5.4).
    NothingToContinue,
    /// Another message before the last fragment of the one before (§5.4).
    NotContinued,
    /// A Close of one byte (§5.5.1).
    CloseLength,
    /// A close code that may not be sent (§7.4).
    CloseCode(u16),
    /// A reason that is not UTF-8 (§5.5.1).
    CloseReason,
    /// Text that is not UTF-8 (§8.1).
    Text,
}

impl Violation {
    /// The code to close with (RFC 6455 §7.4.1); none, if there is no WebSocket to be closed.
    #[must_use]
    pub const fn close_code(self) -> Option<u16> {
        match self {
            Self::Handshake(_) => None,
            Self::Frame(FrameFault::Text | FrameFault::CloseReason) => Some(1007),
            Self::Frame(
                FrameFault::Masked
                | FrameFault::Reserved { .. }
                | FrameFault::Opcode(_)
                | FrameFault::NotMinimal
                | FrameFault::Length
                | FrameFault::ControlTooLong
                | FrameFault::ControlFragmented
                | FrameFault::NothingToContinue
                | FrameFault::NotContinued
                | FrameFault::CloseLength
                | FrameFault::CloseCode(_),
            ) => Some(1002),
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Handshake(fault) => fault.fmt(f),
            Self::Frame(fault) => fault.fmt(f),
        }
    }
}

impl fmt::Display for HandshakeFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotHttp => {
                f.write_str("the answer is not HTTP/1.1: is this the right port, and is it spoken to with TLS where it wants TLS?")
            }
            Self::TooLong { bytes_max } => write!(f, "the head of the answer is longer than {bytes_max} bytes"),
            Self::Line => f.write_str("a line in the head of the answer is no header"),
            Self::Upgrade => f.write_str("the answer says 101, but not \"Upgrade: websocket\""),
            Self::Connection => f.write_str("the answer says 101, but not \"Connection: Upgrade\""),
            Self::Accept => f.write_str("the answer's Sec-WebSocket-Accept is missing or not made from our key: is a cache between?"),
            Self::Extension => f.write_str("the answer uses a WebSocket extension that was not asked for"),
            Self::Subprotocol => f.write_str("the answer chooses a subprotocol that was not asked for"),
        }
    }
}

impl fmt::Display for FrameFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Masked => f.write_str("a frame is masked, which a server's may not be"),
            Self::Reserved { bits } => write!(f, "a frame has reserved bits set ({bits:03b}), but no extension is in use"),
            Self::Opcode(opcode) => write!(f, "a frame has the unknown opcode {opcode}"),
            Self::NotMinimal => f.write_str("a frame gives its length in a longer form than it needs"),
            Self::Length => f.write_str("a frame gives a length of 2^63 or more"),
            Self::ControlTooLong => f.write_str("a control frame is longer than 125 bytes"),
            Self::ControlFragmented => f.write_str("a control frame is fragmented"),
            Self::NothingToContinue => f.write_str("a continuation frame continues no message"),
            Self::NotContinued => f.write_str("a message begins before the one before has ended"),
            Self::CloseLength => f.write_str("a Close holds one byte, which is no close code"),
            Self::CloseCode(code) => write!(f, "a Close has the code {code}, which may not be sent"),
            Self::CloseReason => f.write_str("the reason in a Close is not UTF-8"),
            Self::Text => f.write_str("a text message is not UTF-8"),
        }
    }
}

impl Error for Violation {}
