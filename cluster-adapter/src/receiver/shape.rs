//! Owns the one shape in which Slack's payloads are stored, whichever way they came: that of a Socket Mode envelope.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use relink_profiles::Profile;
use relink_profiles::slack::{Incoming, Kind, Slack};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::Nature;
use crate::Envelope;

const NAME_BYTES_MAX: usize = 512;

/// What Slack delivered, as a worker reads it out of the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Body<'a> {
    /// What it is.
    pub kind: Kind,
    /// The payload: one JSON value, the exact bytes that came (a command that came over HTTP is written as Socket Mode writes it).
    pub payload: &'a str,
    /// Whether an answer to it can go with the acknowledgement.
    pub accepts_response_payload: bool,
}

/// The payload is no Slack payload: somebody else has stored it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotSlack;

/// Reads what a receiver has stored, or asks.
///
/// # Errors
/// [`NotSlack`] if it was stored by another one.
pub fn read(payload: &[u8]) -> Result<Body<'_>, NotSlack> {
    let text = str::from_utf8(payload).map_err(|_| NotSlack)?;
    match Slack.recognise(text) {
        Ok(Incoming::Envelope(envelope)) => {
            Ok(Body { kind: envelope.kind, payload: envelope.payload, accepts_response_payload: envelope.accepts_response_payload })
        }
        Ok(Incoming::Hello(_) | Incoming::Disconnect(_) | Incoming::Unreadable(_) | Incoming::Unknown(_)) | Err(_) => Err(NotSlack),
    }
}

/// What is kept in order, where nothing else is asked for: a channel, or a user where there is none.
#[must_use]
pub fn default_key(_: Kind, payload: &str) -> Option<String> {
    Peek::of(payload).key().map(Cow::into_owned)
}

/// By what a payload's order is kept; `None`: by nothing.
pub(crate) type KeyOf = dyn Fn(Kind, &str) -> Option<String> + Send + Sync;

/// What is stored. Its id is the event's own where it has one: a redelivery may come in another envelope, or another way.
pub(crate) fn envelope(body: Body<'_>, delivery_id: &str, key_of: &KeyOf) -> Envelope {
    let Body { kind, payload, accepts_response_payload } = body;
    let peek = Peek::of(payload);
    let event_id = peek.event_id.as_ref().and_then(Name::get).filter(|id| is_name(id));
    let id: Box<str> = event_id.map_or_else(|| delivery_id.into(), |id| (&**id).into());
    let key = key_of(kind, payload).map_or_else(|| id.clone(), |key| to_name(&key));
    let quoted = serde_json::to_string(delivery_id).unwrap_or_default();
    let payload = format!(
        r#"{{"envelope_id":{quoted},"type":"{}","accepts_response_payload":{accepts_response_payload},"payload":{payload}}}"#,
        kind.as_str()
    );
    Envelope { id, key, payload: payload.into() }
}

/// What follows where it is not acknowledged.
pub(crate) const fn nature(kind: Kind) -> Nature {
    match kind {
        Kind::EventsApi => Nature::ComesAgain,
        Kind::SlashCommands | Kind::Interactive => Nature::Question,
    }
}

fn is_name(text: &str) -> bool {
    (1..=NAME_BYTES_MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// A key that can be kept. Two that become the same are kept in order together, which harms nobody.
fn to_name(key: &str) -> Box<str> {
    if is_name(key) {
        return key.into();
    }
    let graphic = |byte: u8| if byte.is_ascii_graphic() { char::from(byte) } else { '_' };
    key.bytes().take(NAME_BYTES_MAX).map(graphic).collect::<String>().into()
}

/// The few fields that are looked at. What has another type than expected is not looked at.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Peek<'a> {
    #[serde(borrow)]
    event_id: Option<Name<'a>>,
    #[serde(borrow)]
    event: Option<Place<'a>>,
    #[serde(flatten, borrow)]
    place: Place<'a>,
}

/// Where something happened, and by whom: in an event, an interaction, a command.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Place<'a> {
    #[serde(borrow)]
    channel: Option<Name<'a>>,
    #[serde(borrow)]
    channel_id: Option<Name<'a>>,
    #[serde(borrow)]
    item: Option<Item<'a>>,
    #[serde(borrow)]
    user: Option<Name<'a>>,
    #[serde(borrow)]
    user_id: Option<Name<'a>>,
}

/// What an event is about: a reaction's message.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Item<'a> {
    In {
        #[serde(borrow)]
        channel: Name<'a>,
    },
    Other(IgnoredAny),
}

/// A name, or something that has one.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Name<'a> {
    Text(#[serde(borrow)] Cow<'a, str>),
    Object {
        #[serde(borrow)]
        id: Cow<'a, str>,
    },
    Other(IgnoredAny),
}

impl<'a> Peek<'a> {
    fn of(payload: &'a str) -> Self {
        serde_json::from_str(payload).unwrap_or_default()
    }

    fn key(self) -> Option<Cow<'a, str>> {
        self.event.and_then(Place::key).or_else(|| self.place.key())
    }
}

impl<'a> Place<'a> {
    fn key(self) -> Option<Cow<'a, str>> {
        let item = self.item.and_then(|item| match item {
            Item::In { channel } => Some(channel),
            Item::Other(_) => None,
        });
        [self.channel, self.channel_id, item, self.user, self.user_id].into_iter().flatten().find_map(Name::into_inner)
    }
}

impl<'a> Name<'a> {
    const fn get(&self) -> Option<&Cow<'a, str>> {
        match self {
            Self::Text(name) | Self::Object { id: name } => Some(name),
            Self::Other(_) => None,
        }
    }

    fn into_inner(self) -> Option<Cow<'a, str>> {
        match self {
            Self::Text(name) | Self::Object { id: name } => Some(name).filter(|name| !name.is_empty()),
            Self::Other(_) => None,
        }
    }
}

impl fmt::Display for NotSlack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("this was not stored by a receiver of Slack's; does another program put things into the same queue?")
    }
}

impl Error for NotSlack {}

#[cfg(test)]
mod tests {
    use super::{Body, Kind, NotSlack, default_key, envelope, read};

    const fn body(payload: &str) -> Body<'_> {
        Body { kind: Kind::EventsApi, payload, accepts_response_payload: false }
    }

    #[test]
    fn what_is_stored_is_read_as_it_came() {
        for payload in
            [r#"{"event_id":"Ev1","event":{"type":"message","channel":"C1","text":"\ud83d\ude00 \"q\""}}"#, r#""text""#, "[1,2.50]", "{}"]
        {
            for kind in Kind::ALL {
                let body = Body { kind, payload, accepts_response_payload: kind == Kind::Interactive };
                let stored = envelope(body, "a \"delivery\"", &default_key);
                assert_eq!(read(&stored.payload), Ok(body));
            }
        }
        for other in ["", "{}", r#"{"type":"hello"}"#, "\u{e9}"] {
            assert_eq!(read(other.as_bytes()), Err(NotSlack));
        }
        assert_eq!(read(&[0xff]), Err(NotSlack));
    }

    #[test]
    fn an_event_has_its_own_id_and_anything_else_its_deliverys() {
        let id = |payload: &str| envelope(body(payload), "delivery-1", &default_key).id;
        assert_eq!(&*id(r#"{"event_id":"Ev0PV52K21","event":{}}"#), "Ev0PV52K21");
        for payload in [r#"{"event_id":""}"#, r#"{"event_id":"a b"}"#, r#"{"event_id":7}"#, r#"{"event_id":null}"#, "{}", "7", "not json"] {
            assert_eq!(&*id(payload), "delivery-1", "{payload}");
        }
    }

    #[test]
    fn the_key_is_the_channel_or_the_user_wherever_they_stand() {
        let key = |payload: &str| envelope(body(payload), "d", &default_key).key;
        for payload in [
            r#"{"event":{"channel":"C1","user":"U1"}}"#,
            r#"{"event":{"channel":{"id":"C1","name":"n"}}}"#,
            r#"{"event":{"item":{"type":"message","channel":"C1"},"user":"U1"}}"#,
            r#"{"channel":{"id":"C1"},"user":{"id":"U1"}}"#,
            r#"{"channel_id":"C1","user_id":"U1"}"#,
            r#"{"event":{"channel":7,"item":"x"},"channel_id":"C1"}"#,
        ] {
            assert_eq!(&*key(payload), "C1", "{payload}");
        }
        assert_eq!(&*key(r#"{"event":{"user":{"id":"U1"}}}"#), "U1");
        assert_eq!(&*key(r#"{"event_id":"Ev1","event":{"type":"team_join"}}"#), "Ev1", "alone, in no order");
        let own = |_: Kind, _: &str| Some("a \u{e9}".to_owned());
        assert_eq!(&*envelope(body("{}"), "d", &own).key, "a___");
    }
}
