//! Owns what a user brings and is told: events as they happen, messages where they lie.

use relink_core::{Attempt, CloseCode, Instant, Link, Overlap, Pairing, Reaction, Verdict};
use relink_profiles::Profile;

use crate::ending::Ending;
use crate::wire::{Message, NoRoom};

/// Who is told what happens, while it happens: nothing is queued and nothing copied.
///
/// A closure that takes an [`Event`] is one. What it does holds up this link and nothing else; it must not wait. To hand work on,
/// it puts it into a channel or a flag of its own; to send, it uses the event's [`Reply`] or the [`Client`](crate::Client).
pub trait User<P: Profile, H = Overlap> {
    /// Something has happened.
    fn event(&mut self, event: Event<'_, P>);

    /// Whether one more message can be taken. While not, nothing that comes in is looked at, pings neither, and the peer is held up
    /// as TCP does it; call [`Client::wake`](crate::Client::wake) when that changes. A peer that waits for us is not taken for
    /// silent, nor its heartbeat for overdue. It is not asked on a connection that the peer has yet to accept.
    fn is_ready(&self) -> bool {
        true
    }

    /// Whether something that came in on this connection is still in hand, an acknowledgement owed for instance: a drain and
    /// the end of a replaced connection wait for it.
    fn is_busy(&self, attempt: Attempt) -> bool {
        let _ = attempt;
        false
    }

    /// What an ending means for the next attempt, where the protocol's opinion and the general one are not wanted.
    fn verdict(&self, why: &Ending) -> Option<Verdict> {
        let _ = why;
        None
    }

    /// A step of the link, for a recorder: what a scenario's line needs.
    fn step(&mut self, step: &Step<'_, H>) {
        let _ = step;
    }
}

impl<P: Profile, H, F: FnMut(Event<'_, P>)> User<P, H> for F {
    fn event(&mut self, event: Event<'_, P>) {
        self(event);
    }
}

/// What has happened. `Up` and `Down` come strictly in turns.
pub enum Event<'a, P: Profile> {
    /// The opening handshake is done: a protocol's greeting may be sent.
    Opened {
        /// The connection.
        attempt: Attempt,
        /// The subprotocol that the peer has chosen.
        subprotocol: Option<&'a str>,
        /// Sends on this connection.
        reply: &'a mut dyn Reply,
    },
    /// The link is up: the peer has accepted us.
    Up {
        /// The connection.
        attempt: Attempt,
    },
    /// A message, borrowed from the receive buffer.
    Message {
        /// The connection it came in on.
        attempt: Attempt,
        /// The message.
        message: Message<'a>,
        /// What the protocol makes of a text; none for a binary message.
        meaning: Option<Result<P::Incoming<'a>, P::Error>>,
        /// Sends on the same connection: where an acknowledgement belongs.
        reply: &'a mut dyn Reply,
    },
    /// A message was longer than the receive buffer, and is skipped.
    TooLarge {
        /// The connection.
        attempt: Attempt,
        /// How many bytes of it are known of.
        len: u64,
    },
    /// A new connection took over from another that still works: the link stays up.
    Renewed {
        /// The connection until now.
        old: Attempt,
        /// The connection from now on.
        new: Attempt,
    },
    /// The peer's Close came in, with its words.
    Closing {
        /// The connection.
        attempt: Attempt,
        /// Its code, if it gave one.
        code: Option<CloseCode>,
        /// Its reason, or nothing.
        reason: &'a str,
    },
    /// The link is down.
    Down {
        /// The connection that was up.
        attempt: Attempt,
        /// Why it ended.
        why: Ending,
        /// When the next attempt begins; none, if there is to be none.
        retry_at: Option<Instant>,
    },
    /// An attempt failed, or a connection ended before the peer had accepted us.
    Failed {
        /// The attempt.
        attempt: Attempt,
        /// Why.
        why: Ending,
        /// When the next attempt begins; none, if there is to be none.
        retry_at: Option<Instant>,
    },
    /// There will be no further attempt, until the next start.
    GaveUp {
        /// Why.
        why: Ending,
    },
}

/// Sends on one connection, at once or not at all.
pub trait Reply {
    /// Puts a message behind what is to be written on this connection. If it is lost before that is written, so is the message.
    ///
    /// # Errors
    ///
    /// There is no room, or the connection is closing. Nothing of it was taken then.
    fn send(&mut self, message: Message<'_>) -> Result<(), NoRoom>;
}

/// One step of the link, as it was told and decided.
#[derive(Clone, Copy, Debug)]
pub struct Step<'a, H = Overlap> {
    /// When.
    pub now: Instant,
    /// The chance that was given.
    pub roll: u32,
    /// What was told.
    pub event: relink_core::Event,
    /// What was decided.
    pub reaction: Reaction,
    /// The link after it.
    pub link: &'a Link<H>,
}

impl<H: Pairing> Step<'_, H> {
    /// When the link wants its next timeout.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        self.link.deadline()
    }
}
