//! The hook by which a protocol on top of WebSocket says what the messages on a connection mean.

use std::sync::Arc;

use relink_core::{Attempt, CloseCode, Millis, Verdict};

use super::Message;
use crate::ending::Ending;

/// What is spoken on top of WebSocket: which message greets, which one accepts, which one is a heartbeat.
///
/// The one given to [`Ws`](super::Ws) is the pattern: each attempt works with a clone of its own, so what
/// a connection has to remember can be kept in fields.
pub trait Protocol: Clone + Send + Unpin + 'static {
    /// The subprotocols asked for when the request names none (RFC 6455 §1.9).
    fn subprotocols(&self) -> &[&'static str] {
        &[]
    }

    /// The first message, sent as soon as the connection is open.
    fn greeting(&mut self, opened: &Opened) -> Option<Message> {
        let _ = opened;
        None
    }

    /// What a message that came in means.
    fn recognise(&mut self, message: &Message) -> Meaning {
        let _ = message;
        Meaning::PAYLOAD
    }

    /// The message to ask for a sign of life with; `None`: a WebSocket ping.
    fn ping(&mut self) -> Option<Message> {
        None
    }

    /// What makes it impossible to go on, although the connection is open: it is closed with this code, for this reason.
    fn objection(&mut self, opened: &Opened) -> Option<(CloseCode, Arc<str>)> {
        let _ = opened;
        None
    }

    /// What our Close says beside this code; as much as fits into its frame, 123 bytes.
    fn reason(&self, code: CloseCode) -> Option<Arc<str>> {
        let _ = code;
        None
    }

    /// On the accepting side: the client is let in, and this is known of it. Comes before everything else.
    #[cfg(feature = "server")]
    fn admitted(&mut self, about: &crate::server::About) {
        let _ = about;
    }

    /// Our Close has been queued: whatever comes in from here on cannot be answered any more.
    fn closing(&mut self) {}

    /// Whether something that came in is still in hand, an acknowledgement owed for instance: a drain waits for it.
    fn is_busy(&self) -> bool {
        false
    }

    /// What an ending means to this protocol; `None` leaves it to [`classify::verdict`](crate::classify::verdict).
    fn verdict(&self, ending: &Ending) -> Option<Verdict> {
        let _ = ending;
        None
    }
}

/// No protocol on top: every message is payload, the opening handshake is the acceptance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Plain;

impl Protocol for Plain {}

/// What is known when a connection has just opened.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Opened {
    /// The attempt.
    pub attempt: Attempt,
    /// The subprotocol the peer chose.
    pub subprotocol: Option<Box<str>>,
}

/// What a message means. The default is a bare sign of life.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Meaning {
    /// What it says to the link.
    pub sign: Option<Sign>,
    /// What is answered, with the next flush.
    pub reply: Option<Message>,
    /// Whether the user gets it.
    pub deliver: bool,
}

/// What a message says to the link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sign {
    /// The peer has accepted us (Slack `hello`, graphql `connection_ack`, OneBot lifecycle `connect`).
    Accepted,
    /// The peer's own heartbeat, with the time in which it promises the next one; 0 ms ends the promise.
    Pulse(Millis),
    /// The peer announces its leaving or asks for ours, for this reason; the connection still works.
    Asked(Verdict, Arc<str>),
    /// The peer broke the protocol: the connection is closed with this code, for this reason.
    Broken(CloseCode, Arc<str>),
}

impl Meaning {
    /// A message for the user, and nothing else.
    pub const PAYLOAD: Self = Self { sign: None, reply: None, deliver: true };
    /// A sign of life, and nothing else.
    pub const LIFE: Self = Self { sign: None, reply: None, deliver: false };

    /// The protocol's own message, which the user does not get.
    #[must_use]
    pub const fn sign(sign: Sign) -> Self {
        Self { sign: Some(sign), reply: None, deliver: false }
    }

    /// The protocol's own message, to be answered.
    #[must_use]
    pub const fn reply(reply: Message) -> Self {
        Self { sign: None, reply: Some(reply), deliver: false }
    }

    /// The same, and the user gets it too.
    #[must_use]
    pub fn delivered(mut self) -> Self {
        self.deliver = true;
        self
    }
}
