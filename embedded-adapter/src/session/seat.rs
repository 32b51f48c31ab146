//! Owns a seat: one connection, or the attempt to get one, as the session knows it.

use relink_core::{Attempt, CloseCode, Instant, Millis};

use crate::ending::Ending;
use crate::wire::NoRoom;

/// How long a transport may take nothing of what is to be written.
const WRITE_TIMEOUT: Millis = Millis::from_secs(30);

/// A connection, or the attempt to get one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seat {
    pub(super) attempt: Attempt,
    pub(super) is_dialling: bool,
    pub(super) accepted: bool,
    pub(super) ping: Ping,
    /// Nothing has come in since a late ping was excused: the next one is not.
    was_late: bool,
    /// A Close is to be written.
    pub(super) close: Option<CloseCode>,
    /// The code that a Close will have, whatever the link says: that of a violation or an overdue deadline.
    pub(super) own_code: Option<CloseCode>,
    pub(super) farewell: Farewell,
    /// Something came in since the link was told so.
    pub(super) heard: bool,
    /// The peer's own heartbeat, as promised last.
    pub(super) pulse: Option<Millis>,
    /// Something came in and was not looked at: the user is not ready, or it was much at once.
    pub(super) unread: bool,
    /// Something waits for room in the send buffer.
    pub(super) blocked: bool,
    /// The send buffer was empty when it was looked at last.
    pub(super) is_sent: bool,
    /// It was reported drained.
    pub(super) drained: bool,
    /// Bytes that the transport has taken, modulo 2³².
    pub(super) taken: u32,
    stall: Stall,
    /// Why it ends, once that is known: the first cause counts.
    pub(super) why: Option<Ending>,
}

/// How far the closing handshake is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Farewell {
    None,
    /// Our Close was written, with this code.
    Ours(CloseCode),
    /// The peer's came in.
    Theirs,
}

/// Where our last ping is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ping {
    /// It left at once, or something has come in since: its time counts.
    Gone,
    /// Ordered at this time, not written.
    Due { at: Instant, seen: u32 },
    /// In the send buffer; it leaves when `end` bytes were taken. So many (`seen`) were when this was looked at last.
    Written { at: Instant, end: u32, seen: u32 },
    /// It had to wait for what was before it, for half of the answer's time or more.
    Late,
}

/// A send buffer that does not get emptier: how much was taken, and until when more has to be.
#[derive(Clone, Copy, Debug)]
struct Stall {
    taken: u32,
    until: Instant,
}

impl Seat {
    pub(super) const fn new(attempt: Attempt) -> Self {
        Self {
            attempt,
            is_dialling: true,
            accepted: false,
            ping: Ping::Gone,
            was_late: false,
            close: None,
            own_code: None,
            farewell: Farewell::None,
            heard: false,
            pulse: None,
            unread: false,
            blocked: false,
            is_sent: false,
            drained: false,
            taken: 0,
            stall: Stall { taken: 0, until: Instant::NEVER },
            why: None,
        }
    }

    /// Whether a Close was ordered, sent or received: nothing more is judged.
    pub(super) fn is_closing(&self) -> bool {
        self.close.is_some() || self.farewell != Farewell::None
    }

    /// Whether a ping or a Close is to be written.
    pub(super) const fn has_orders(&self) -> bool {
        matches!(self.ping, Ping::Due { .. }) || self.close.is_some()
    }

    /// A ping is ordered.
    pub(super) const fn pings(&mut self, now: Instant) {
        self.ping = Ping::Due { at: now, seen: self.taken };
    }

    /// Our ping is in the send buffer, with `unsent` bytes up to its end.
    pub(super) const fn has_pinged(&mut self, unsent: u32) {
        if let Ping::Due { at, seen } = self.ping {
            self.ping = Ping::Written { at, end: self.taken.wrapping_add(unsent), seen };
        }
    }

    /// Looks whether our ping has left, and when. Its answer has `pong_timeout`, from the order on.
    pub(super) fn follows_ping(&mut self, now: Instant, pong_timeout: Millis) {
        if let Ping::Written { at, end, .. } = self.ping
            && self.taken.wrapping_sub(end) <= u32::MAX / 2
        {
            let was_long = now.since(at) >= u64::from(pong_timeout.get() / 2);
            self.ping = if was_long && !self.was_late { Ping::Late } else { Ping::Gone };
        }
    }

    /// Something came in: our ping need not be answered any more.
    pub(super) const fn answers_ping(&mut self) {
        (self.ping, self.was_late) = (Ping::Gone, false);
    }

    /// Whether our ping cannot have been answered yet, because the transport was busy taking what was to be written before it.
    pub(super) const fn delays_ping(&mut self) -> bool {
        let taken = self.taken;
        match &mut self.ping {
            Ping::Gone => false,
            Ping::Due { seen, .. } | Ping::Written { seen, .. } => core::mem::replace(seen, taken) != taken,
            Ping::Late => {
                (self.ping, self.was_late) = (Ping::Gone, true);
                true
            }
        }
    }

    /// Notes whether the transport takes what is to be written.
    pub(super) fn watches_writing(&mut self, now: Instant, is_sent: bool) {
        self.is_sent = is_sent;
        // Whom we do not read from may take nothing because of that.
        if is_sent || self.unread {
            self.stall.until = Instant::NEVER;
        } else if self.stall.until == Instant::NEVER || self.stall.taken != self.taken {
            self.stall = Stall { taken: self.taken, until: now.after(WRITE_TIMEOUT) };
        }
    }

    /// When it counts as lost, because its transport has taken nothing for too long. A closing handshake has its own deadline.
    pub(super) fn stalled_at(&self) -> Instant {
        if self.is_closing() { Instant::NEVER } else { self.stall.until }
    }

    /// `taken`: whether the send buffer had room.
    pub(super) fn takes(&mut self, taken: Result<(), NoRoom>, done: impl FnOnce(&mut Self)) {
        match taken {
            Err(NoRoom::Now) => self.blocked = true,
            // What can never be said is not worth waiting for; the link's deadlines see to the rest.
            Ok(()) | Err(NoRoom::Ever { .. } | NoRoom::NotOpen | NoRoom::Code(_)) => done(self),
        }
    }
}
