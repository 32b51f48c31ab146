//! The recognition of a message: by its type, and as an envelope that must be acknowledged where all else fails.

use super::{Disconnect, Envelope, Error, Hello, Kind, Retry};
use crate::fields::{Field, Fields, Odd, pick, required};
use crate::json::{Members, Text};

/// A message from Slack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Incoming<'a> {
    /// The connection is accepted.
    Hello(Hello<'a>),
    /// Something for the app.
    Envelope(Envelope<'a>),
    /// The connection is to end.
    Disconnect(Disconnect<'a>),
    /// Something for the app that cannot be handed out.
    Unreadable(Unreadable<'a>),
    /// A type that nobody has told us about.
    Unknown(Unknown<'a>),
}

/// An envelope of which only the id is sure. Acknowledge it, or it comes again and is as unreadable; and tell somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreadable<'a> {
    /// What names it.
    pub id: Text<'a>,
    /// What kind of thing is in it, as far as that can be told.
    pub kind: Option<Kind>,
    /// What is wrong with it.
    pub why: Error,
}

/// A message of a type that nobody has told us about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unknown<'a> {
    /// The type.
    pub kind: Text<'a>,
    /// With an id it is an envelope, which Slack may want acknowledged.
    pub id: Option<Text<'a>>,
}

const NAMES: [&str; 10] = [
    "type",
    "envelope_id",
    "payload",
    "accepts_response_payload",
    "retry_attempt",
    "retry_reason",
    "connection_info",
    "num_connections",
    "debug_info",
    "reason",
];

pub(super) fn read(text: &str) -> Result<Incoming<'_>, Error> {
    let Fields { values, error } = pick(Members::of(text), NAMES);
    let [kind, id, payload, accepts, attempt, retry_reason, connection_info, num_connections, debug_info, reason] = values;
    let (kind, id) = (required("type", kind), required("envelope_id", id));
    let envelope = kind.ok().and_then(Kind::named);
    let readable = match error {
        Some(error) => Err(error),
        None => kind,
    };
    match (readable, id) {
        (Err(why), Ok(id)) => Ok(Incoming::Unreadable(Unreadable { id, kind: envelope, why })),
        (Err(why), Err(_)) => Err(why),
        (Ok(_), id) if let Some(kind) = envelope => Ok(deliver(kind, id?, payload, Details { accepts, attempt, retry_reason })),
        (Ok(kind), _) if kind == "hello" => Ok(Incoming::Hello(Hello::read(connection_info, num_connections, debug_info))),
        (Ok(kind), _) if kind == "disconnect" => Ok(Incoming::Disconnect(Disconnect::read(reason, debug_info))),
        (Ok(kind), id) => Ok(Incoming::Unknown(Unknown { kind, id: id.ok() })),
    }
}

/// What may as well be missing in an envelope.
struct Details<'a> {
    accepts: Option<Field<'a>>,
    attempt: Option<Field<'a>>,
    retry_reason: Option<Field<'a>>,
}

fn deliver<'a>(kind: Kind, id: Text<'a>, payload: Option<Field<'a>>, details: Details<'a>) -> Incoming<'a> {
    let Some(payload) = payload else {
        return Incoming::Unreadable(Unreadable { id, kind: Some(kind), why: Error::Missing("payload") });
    };
    let mut odd = Odd::default();
    let accepts_response_payload = odd.flag(details.accepts).unwrap_or(false);
    let (attempt, reason) = (odd.number(details.attempt), odd.text(details.retry_reason));
    let retry = attempt.map(|attempt| Retry { attempt, reason });
    Incoming::Envelope(Envelope { id, kind, payload: payload.value.raw(), accepts_response_payload, retry, odd: odd.0 })
}
