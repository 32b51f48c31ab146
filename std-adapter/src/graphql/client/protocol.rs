//! What is spoken on a client's connection, as the link sees it.

use std::sync::Arc;

use relink_profiles::graphql::{self as profile, FromServer, write};
use relink_profiles::{Ending as Ended, Profile};

use super::hub::Hub;
use super::inbound::Inbound;
use crate::ending::Violation;
use crate::graphql::{Json, code, pong, room};
use crate::ws::{Meaning, Message, Opened, Protocol, Sign, Utf8Bytes};
use crate::{Attempt, CloseCode, Ending, Verdict};

/// What is spoken on a client's connection.
#[derive(Clone)]
pub struct ClientProtocol {
    hub: Arc<Hub>,
    /// Whose connection it is.
    attempt: Option<Attempt>,
    /// What our Close says.
    reason: Option<Arc<str>>,
}

impl ClientProtocol {
    pub(super) const fn new(hub: Arc<Hub>) -> Self {
        Self { hub, attempt: None, reason: None }
    }

    /// Hands a message out, with what was read in it; what is of no operation of ours, to nobody.
    fn delivered(&self, text: &Utf8Bytes, inbound: Option<Inbound>) -> Meaning {
        let (Some(attempt), Some(inbound)) = (self.attempt, inbound) else { return Meaning::LIFE };
        self.hub.put(attempt, text, inbound);
        Meaning::PAYLOAD
    }

    fn broken(&mut self, what: impl Into<Arc<str>>) -> Meaning {
        let what = what.into();
        self.reason = Some(what.clone());
        Meaning::sign(Sign::Broken(code::BAD_RESPONSE, what))
    }
}

impl Protocol for ClientProtocol {
    fn subprotocols(&self) -> &[&'static str] {
        profile::Client::SUBPROTOCOLS
    }

    fn greeting(&mut self, opened: &Opened) -> Option<Message> {
        self.attempt = Some(opened.attempt);
        let payload = self.hub.take_init(opened.attempt);
        let payload = payload.as_ref().map(Json::as_str);
        let mut buffer = vec![0; room("", payload.unwrap_or_default())];
        // It was written before, to see whether it can be.
        write::connection_init(&mut buffer, payload).ok().map(Message::from)
    }

    fn objection(&mut self, opened: &Opened) -> Option<(CloseCode, Arc<str>)> {
        let is_spoken = opened.subprotocol.as_deref().is_some_and(|name| self.subprotocols().contains(&name));
        (!is_spoken).then(|| {
            let why: Arc<str> = "the server does not speak graphql-transport-ws".into();
            self.reason = Some(why.clone());
            (code::SUBPROTOCOL_NOT_ACCEPTABLE, why)
        })
    }

    fn recognise(&mut self, message: &Message) -> Meaning {
        let Message::Text(text) = message else { return self.broken("Invalid message: it is not text") };
        let Ok(incoming) = profile::Client.recognise(text);
        match incoming {
            FromServer::ConnectionAck { payload } => {
                self.hub.acknowledged(payload.map(|payload| Json::within(text, payload)));
                Meaning::sign(Sign::Accepted)
            }
            FromServer::Ping { payload } => pong(payload),
            FromServer::Pong { .. } => Meaning::LIFE,
            FromServer::Next { id, payload } => self.delivered(text, Inbound::next(text, id, payload)),
            FromServer::Error { id, payload } => self.delivered(text, Inbound::failed(text, id, payload)),
            FromServer::Complete { id } => self.delivered(text, Inbound::completed(id)),
            FromServer::Invalid(error) => self.broken(format!("Invalid message: {error}")),
        }
    }

    fn reason(&self, code: CloseCode) -> Option<Arc<str>> {
        match code {
            code::ACK_TIMEOUT => Some("Connection acknowledgement timeout".into()),
            CloseCode::NORMAL => None,
            _ => self.reason.clone(),
        }
    }

    fn verdict(&self, ending: &Ending) -> Option<Verdict> {
        let code = match ending {
            Ending::Closed(close) => close.code,
            // With the code that we close with: who has sent it makes no difference to what it means.
            Ending::Protocol(Violation::Profile(code, _)) => Some(*code),
            _ => return None,
        };
        profile::Client.verdict(Ended::Closed(code))
    }
}

impl std::fmt::Debug for ClientProtocol {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClientProtocol").finish_non_exhaustive()
    }
}
