//! Owns the catalogue of what can go wrong, at the URL call and on the link.

use std::time::Duration;

use super::reason::{ApiError, Reason};
use crate::fault::{Frame, Leave, Opcode};

/// What goes wrong with a call of `apps.connections.open`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallTrouble {
    /// The answer has this status and no body.
    Status(u16),
    /// 429 with `ratelimited` and a `Retry-After`, in the client's seconds.
    RateLimited {
        /// What `Retry-After` says.
        retry_after_s: u32,
    },
    /// 200 with `ok: false` and this error.
    Api(ApiError),
    /// 200 with this body: no JSON, half of one, somebody's login page.
    Body(String),
    /// 200 with a URL on which nobody listens.
    DeadUrl,
    /// The right answer, so late.
    Late(Duration),
    /// The request is read, and there is neither an answer nor an end.
    Hang,
    /// The connection ends instead of an answer.
    Hangup(Leave),
}

/// What goes wrong with a link, from the upgrade on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkTrouble {
    /// The upgrade is answered with this status.
    Status(u16),
    /// The upgrade is answered with this status and a `Retry-After`, in the client's seconds.
    StatusWithRetryAfter {
        /// The status.
        status: u16,
        /// What `Retry-After` says.
        retry_after_s: u32,
    },
    /// The upgrade is neither answered nor ended.
    Hang,
    /// The connection ends instead of an answer to the upgrade.
    Hangup(Leave),
    /// A `disconnect` with this reason instead of hello, then Close.
    DisconnectFirst(Reason),
    /// There is never a hello, and no payload; pings and pongs are as ever.
    NoHello,
    /// Hello comes so late.
    LateHello(Duration),
    /// The client's pings are not answered; all else is well.
    NoPong,
    /// After this time (from hello on) nothing is said any more; what the client says is read.
    Silent(Duration),
    /// After this time the peer is as good as gone: nothing is read, written or ended.
    HalfOpen(Duration),
    /// After hello this is said.
    Says(Vec<Oddity>),
    /// After this time a Close comes that nothing announced.
    CloseAfter(Duration, Option<u16>),
    /// After this time the connection is lost, without a Close.
    LostAfter(Duration, Leave),
    /// The client's Close is not answered, and TCP is held.
    CloseUnanswered,
}

/// Something odd for the server to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Oddity {
    /// A text that is no JSON.
    NotJson,
    /// JSON that is no object.
    NoObject,
    /// An object without a type.
    NoType,
    /// A message of a type that nobody knows.
    UnknownType,
    /// A `disconnect` with a reason that nobody knows.
    UnknownReason,
    /// A binary message.
    Binary,
    /// A message of an unknown type with so many bytes of text in it.
    Huge(usize),
    /// A message of an unknown type with arrays in arrays, so many levels deep.
    Deep(usize),
    /// This text.
    Text(String),
    /// This frame.
    Frame(Frame),
}

impl Oddity {
    pub(crate) fn frame(&self) -> Frame {
        let text = match self {
            Self::NotJson => "<html>{not json\u{2028}".to_owned(),
            Self::NoObject => "[1,2,3]".to_owned(),
            Self::NoType => r#"{"envelope":"none","payload":{}}"#.to_owned(),
            Self::UnknownType => r#"{"type":"something_new","payload":{"a":[1,{"b":null}]}}"#.to_owned(),
            Self::UnknownReason => r#"{"type":"disconnect","reason":"something_new","debug_info":{"host":"applink-0"}}"#.to_owned(),
            Self::Binary => return Frame::new(Opcode::Binary, [0xFF, 0x00, 0x7F]),
            Self::Huge(bytes) => format!(r#"{{"payload":"{}","type":"something_huge"}}"#, "h".repeat(*bytes)),
            Self::Deep(levels) => format!(r#"{{"payload":{}{},"type":"something_deep"}}"#, "[".repeat(*levels), "]".repeat(*levels)),
            Self::Text(text) => text.clone(),
            Self::Frame(frame) => return frame.clone(),
        };
        Frame::new(Opcode::Text, text)
    }
}
