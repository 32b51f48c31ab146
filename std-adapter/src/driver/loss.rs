//! The loss of connections: when a write that failed or stands still is the end of one, what is read before that, and what
//! becomes of what was on its way.

use relink_core::{CloseCode, Event, Millis, Report, Verdict};

use super::slot::Slot;
use super::{Driver, Ended};
use crate::ending::Phase;
use crate::load::Load;
use crate::observe::{Content, Direction, Frame};
use crate::{Ending, Transport};

impl<T: Transport> Driver<T> {
    /// Goes on with connections that can only be read from. What the peer said before the write failed is still there, its Close with
    /// a verdict perhaps, so all of it is read first, as the consumer makes room; nobody who wants to send waits for
    /// a consumer that does not come.
    pub(super) fn read_out(&mut self) {
        for seat in 0..self.slots.len() {
            let Some(slot) = &mut self.slots[seat] else { continue };
            if slot.failed.is_none() {
                continue;
            }
            self.progress |= !slot.dry && slot.parked.is_none();
            let (attempt, is_parked) = (slot.attempt, slot.parked.is_some());
            if !std::mem::replace(&mut slot.sealed, true) {
                // What is to be sent waits for the next connection, as if there were none.
                self.switch();
            }
            let somebody_waits = self.place.up() == Some(attempt) && !self.shared.outbox().is_empty();
            let patience = if is_parked { somebody_waits.then(|| self.patience()) } else { Some(self.write_timeout) };
            if let Some(slot) = &mut self.slots[seat] {
                slot.outlives(self.now, patience);
            }
        }
    }

    /// How long a consumer may take until it comes back: the time of a write for each event it has in hand, and one more.
    fn patience(&self) -> Millis {
        let events = u32::try_from(self.shared.inbox().in_hand()).unwrap_or(u32::MAX);
        Millis::new(self.write_timeout.get().saturating_mul(events.saturating_add(1)))
    }

    /// Ends connections on which a write failed, or made no progress for too long.
    pub(super) fn bury(&mut self) {
        for seat in 0..self.slots.len() {
            let Some(slot) = &mut self.slots[seat] else { continue };
            if self.now < slot.lost_at() {
                continue;
            }
            let why = match slot.failed.take() {
                Some(failure) => *failure,
                None => {
                    self.shared.counters.stalls.add(1);
                    Ending::Timeout(Phase::Write(self.write_timeout))
                }
            };
            self.lost(seat, why);
        }
    }

    /// The transport is gone, or is given up here and now.
    pub(super) fn lost(&mut self, seat: usize, ending: Ending) {
        let Some(slot) = &self.slots[seat] else { return };
        // After a Close the verdict was said with it, or there is nothing to be judged.
        let verdict = if slot.is_closing() { Verdict::Retry } else { self.verdict(&ending) };
        self.lose(seat, ending, verdict);
    }

    /// As [`Driver::lost`], with this verdict.
    pub(super) fn lose(&mut self, seat: usize, ending: Ending, verdict: Verdict) {
        let Some(slot) = self.slots[seat].take() else { return };
        self.held_changed = true;
        let (attempt, accepted) = (slot.attempt, slot.accepted);
        let why = slot.why.as_deref().cloned().unwrap_or(ending);
        self.discard(*slot);
        self.ended.push(Ended { attempt, accepted, why: why.clone() });
        self.tell(Event::Of(attempt, Report::Lost(verdict)), Some(&why));
    }

    /// Says Close on a connection that is dropped before its closing handshake, as far as its socket takes that here and now. A server
    /// then frees its place at once; the loss of the transport alone may be noticed late (Slack counts such a connection for a minute).
    pub(super) fn takes_leave(&mut self, seat: usize, why: &Ending) {
        let Some(slot) = self.slots[seat].as_mut().filter(|slot| slot.takes_messages()) else { return };
        let known = if matches!(why, Ending::Timeout(_)) { self.link.config().timeout_code } else { CloseCode::GOING_AWAY };
        let code = slot.own_code.unwrap_or(known);
        if let Some(observer) = &mut self.observer {
            let (attempt, direction) = (slot.attempt, Direction::Out);
            observer.frame(&Frame { now: self.now, attempt, direction, content: Content::Close(code) });
        }
        slot.says_close(code);
    }

    /// Drops a connection and tells what became of the messages on it.
    pub(super) fn discard(&mut self, mut slot: Slot<T::Connection>) {
        if let Some(message) = slot.parked.take().and_then(|parked| parked.split().0) {
            self.deliver_last(slot.attempt, message);
        }
        let (unknown, bound) = slot.end();
        self.shared.counters.unknown.add(unknown);
        for entry in bound {
            self.shared.hand_over(Load::of(entry.weight));
            self.give_up(entry);
        }
    }
}
