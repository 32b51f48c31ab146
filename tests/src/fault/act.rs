//! Owns the single acts a connection's play is made of, from the opening handshake on.

use std::time::Duration;

use super::frame::Frame;
use super::refusal::Refusal;

/// For as long as the connection lasts.
pub const FOREVER: Duration = Duration::MAX;

/// What one connection does: how it answers the opening handshake, and what it does once it is open.
#[derive(Clone, Debug)]
pub(crate) struct Play {
    pub(crate) opening: Opening,
    pub(crate) acts: Vec<Act>,
}

/// How the opening handshake is answered.
#[derive(Clone, Debug)]
pub(crate) enum Opening {
    /// Properly: 101, with the first subprotocol that was offered.
    Upgrade,
    /// Properly, but one byte at a time.
    Drip(Duration),
    /// 101 with a `Sec-WebSocket-Accept` that fits another key.
    WrongAccept,
    /// The first half of a proper answer, and then neither a byte nor an end.
    HalfThenSilence,
    /// The first half of a proper answer, and then the end.
    HalfThen(Leave),
    /// Not 101.
    Refuse(Refusal),
    /// These bytes instead of HTTP (or instead of TLS), then the end.
    Garbage(Vec<u8>),
    /// Nothing at all, not even TLS.
    Mute,
    /// The end, before anything was read.
    Hangup(Leave),
}

/// One thing a connection does after the opening handshake.
#[derive(Clone, Debug)]
pub enum Act {
    /// Sends a text message.
    Text(String),
    /// Sends one frame as it is, right or wrong.
    Frame(Frame),
    /// Sends a binary message of so many bytes, in pieces: no memory is held for it.
    Oversize(u64),
    /// Sends a Close frame and goes on with the next act.
    Close(u16),
    /// Reads, and answers as [`Service`] says.
    Serve(Service),
    /// Neither reads nor writes from here on, and never ends the connection: not even when the client did.
    Freeze,
    /// Ends the connection. What follows is not played; a play without it ends with [`Leave::Fin`].
    Leave(Leave),
}

/// How the server ends a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leave {
    /// TCP's orderly end, without a Close frame before it.
    Fin,
    /// TCP's reset, without a Close frame before it.
    Reset,
    /// A Close frame with this code, the wait for the client's (at most 1 s), then TCP's orderly end.
    /// Before the opening handshake is done there can be no Close frame, and this is [`Leave::Fin`].
    Close(u16),
}

/// What a connection does while it serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Service {
    /// How long; [`FOREVER`] is until the client ends it.
    pub lasting: Duration,
    /// Whether messages are sent back.
    pub echo: bool,
    /// Whether pings are answered.
    pub pong: bool,
    /// Whether a Close is answered and the connection then ended. If not, the socket is held whatever the client does.
    pub answer_close: bool,
    /// The gap between the numbered messages, if it sends any: see [`Behaviour::Numbers`](super::Behaviour::Numbers).
    pub number_every: Option<Duration>,
}

impl Service {
    /// A proper server that sends messages back.
    pub const ECHO: Self = Self { lasting: FOREVER, echo: true, pong: true, answer_close: true, number_every: None };
    /// Reads, and answers nothing.
    pub const DEAF: Self = Self { lasting: FOREVER, echo: false, pong: false, answer_close: false, number_every: None };

    /// A proper server that sends one numbered message every `gap`, and nothing back.
    #[must_use]
    pub const fn numbers(gap: Duration) -> Self {
        Self { echo: false, number_every: Some(gap), ..Self::ECHO }
    }

    /// The same for at most so long.
    #[must_use]
    pub const fn lasting(self, duration: Duration) -> Self {
        Self { lasting: duration, ..self }
    }
}
