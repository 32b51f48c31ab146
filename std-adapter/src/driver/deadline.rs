//! The passing of deadlines: when one counts, who may judge what it ends, and who is excused.

use std::future::Future;
use std::pin::pin;
use std::task::Context;

use relink_core::{Action, Event, Instant, Reaction, Report, Verdict};
use tokio::task::coop;

use super::{Driver, Ended};
use crate::{Ending, Transport};

/// What is waited for before something that is due is acted on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wait {
    No,
    /// The reactor's turn.
    Reactor,
    /// Nothing any more: the reactor had its turn.
    Looked,
    /// Another turn of reading.
    Reading,
}

impl<T: Transport> Driver<T> {
    /// Whether to wait a little before something that is due is acted on, because there may be more to read than could be seen.
    ///
    /// Sockets are seen as ready only once the reactor has looked at them. It has, if its timer woke us; not, if the thread was busy
    /// and somebody else did, or if a write has just failed. After that there may be more than is read in one turn, or
    /// tokio makes a task that has done much see empty sockets. It may be so once: a peer that floods us must not hold time up.
    pub(super) fn waits(&mut self, cx: &Context<'_>) -> bool {
        if self.wait == Wait::No && (self.timer.is_overdue(self.now) || self.slots.iter().flatten().any(|slot| slot.is_read_out())) {
            // Its waker is called behind the reactor's turn, and to be called is all there is to it.
            let _pending = pin!(tokio::task::yield_now()).poll(&mut Context::from_waker(&self.ear));
            self.wait = Wait::Reactor;
        }
        let unread = self.slots.iter().flatten().any(|slot| !slot.dry && slot.parked.is_none());
        self.wait = match self.wait {
            Wait::Reactor => Wait::Reactor,
            Wait::No | Wait::Looked if unread || !coop::has_budget_remaining() => {
                self.progress |= unread;
                cx.waker().wake_by_ref();
                Wait::Reading
            }
            Wait::No | Wait::Looked | Wait::Reading => Wait::No,
        };
        self.wait != Wait::No
    }

    /// A deadline has passed. All that could be read has been handed over by now.
    pub(super) fn expire(&mut self) {
        self.excuse_pulses();
        self.excuse_uploads();
        if self.is_due() && !self.judges_deadline() {
            self.tell(Event::Timeout, None);
        }
        self.excuse_silences();
        self.shrink();
    }

    pub(super) fn is_due(&self) -> bool {
        self.link.deadline().is_some_and(|deadline| self.now >= deadline)
    }

    /// When something is to be looked at again, if nothing happens before.
    pub(super) fn wake_at(&self) -> Instant {
        let deadline = self.link.deadline().unwrap_or(Instant::NEVER);
        let losses = self.slots.iter().flatten().map(|slot| slot.lost_at());
        losses.fold(deadline, Instant::min)
    }

    /// The core judges what its own deadlines end: as `Retry`. Where somebody sees it otherwise, the end of the attempt is
    /// told with that verdict, just before the deadline would have ended it. A link is a value: a copy says what it would do.
    fn judges_deadline(&mut self) -> bool {
        let before = self.link.state();
        let mut copy = self.link;
        let Reaction::Do(action) = copy.step(self.now, 0, Event::Timeout) else { return false };
        let (Action::Abort(attempt) | Action::Close(attempt, _)) = action else { return false };
        let why = self.cause(&before, &Event::Timeout, attempt, None);
        let already_ending = self.slots.iter().flatten().any(|slot| slot.attempt == attempt && slot.why.is_some());
        if already_ending || !matches!(why, Ending::Timeout(_)) {
            return false;
        }
        let verdict = self.verdict(&why);
        if verdict == Verdict::Retry {
            return false;
        }
        match (action, self.seat(attempt)) {
            (Action::Close(_, code), Some(seat)) => {
                if let Some(slot) = &mut self.slots[seat] {
                    slot.own_code = Some(code);
                    slot.why = Some(Box::new(why.clone()));
                }
                self.tell(Event::Of(attempt, Report::Asked(verdict)), Some(&why));
            }
            (_, Some(seat)) => {
                self.takes_leave(seat, &why);
                self.lose(seat, why, verdict);
            }
            (_, None) => {
                self.opening = None;
                self.ended.push(Ended { attempt, accepted: false, why: why.clone() });
                self.tell(Event::Of(attempt, Report::Lost(verdict)), Some(&why));
            }
        }
        true
    }

    /// A heartbeat that may be among what is not read is not overdue: the peer's promise counts from now.
    fn excuse_pulses(&mut self) {
        for seat in 0..self.slots.len() {
            if let Some(slot) = &self.slots[seat]
                && slot.parked.is_some()
                && let Some(next) = slot.pulse
            {
                let attempt = slot.attempt;
                self.tell(Event::Of(attempt, Report::Pulse(next)), None);
            }
        }
    }

    /// A peer that has yet to get our ping cannot have answered it. That it takes what comes before the ping is its sign of
    /// life meanwhile; the ping's time begins anew once it has left.
    fn excuse_uploads(&mut self) {
        for seat in 0..self.slots.len() {
            if let Some(slot) = &mut self.slots[seat]
                && slot.delays_ping()
            {
                let attempt = slot.attempt;
                self.tell_heard_on(attempt);
            }
        }
    }

    /// A connection that is not read from is not silent, we are deaf. The ping that a deadline may just have sent is the
    /// peer's sign of life from us; its answer cannot be seen.
    fn excuse_silences(&mut self) {
        for seat in 0..self.slots.len() {
            if let Some(slot) = &mut self.slots[seat]
                && slot.parked.is_some()
            {
                slot.heard = true;
                self.tell_heard(seat);
            }
        }
    }
}
