//! Owns the way of what comes in: messages to the user, all that means something to the link to the core.

use std::task::{Context, Poll};

use relink_core::{Event, Report};

use super::{Driver, trace};
use crate::load::Load;
use crate::observe::{Content, Direction, Frame};
use crate::{Connection, Ending, Incoming, Transport};

/// Frames read from one connection in a turn before the others, and what is to be written, get theirs.
const BURST_MAX: u32 = 64;

impl<T: Transport> Driver<T> {
    /// Reads all there is, as far as there is room for it.
    pub(super) fn receive(&mut self, cx: &mut Context<'_>) {
        let mut load = Load::default();
        for place in 0..self.slots.len() {
            let mut budget = BURST_MAX;
            while let Some(incoming) = self.next(place, &mut budget, cx) {
                self.take_in(place, incoming, &mut load);
            }
            self.tell_heard(place);
        }
        if load.messages > 0 {
            self.shared.counters.messages_in.add(u64::from(load.messages));
            self.shared.counters.bytes_in.add(u64::from(load.bytes));
            trace::messages(Direction::In, load);
        }
    }

    fn next(&mut self, place: usize, budget: &mut u32, cx: &mut Context<'_>) -> Option<Incoming<T::Message>> {
        let slot = self.slots[place].as_deref_mut()?;
        let Some(left) = budget.checked_sub(1) else {
            self.progress = true;
            return None;
        };
        *budget = left;
        slot.paused = !self.notices.has_room(&self.shared, !slot.accepted, cx);
        if slot.paused {
            return None;
        }
        match slot.connection.poll_receive(cx) {
            Poll::Ready(incoming) => Some(incoming),
            Poll::Pending => None,
        }
    }

    fn take_in(&mut self, place: usize, incoming: Incoming<T::Message>, load: &mut Load) {
        match incoming {
            Incoming::Message(message) => self.deliver(place, message, load),
            Incoming::Both(message, report) => {
                self.deliver(place, message, load);
                self.report(place, report);
            }
            Incoming::Report(report) => self.report(place, report),
            Incoming::Closed(ending) => self.closed(place, ending),
            Incoming::Broken(code, ending) => self.broken(place, code, ending),
            Incoming::Lost(ending) => {
                self.observe(place, Content::Ending(&ending));
                self.tell_heard(place);
                self.lost(place, ending);
            }
        }
    }

    fn deliver(&mut self, place: usize, message: T::Message, load: &mut Load) {
        let weight = u32::try_from(T::weight(&message)).unwrap_or(u32::MAX);
        self.observe(place, Content::Message(&message, weight));
        let Some(slot) = &mut self.slots[place] else { return };
        slot.heard = true;
        // A reply of the protocol's own may have been queued on reading it.
        slot.dirty = true;
        *load = load.plus(Load::of(weight));
        self.notices.message(slot.attempt, message, weight);
    }

    fn report(&mut self, place: usize, report: Report) {
        self.observe(place, Content::Report(report));
        let Some(slot) = &mut self.slots[place] else { return };
        slot.dirty = true;
        let attempt = slot.attempt;
        match report {
            Report::Heard => slot.heard = true,
            Report::Pulse(next) => {
                slot.pulse = Some(next);
                self.tell_on(place, report, None);
            }
            Report::Asked(_) => self.tell_on(place, report, Some(&Ending::Asked)),
            Report::Opened | Report::Accepted | Report::Drained => self.tell_on(place, report, None),
            // Not what a transport says this way; `Incoming` has words that say why.
            Report::Closed(_) => self.closed(place, Ending::Finished),
            Report::Broken(code) => self.broken(place, code, Ending::Finished),
            Report::Lost(_) => {
                tracing::debug!(parent: &self.span, attempt = attempt.number(), "the transport reports a loss without a reason");
                self.lost(place, Ending::Eof);
            }
        }
    }

    /// The peer's Close. As the answer to our own it says nothing new: what counts then is the end of the transport.
    fn closed(&mut self, place: usize, ending: Ending) {
        self.observe(place, Content::Ending(&ending));
        let Some(slot) = &mut self.slots[place] else { return };
        slot.dirty = true;
        if slot.closing {
            return;
        }
        slot.closing = true;
        self.held_changed = true;
        slot.why.get_or_insert_with(|| ending.clone());
        let verdict = self.verdict(&ending);
        self.tell_on(place, Report::Closed(verdict), Some(&ending));
    }

    fn broken(&mut self, place: usize, code: relink_core::CloseCode, ending: Ending) {
        self.observe(place, Content::Ending(&ending));
        let Some(slot) = &mut self.slots[place] else { return };
        slot.dirty = true;
        if slot.closing {
            return;
        }
        slot.why.get_or_insert_with(|| ending.clone());
        self.tell_on(place, Report::Broken(code), Some(&ending));
    }

    /// The signs of life of this turn, merged into one.
    pub(super) fn tell_heard(&mut self, place: usize) {
        let Some(slot) = &mut self.slots[place] else { return };
        if std::mem::take(&mut slot.heard) {
            let attempt = slot.attempt;
            self.tell(Event::Of(attempt, Report::Heard), None);
        }
    }

    fn tell_on(&mut self, place: usize, report: Report, why: Option<&Ending>) {
        self.tell_heard(place);
        if let Some(slot) = &self.slots[place] {
            let attempt = slot.attempt;
            self.tell(Event::Of(attempt, report), why);
        }
    }

    fn observe(&mut self, place: usize, content: Content<'_, T::Message>) {
        if let (Some(observer), Some(slot)) = (&mut self.observer, &self.slots[place]) {
            observer.frame(&Frame { now: self.now, attempt: slot.attempt, direction: Direction::In, content });
        }
    }
}
