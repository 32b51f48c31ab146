//! What the app gets: an envelope, and the duty to acknowledge it.

use std::error::Error;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use relink_core::ledger::Answer;
use relink_profiles::slack::ack::{self, Refused};
use relink_profiles::slack::limits::FRAME_BYTES_MAX;
use relink_profiles::slack::{self, Kind};

use super::hub::{Hub, Id, On};
use crate::ws::Utf8Bytes;

/// An envelope as it came in.
#[derive(Debug)]
pub(super) struct Delivered {
    pub(super) id: Id,
    pub(super) kind: Kind,
    pub(super) on: On,
    text: Utf8Bytes,
    /// Where in the text the payload is.
    payload: Range<usize>,
    accepts_response_payload: bool,
    retry: Option<Retry>,
}

/// Which try a delivery is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retry {
    /// 0 for the first delivery.
    pub attempt: u32,
    /// Why the one before did not count, in Slack's words; may be empty.
    pub reason: Box<str>,
}

/// Something for the app, to be acknowledged within 3 s.
///
/// An acknowledgement goes to every connection that delivered it, also to one that is being replaced. Dropped without
/// one, it is counted and told in the log; Slack delivers an event again then, but never an interaction or a command.
pub struct Envelope {
    delivered: Delivered,
    hub: Arc<Hub>,
    is_acknowledged: AtomicBool,
}

/// Why an acknowledgement was not sent. The envelope is still in hand where something else can be tried.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AckError {
    /// Slack would not take this one, or the payload is no JSON. Try [`Envelope::ack`].
    Refused(Refused),
    /// The envelope does not take a payload in its acknowledgement. Try [`Envelope::ack`].
    NoPayloadWanted,
    /// No connection that delivered it is left, or none that takes anything. If Slack delivers it again, it is
    /// acknowledged then.
    Gone {
        /// Whether Slack delivers it again.
        comes_again: bool,
    },
}

impl Delivered {
    pub(super) fn new(on: On, text: &Utf8Bytes, envelope: &slack::Envelope<'_>) -> Self {
        let from = offset(text, envelope.payload);
        let retry = envelope.retry.map(|retry| Retry {
            attempt: retry.attempt,
            reason: retry.reason.map_or_else(Box::default, |reason| reason.to_string().into()),
        });
        Self {
            id: envelope.id.to_string().into(),
            kind: envelope.kind,
            on,
            text: text.clone(),
            payload: from..from.saturating_add(envelope.payload.len()),
            accepts_response_payload: envelope.accepts_response_payload,
            retry,
        }
    }
}

/// Where a part of a text begins in it.
fn offset(whole: &str, part: &str) -> usize {
    (part.as_ptr() as usize).saturating_sub(whole.as_ptr() as usize)
}

impl Envelope {
    pub(super) const fn new(delivered: Delivered, hub: Arc<Hub>) -> Self {
        Self { delivered, hub, is_acknowledged: AtomicBool::new(false) }
    }

    /// What names it.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.delivered.id
    }

    /// What kind of thing is in it.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.delivered.kind
    }

    /// The payload: one JSON value, the exact bytes that came. Read it with `serde_json::from_str` into types of your own.
    #[must_use]
    pub fn payload(&self) -> &str {
        self.delivered.text.get(self.delivered.payload.clone()).unwrap_or_default()
    }

    /// Whether the acknowledgement may carry a payload.
    #[must_use]
    pub const fn accepts_response_payload(&self) -> bool {
        self.delivered.accepts_response_payload
    }

    /// Which try this is, where Slack says so.
    #[must_use]
    pub const fn retry(&self) -> Option<&Retry> {
        self.delivered.retry.as_ref()
    }

    /// Acknowledges it. To do so twice is harmless.
    ///
    /// # Errors
    /// [`AckError::Gone`]: there is no connection left to say it on.
    pub fn ack(&self) -> Result<(), AckError> {
        self.acknowledge(None)
    }

    /// Acknowledges it with a payload, one JSON value, which is sent as it is.
    ///
    /// # Errors
    /// [`AckError`]; the envelope is still in hand if the payload is the reason.
    pub fn ack_with(&self, payload: &str) -> Result<(), AckError> {
        if !self.accepts_response_payload() {
            return Err(AckError::NoPayloadWanted);
        }
        self.acknowledge(Some(payload))
    }

    fn acknowledge(&self, payload: Option<&str>) -> Result<(), AckError> {
        let mut buffer = vec![0; FRAME_BYTES_MAX.min(64 + 6 * self.id().len() + payload.map_or(0, str::len))];
        let text = match payload {
            Some(payload) => ack::with_payload(&mut buffer, self.id(), payload),
            None => ack::bare(&mut buffer, self.id()),
        };
        let text = text.map_err(AckError::Refused)?;
        if self.is_acknowledged.swap(true, Ordering::AcqRel) {
            return Ok(());
        }
        let sent = match self.hub.acknowledge(&self.delivered.id) {
            Answer::On(first) => {
                let mut sent = self.hub.send(first, text);
                while let Answer::On(other) = self.hub.acknowledge(&self.delivered.id) {
                    sent |= self.hub.send(other, text);
                }
                sent
            }
            // There was no room to record it: all that is known is who brought this one.
            Answer::Unknown => self.hub.send(self.delivered.on, text),
            Answer::Done | Answer::Nowhere => false,
        };
        if sent { Ok(()) } else { Err(AckError::Gone { comes_again: self.kind().comes_again() }) }
    }
}

impl Drop for Envelope {
    fn drop(&mut self) {
        if !*self.is_acknowledged.get_mut() {
            self.hub.dropped(&self.delivered.id, self.delivered.kind);
        }
    }
}

impl fmt::Debug for Envelope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Envelope").field("id", &self.id()).field("kind", &self.kind()).finish_non_exhaustive()
    }
}

impl fmt::Display for AckError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refused) => refused.fmt(f),
            Self::NoPayloadWanted => f.write_str("this envelope takes no payload in its acknowledgement; respond through the Web API"),
            Self::Gone { comes_again: true } => f.write_str("the connection that delivered this envelope is gone; Slack delivers it again"),
            Self::Gone { comes_again: false } => {
                f.write_str("the connection that delivered this envelope is gone; respond through the Web API, it does not come again")
            }
        }
    }
}

impl Error for AckError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Refused(refused) => Some(refused),
            Self::NoPayloadWanted | Self::Gone { .. } => None,
        }
    }
}
