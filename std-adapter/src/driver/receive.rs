//! The way of what comes in: messages to the user, all that means something to the link to the core.

use std::task::{Context, Poll, Waker};

use relink_core::{Attempt, Event, Report, Verdict};

use super::slot::Closing;
use super::{Driver, trace};
use crate::load::Load;
use crate::observe::{Content, Direction, Frame};
use crate::{Connection, Ending, Incoming, Transport};

/// Frames read from one connection in a turn before the others, and what is to be written, get theirs.
const BURST_MAX: u32 = 64;

/// A message that there is room for.
struct Admitted {
    attempt: Attempt,
    weight: u32,
    early: bool,
}

impl<T: Transport> Driver<T> {
    /// Reads all there is, as far as there is room for it.
    pub(super) fn receive(&mut self) {
        // Lent out, because cloning it is not free and this is the busiest place of all.
        let ear = std::mem::replace(&mut self.ear, Waker::noop().clone());
        let mut cx = Context::from_waker(&ear);
        let mut load = Load::default();
        for seat in 0..self.slots.len() {
            let mut budget = BURST_MAX;
            while let Some(incoming) = self.listen(seat, &mut budget, &mut load, &mut cx) {
                self.understand(seat, incoming);
            }
            self.tell_heard(seat);
        }
        self.ear = ear;
        if load.messages > 0 {
            self.shared.counters.messages_in.add(u64::from(load.messages));
            self.shared.counters.bytes_in.add(u64::from(load.bytes));
            trace::messages(Direction::In, load);
        }
    }

    /// Delivers messages until something else comes in; none, when there is nothing more for now.
    fn listen(&mut self, seat: usize, budget: &mut u32, load: &mut Load, cx: &mut Context<'_>) -> Option<Incoming<T::Message>> {
        let slot = self.slots[seat].as_deref()?;
        if slot.parked.is_some() && !self.notices.has_room(&self.shared, !slot.accepted) {
            return None;
        }
        loop {
            let Some(left) = budget.checked_sub(1) else {
                self.progress = true;
                return None;
            };
            *budget = left;
            let incoming = self.slots[seat].as_deref_mut()?.poll_next(cx);
            // A message is looked at where it is, then moved once: another move would cost as much as the rest of this loop.
            let admitted = match &incoming {
                Poll::Ready(incoming) => incoming.message().and_then(|message| self.admit(seat, message)),
                Poll::Pending => None,
            };
            let Some(Admitted { attempt, weight, early }) = admitted else { return self.set_aside(seat, incoming) };
            *load = load.plus(Load::of(weight));
            match incoming {
                Poll::Ready(Incoming::Message(message)) => {
                    let _there_is_room = self.notices.message(attempt, message, weight, early);
                }
                Poll::Ready(more) => {
                    let (message, rest) = more.split();
                    message.map(|message| self.notices.message(attempt, message, weight, early));
                    return rest;
                }
                Poll::Pending => return None,
            }
        }
    }

    /// Whether a message that was read can be delivered: there is room.
    #[inline]
    fn admit(&mut self, seat: usize, message: &T::Message) -> Option<Admitted> {
        let slot = self.slots[seat].as_deref_mut()?;
        slot.heard = true;
        // A reply of the protocol's own may have been queued on reading it.
        slot.dirty |= slot.connection.wants_flush();
        let (attempt, early) = (slot.attempt, !slot.accepted);
        if !self.notices.has_room(&self.shared, early) {
            return None;
        }
        let weight = u32::try_from(T::weight(message)).unwrap_or(u32::MAX);
        if let Some(observer) = &mut self.observer {
            let content = Content::Message(message, weight);
            observer.frame(&Frame { now: self.now, attempt, direction: Direction::In, content });
        }
        Some(Admitted { attempt, weight, early })
    }

    /// What is not to be delivered now. With a message that is read, but for which there is no room, ends what can be known of
    /// this connection.
    fn set_aside(&mut self, seat: usize, incoming: Poll<Incoming<T::Message>>) -> Option<Incoming<T::Message>> {
        match incoming {
            Poll::Pending => None,
            Poll::Ready(unread) if unread.message().is_some() => {
                self.slots[seat].as_deref_mut()?.park(unread);
                None
            }
            Poll::Ready(incoming) => Some(incoming),
        }
    }

    fn understand(&mut self, seat: usize, incoming: Incoming<T::Message>) {
        match incoming {
            // They were delivered.
            Incoming::Message(_) | Incoming::AskedBy(..) | Incoming::Both(..) => {}
            Incoming::Report(report) => self.report(seat, report),
            Incoming::Asked(verdict, reason) => {
                self.observe(seat, Content::Report(Report::Asked(verdict)));
                self.asked(seat, verdict, Ending::Asked(reason));
            }
            Incoming::Closed(ending) => self.closed(seat, ending),
            Incoming::Broken(code, ending) => self.broken(seat, code, ending),
            Incoming::Lost(ending) => {
                self.observe(seat, Content::Ending(&ending));
                self.tell_heard(seat);
                self.lost(seat, ending);
            }
        }
    }

    /// A message that was read from a connection which is over now: there is one at most, so it needs no room.
    pub(super) fn deliver_last(&mut self, attempt: Attempt, message: T::Message) {
        let weight = u32::try_from(T::weight(&message)).unwrap_or(u32::MAX);
        let content = Content::Message(&message, weight);
        if let Some(observer) = &mut self.observer {
            observer.frame(&Frame { now: self.now, attempt, direction: Direction::In, content });
        }
        if self.notices.message(attempt, message, weight, false) {
            self.shared.counters.messages_in.add(1);
            self.shared.counters.bytes_in.add(u64::from(weight));
        } else {
            self.shared.counters.events_left_out.add(1);
        }
    }

    fn report(&mut self, seat: usize, report: Report) {
        self.observe(seat, Content::Report(report));
        let Some(slot) = &mut self.slots[seat] else { return };
        slot.dirty = true;
        let attempt = slot.attempt;
        match report {
            Report::Heard => slot.heard = true,
            Report::Pulse(next) => {
                slot.pulse = Some(next);
                self.tell_on(seat, report, None);
            }
            Report::Asked(verdict) => self.asked(seat, verdict, Ending::Asked("".into())),
            Report::Opened | Report::Accepted | Report::Drained => self.tell_on(seat, report, None),
            // Not what a transport says this way; `Incoming` has words that say why.
            Report::Closed(_) => self.closed(seat, Ending::Finished),
            Report::Broken(code) => self.broken(seat, code, Ending::Finished),
            Report::Lost(_) => {
                tracing::debug!(parent: self.span(), attempt = attempt.number(), "the transport reports a loss without a reason");
                self.lost(seat, Ending::Eof);
            }
        }
    }

    fn asked(&mut self, seat: usize, verdict: Verdict, why: Ending) {
        if let Some(slot) = &mut self.slots[seat] {
            slot.dirty = true;
        }
        self.tell_on(seat, Report::Asked(verdict), Some(&why));
    }

    /// The peer's Close. As the answer to our own it says nothing new: what counts then is the end of the transport. One that
    /// has crossed ours may end the link for good.
    fn closed(&mut self, seat: usize, ending: Ending) {
        self.observe(seat, Content::Ending(&ending));
        let Some(slot) = &mut self.slots[seat] else { return };
        slot.dirty = true;
        let is_answer = slot.is_answer(&ending);
        slot.closing = Closing::Theirs;
        if is_answer {
            return;
        }
        self.held_changed = true;
        slot.why.get_or_insert_with(|| Box::new(ending.clone()));
        let verdict = self.verdict(&ending);
        self.tell_on(seat, Report::Closed(verdict), Some(&ending));
    }

    fn broken(&mut self, seat: usize, code: relink_core::CloseCode, ending: Ending) {
        self.observe(seat, Content::Ending(&ending));
        let Some(slot) = &mut self.slots[seat] else { return };
        slot.dirty = true;
        if slot.is_closing() {
            return;
        }
        slot.why.get_or_insert_with(|| Box::new(ending.clone()));
        slot.own_code = Some(code);
        match self.verdict(&ending) {
            // What the core makes of a violation by itself; nobody goes on working on such a connection until another one is up.
            Verdict::Retry | Verdict::Renew { .. } => {}
            verdict => self.tell_on(seat, Report::Asked(verdict), Some(&ending)),
        }
        // If that has closed it, this is not news. It may also have meant nothing, to a connection that is drained for instance.
        if self.slots[seat].as_ref().is_some_and(|slot| !slot.is_closing()) {
            self.tell_on(seat, Report::Broken(code), Some(&ending));
        }
    }

    /// The signs of life of this turn, merged into one.
    pub(super) fn tell_heard(&mut self, seat: usize) {
        let Some(slot) = &mut self.slots[seat] else { return };
        if std::mem::take(&mut slot.heard) {
            slot.answers_ping();
            let attempt = slot.attempt;
            self.tell_heard_on(attempt);
        }
    }

    fn tell_on(&mut self, seat: usize, report: Report, why: Option<&Ending>) {
        self.tell_heard(seat);
        if let Some(slot) = &self.slots[seat] {
            let attempt = slot.attempt;
            self.tell(Event::Of(attempt, report), why);
        }
    }

    fn observe(&mut self, seat: usize, content: Content<'_, T::Message>) {
        if let (Some(observer), Some(slot)) = (&mut self.observer, &self.slots[seat]) {
            observer.frame(&Frame { now: self.now, attempt: slot.attempt, direction: Direction::In, content });
        }
    }
}
