//! Owns the catalogue of behaviours: what a server may do to one connection.

use std::time::Duration;

use super::act::{Act, FOREVER, Leave, Opening, Play, Service};
use super::frame::{Frame, Opcode};
use super::refusal::Refusal;

/// The message with which a connection is accepted.
pub const HELLO: &str = r#"{"type":"hello"}"#;
/// The message that announces the end of a connection that still works.
pub const WARNING: &str = r#"{"type":"disconnect","reason":"warning"}"#;
/// The message that asks a client to leave because there are too many.
pub const TOO_MANY: &str = r#"{"type":"disconnect","reason":"too_many_websockets"}"#;
/// What another protocol's server says first.
pub const SSH_BANNER: &[u8] = b"SSH-2.0-OpenSSH_9.6\r\n";

/// What the server does to one connection, from TCP's accept on.
#[derive(Clone, Debug)]
pub enum Behaviour {
    /// A proper server that sends every message back.
    Echo,
    /// A proper server that says [`HELLO`], then sends numbered messages; all connections of a server share one count.
    Numbers {
        /// The gap between two numbers.
        every: Duration,
    },

    /// Accepts TCP and says nothing: no TLS, no HTTP, no end.
    Mute,
    /// Accepts TCP and ends it at once.
    Hangup(Leave),

    /// Answers the upgrade with another status than 101.
    Refuse(Refusal),
    /// Sends the opening handshake one byte at a time, then serves as [`Behaviour::Echo`].
    Drip {
        /// The gap between two bytes.
        every: Duration,
    },
    /// Sends half an opening handshake, then nothing more.
    HalfThenSilence,
    /// Sends half an opening handshake, then ends the connection.
    HalfThen(Leave),
    /// Sends these bytes instead of HTTP, such as [`SSH_BANNER`], and ends the connection.
    Garbage(Vec<u8>),
    /// Answers the upgrade with a `Sec-WebSocket-Accept` that fits another key.
    WrongAccept,

    /// Accepts the WebSocket and ends it at once.
    AcceptThenDrop(Leave),
    /// Asks the client to leave ([`TOO_MANY`]) instead of saying [`HELLO`], and closes with 1000.
    AskedBeforeAccepted,
    /// A planned renewal: as [`Behaviour::Numbers`], then [`WARNING`], then numbers again, then the end without a Close frame.
    Renewal {
        /// The gap between two numbers.
        every: Duration,
        /// The time before the warning.
        warn_after: Duration,
        /// The time between the warning and the end.
        drop_after: Duration,
    },
    /// Serves as [`Behaviour::Echo`] for a while, then ends the connection.
    Leaves {
        /// The time before the end.
        after: Duration,
        /// The end.
        how: Leave,
    },

    /// Serves as [`Behaviour::Echo`] for a while, then answers nothing any more; it still reads.
    Silent {
        /// The time before the silence.
        after: Duration,
    },
    /// Serves as [`Behaviour::Echo`] for a while, then neither reads nor writes nor ends the connection.
    HalfOpen {
        /// The time before the peer is as good as gone.
        after: Duration,
    },
    /// Accepts the WebSocket and never reads. The kernel's buffers take about 4 MB before the client's writes wait.
    StalledReader,

    /// Serves as [`Behaviour::Echo`], but neither answers a Close nor ends the connection after it.
    CloseUnanswered,
    /// Serves as [`Behaviour::Echo`] for a while, sends a Close, and holds the socket whatever the client does.
    CloseThenHold {
        /// The time before the Close.
        after: Duration,
        /// The close code.
        code: u16,
    },

    /// Sends a text message that is not UTF-8. Like the five below it then serves as [`Behaviour::Echo`],
    /// so that the client's answer can be seen.
    InvalidUtf8,
    /// Sends a message of so many bytes.
    Oversize(u64),
    /// Sends a masked frame, as only a client may.
    Masked,
    /// Sends a frame with an opcode that is not defined.
    ReservedOpcode,
    /// Sends a frame with a reserved bit set.
    ReservedBit,
    /// Sends a Close frame with this code, such as 1005, which must not stand in one.
    InvalidClose(u16),

    /// Accepts the WebSocket and plays these acts.
    Play(Vec<Act>),
}

impl Behaviour {
    pub(crate) fn play(&self) -> Play {
        let opening = match self {
            Self::Mute => Opening::Mute,
            Self::Hangup(how) => Opening::Hangup(*how),
            Self::Refuse(refusal) => Opening::Refuse(refusal.clone()),
            Self::Drip { every } => Opening::Drip(*every),
            Self::HalfThenSilence => Opening::HalfThenSilence,
            Self::HalfThen(how) => Opening::HalfThen(*how),
            Self::Garbage(bytes) => Opening::Garbage(bytes.clone()),
            Self::WrongAccept => Opening::WrongAccept,
            Self::Echo
            | Self::Numbers { .. }
            | Self::AcceptThenDrop(_)
            | Self::AskedBeforeAccepted
            | Self::Renewal { .. }
            | Self::Leaves { .. }
            | Self::Silent { .. }
            | Self::HalfOpen { .. }
            | Self::StalledReader
            | Self::CloseUnanswered
            | Self::CloseThenHold { .. }
            | Self::InvalidUtf8
            | Self::Oversize(_)
            | Self::Masked
            | Self::ReservedOpcode
            | Self::ReservedBit
            | Self::InvalidClose(_)
            | Self::Play(_) => Opening::Upgrade,
        };
        Play { opening, acts: self.acts() }
    }

    fn acts(&self) -> Vec<Act> {
        let echo = |lasting| Act::Serve(Service::ECHO.lasting(lasting));
        let numbers = |every, lasting| Act::Serve(Service::numbers(every).lasting(lasting));
        let hello = || Act::Text(HELLO.to_owned());
        let wrong = |frame| vec![Act::Frame(frame), echo(FOREVER)];
        match self {
            Self::Echo | Self::Drip { .. } | Self::WrongAccept => vec![echo(FOREVER)],
            Self::Mute | Self::Hangup(_) | Self::Refuse(_) | Self::HalfThenSilence | Self::HalfThen(_) | Self::Garbage(_) => vec![],
            Self::Numbers { every } => vec![hello(), numbers(*every, FOREVER)],
            Self::AcceptThenDrop(how) => vec![Act::Leave(*how)],
            Self::AskedBeforeAccepted => vec![Act::Text(TOO_MANY.to_owned()), Act::Leave(Leave::Close(1000))],
            Self::Renewal { every, warn_after, drop_after } => vec![
                hello(),
                numbers(*every, *warn_after),
                Act::Text(WARNING.to_owned()),
                numbers(*every, *drop_after),
                Act::Leave(Leave::Fin),
            ],
            Self::Leaves { after, how } => vec![echo(*after), Act::Leave(*how)],
            Self::Silent { after } => vec![echo(*after), Act::Serve(Service::DEAF)],
            Self::HalfOpen { after } => vec![echo(*after), Act::Freeze],
            Self::StalledReader => vec![Act::Freeze],
            Self::CloseUnanswered => vec![Act::Serve(Service { answer_close: false, ..Service::ECHO })],
            Self::CloseThenHold { after, code } => vec![echo(*after), Act::Close(*code), Act::Serve(Service::DEAF)],
            Self::InvalidUtf8 => wrong(Frame::new(Opcode::Text, [b'o', b'k', 0xFF])),
            Self::Oversize(bytes) => vec![Act::Oversize(*bytes), echo(FOREVER)],
            Self::Masked => wrong(Frame::new(Opcode::Text, "masked").masked([1, 2, 3, 4])),
            Self::ReservedOpcode => wrong(Frame::new(Opcode::Reserved(0x3), "reserved")),
            Self::ReservedBit => wrong(Frame::new(Opcode::Text, "reserved").reserved(0b100)),
            Self::InvalidClose(code) => wrong(Frame::close(*code)),
            Self::Play(acts) => acts.clone(),
        }
    }
}
