//! What the messages on one connection mean: to the link, and to the account of envelopes.

use std::sync::Arc;

use relink_core::Report;
use relink_profiles::slack::{Disconnect, Incoming, Slack, ack};
use relink_profiles::{Ending as Ended, Profile};
use tracing::{info, warn};

use super::envelope::Delivered;
use super::hub::{Hub, On, Todo};
use crate::ws::{Meaning, Message, Opened, Protocol, Sign, Utf8Bytes};
use crate::{Ending, Verdict};

/// What is spoken on a connection. The one without a connection is the pattern for the others.
pub(super) struct SlackProtocol {
    hub: Arc<Hub>,
    link: usize,
    on: Option<On>,
    /// Our Close was sent: nothing can be acknowledged here any more.
    is_closing: bool,
}

impl SlackProtocol {
    pub(super) const fn new(hub: Arc<Hub>, link: usize) -> Self {
        Self { hub, link, on: None, is_closing: false }
    }

    fn understand(&self, on: On, text: &Utf8Bytes) -> Meaning {
        let incoming = Slack.recognise(text);
        let sign = incoming.as_ref().ok().and_then(sign);
        match incoming {
            Ok(Incoming::Hello(hello)) => {
                self.hub.hello(on, &hello);
                Meaning { sign, ..Meaning::LIFE }
            }
            Ok(Incoming::Disconnect(disconnect)) => {
                let (attempt, reason) = (on.attempt.number(), disconnect.reason);
                info!(link = on.link, attempt, %reason, "Slack asks for the end of a connection");
                Meaning { sign, ..Meaning::LIFE }
            }
            Ok(Incoming::Envelope(envelope)) if self.is_closing => {
                self.hub.too_late(envelope.kind);
                Meaning::LIFE
            }
            Ok(Incoming::Envelope(envelope)) => match self.hub.received(Delivered::new(on, text, &envelope)) {
                Todo::Nothing => Meaning::LIFE,
                Todo::Acknowledge => acknowledged(&envelope.id.to_string()),
            },
            Ok(Incoming::Unreadable(unreadable)) => {
                self.hub.count(|stats| stats.unreadable += 1);
                warn!(link = on.link, envelope = %unreadable.id, why = %unreadable.why, "an envelope cannot be read: it is acknowledged, or it would come again");
                acknowledged(&unreadable.id.to_string())
            }
            Ok(Incoming::Unknown(unknown)) => {
                self.hub.count(|stats| stats.unknown += 1);
                info!(link = on.link, kind = %unknown.kind, "a message of a type that is not known here");
                unknown.id.map_or(Meaning::LIFE, |id| acknowledged(&id.to_string()))
            }
            Err(why) => {
                self.hub.count(|stats| stats.unknown += 1);
                warn!(link = on.link, %why, "a message cannot be read");
                Meaning::LIFE
            }
        }
    }
}

/// What the profile reports, in the transport's words; with a disconnect, what a person can do about it.
fn sign(incoming: &Incoming<'_>) -> Option<Sign> {
    let why = || match incoming {
        Incoming::Disconnect(Disconnect { reason, .. }) => format!("{} ({reason})", reason.advice()).into(),
        Incoming::Hello(_) | Incoming::Envelope(_) | Incoming::Unreadable(_) | Incoming::Unknown(_) => "".into(),
    };
    match Slack::report(incoming)? {
        Report::Accepted => Some(Sign::Accepted),
        Report::Pulse(within) => Some(Sign::Pulse(within)),
        Report::Asked(verdict) => Some(Sign::Asked(verdict, why())),
        Report::Broken(code) => Some(Sign::Broken(code, why())),
        // These are the transport's own to report.
        Report::Opened | Report::Heard | Report::Drained | Report::Closed(_) | Report::Lost(_) => None,
    }
}

/// The answer to an envelope that is not handed out. An id too long for a frame is Slack's own affair.
fn acknowledged(id: &str) -> Meaning {
    let mut buffer = vec![0; 64 + 6 * id.len()];
    ack::bare(&mut buffer, id).map_or(Meaning::LIFE, |text| Meaning::reply(text.into()))
}

impl Protocol for SlackProtocol {
    fn greeting(&mut self, opened: &Opened) -> Option<Message> {
        self.on = Some(On { link: self.link, attempt: opened.attempt });
        None
    }

    fn recognise(&mut self, message: &Message) -> Meaning {
        match (self.on, message) {
            (Some(on), Message::Text(text)) => self.understand(on, text),
            (Some(_) | None, Message::Binary(_)) | (None, Message::Text(_)) => Meaning::LIFE,
        }
    }

    fn closing(&mut self) {
        self.is_closing = true;
    }

    fn is_busy(&self) -> bool {
        self.on.is_some_and(|on| self.hub.is_busy(on))
    }

    fn verdict(&self, ending: &Ending) -> Option<Verdict> {
        if let Ending::Closed(close) = ending {
            return Slack.verdict(Ended::Closed(close.code));
        }
        let Ending::Refused(refusal) = ending else { return None };
        Slack.verdict(Ended::Upgrade { status: refusal.status, retry_after: refusal.retry_after })
    }
}

impl Clone for SlackProtocol {
    fn clone(&self) -> Self {
        Self::new(self.hub.clone(), self.link)
    }
}

impl Drop for SlackProtocol {
    fn drop(&mut self) {
        match self.on {
            Some(on) => self.hub.lost(on),
            // Each attempt has its own from the beginning: it ended without a connection.
            None => self.hub.failed(self.link),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use relink_core::Attempt;

    use super::{Hub, SlackProtocol};
    use crate::Clock;
    use crate::ws::{Meaning, Message, Opened, Protocol};

    fn envelope(id: &str, kind: &str) -> Message {
        format!(r#"{{"envelope_id":"{id}","type":"{kind}","payload":{{}}}}"#).into()
    }

    #[test]
    fn what_comes_after_our_close_is_counted_and_not_handed_out() {
        let hub = Arc::new(Hub::new(Clock::boot(), 10, 1));
        let mut protocol = SlackProtocol::new(hub.clone(), 0);
        assert_eq!(protocol.greeting(&Opened { attempt: Attempt::from_number(1), subprotocol: None }), None);
        assert_eq!(protocol.recognise(&envelope("before", "events_api")), Meaning::LIFE);
        protocol.closing();
        for (id, kind) in [("a", "events_api"), ("b", "interactive"), ("c", "slash_commands")] {
            assert_eq!(protocol.recognise(&envelope(id, kind)), Meaning::LIFE, "nothing can be answered any more");
        }
        let stats = hub.stats();
        assert_eq!((stats.handed_out, stats.left_to_come_again, stats.lost), (1, 1, 2));
        assert_eq!(hub.take().map(|delivered| delivered.id), Some("before".into()));
        assert!(hub.take().is_none());
    }
}
