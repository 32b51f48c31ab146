//! Owns the small protocol some of the servers speak: a hello accepts, a warning announces the end, a refusal asks to leave.

use relink_tests::fault::{HELLO, TOO_MANY, WARNING};
use relink_tokio::ws::{Meaning, Message, Protocol, Sign};
use relink_tokio::{Millis, Verdict};

/// How long a server that has too many connections is left alone.
pub(crate) const CAPACITY_PAUSE: Millis = Millis::new(500);

/// The protocol.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hello;

impl Protocol for Hello {
    fn recognise(&mut self, message: &Message) -> Meaning {
        match message.as_text() {
            Some(HELLO) => Meaning::sign(Sign::Accepted),
            Some(WARNING) => Meaning::sign(Sign::Asked(Verdict::Renew { within: Millis::ZERO }, "warning".into())),
            Some(TOO_MANY) => Meaning::sign(Sign::Asked(Verdict::RetryAfter(CAPACITY_PAUSE), "too many".into())),
            Some(_) | None => Meaning::PAYLOAD,
        }
    }
}
