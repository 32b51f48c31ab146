//! What a server says of an operation: read once, when it comes in, and kept beside its message until that is handed out.

use std::collections::VecDeque;

use relink_core::Attempt;
use relink_profiles::Profile;
use relink_profiles::graphql::{self as profile, FromServer};
use relink_profiles::json::Text;

use crate::graphql::Json;
use crate::ws::Utf8Bytes;

/// What a server says of the operation with this id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Inbound {
    pub(super) id: u64,
    pub(super) what: What,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum What {
    Next(Json),
    Failed(Json),
    Completed,
}

/// What was read in messages that are on their way.
#[derive(Default)]
pub(super) struct Transit(VecDeque<(Attempt, Utf8Bytes, Inbound)>);

impl Inbound {
    pub(super) fn next(text: &Utf8Bytes, id: Text<'_>, payload: &str) -> Option<Self> {
        Self::of(id, What::Next(Json::within(text, payload)))
    }

    pub(super) fn failed(text: &Utf8Bytes, id: Text<'_>, payload: &str) -> Option<Self> {
        Self::of(id, What::Failed(Json::within(text, payload)))
    }

    pub(super) fn completed(id: Text<'_>) -> Option<Self> {
        Self::of(id, What::Completed)
    }

    /// `None`: an id that is none of ours.
    fn of(id: Text<'_>, what: What) -> Option<Self> {
        let id = id.plain()?.parse().ok()?;
        Some(Self { id, what })
    }

    /// Reads a message.
    fn read(text: &Utf8Bytes) -> Option<Self> {
        let Ok(incoming) = profile::Client.recognise(text);
        match incoming {
            FromServer::Next { id, payload } => Self::next(text, id, payload),
            FromServer::Error { id, payload } => Self::failed(text, id, payload),
            FromServer::Complete { id } => Self::completed(id),
            FromServer::ConnectionAck { .. } | FromServer::Ping { .. } | FromServer::Pong { .. } | FromServer::Invalid(_) => None,
        }
    }
}

impl Transit {
    pub(super) fn put(&mut self, attempt: Attempt, text: &Utf8Bytes, inbound: Inbound) {
        self.0.push_back((attempt, text.clone(), inbound));
    }

    /// What was read in this message: the very one, by the place of its bytes. One that is not here is read.
    pub(super) fn take(&mut self, text: &Utf8Bytes) -> Option<Inbound> {
        let is_it = |other: &Utf8Bytes| std::ptr::eq(other.as_str(), text.as_str());
        match self.0.iter().position(|(_, other, _)| is_it(other)) {
            Some(at) => self.0.remove(at).map(|(_, _, inbound)| inbound),
            None => Inbound::read(text),
        }
    }

    /// Forgets messages of connections before this one, which may never be told.
    pub(super) fn forget_before(&mut self, attempt: Attempt) {
        self.0.retain(|(other, ..)| other.number() >= attempt.number());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(transit: &mut Transit, attempt: u32, text: &str) -> Utf8Bytes {
        let text = Utf8Bytes::from(text);
        let inbound = Inbound::read(&text).unwrap();
        transit.put(Attempt::from_number(attempt), &text, inbound);
        text
    }

    #[test]
    fn each_message_finds_what_was_read_in_it() {
        let mut transit = Transit::default();
        let same = r#"{"id":"1","type":"next","payload":{"a":1}}"#;
        let texts = [same, same, r#"{"id":"2","type":"error","payload":[1]}"#, r#"{"id":"3","type":"complete"}"#];
        let mut put = texts.map(|text| (text, put(&mut transit, 1, text)));
        put.reverse();
        for (at, (text, bytes)) in put.iter().enumerate() {
            assert_eq!(transit.take(bytes), Inbound::read(&Utf8Bytes::from(*text)));
            assert_eq!(transit.0.len(), 3 - at, "no other one is taken");
        }
        assert!(transit.take(&put[0].1).is_some(), "what is not there is read");
    }

    #[test]
    fn what_is_never_told_is_not_kept() {
        let mut transit = Transit::default();
        for attempt in 1..4 {
            put(&mut transit, attempt, r#"{"id":"3","type":"complete"}"#);
        }
        transit.forget_before(Attempt::from_number(2));
        assert_eq!(transit.0.len(), 2);
    }

    #[test]
    fn ids_of_others_are_nobodys() {
        for id in ["", "x", "-1", "\\u0031", "99999999999999999999"] {
            let text = Utf8Bytes::from(format!(r#"{{"id":"{id}","type":"complete"}}"#));
            assert_eq!(Inbound::read(&text), None, "{id}");
        }
    }
}
