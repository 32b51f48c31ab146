//! The way of messages from the outbox to the connections.

use std::task::Context;

use relink_core::{Event, Report, Verdict};

use super::slot::{Pen, Slot};
use super::view::Place;
use super::{Driver, Ended, trace};
use crate::ending::Phase;
use crate::entry::Entry;
use crate::load::Load;
use crate::observe::Direction;
use crate::receipt::Fate;
use crate::{Connection, Ending, Incoming, Transport};

impl<T: Transport> Driver<T> {
    /// A message for one connection and no other.
    pub(super) fn route(&mut self, entry: Entry<T::Message>) {
        match self.slots.iter_mut().flatten().find(|slot| Some(slot.attempt) == entry.on() && !slot.is_closing()) {
            Some(slot) => slot.bound.push_back(entry),
            None => {
                self.shared.hand_over(Load::of(entry.weight));
                self.give_up(entry);
            }
        }
    }

    /// A message that no connection will take.
    pub(super) fn give_up(&mut self, entry: Entry<T::Message>) {
        self.shared.counters.not_written.add(1);
        entry.tell(Fate::NotWritten);
    }

    /// Moves what waits into the write buffers, as far as there is room.
    pub(super) fn write(&mut self, cx: &mut Context<'_>) {
        let mut load = Load::default();
        let up = self.place.up();
        for slot in self.slots.iter_mut().flatten() {
            let is_current = up == Some(slot.attempt);
            if slot.bound.is_empty() && (!is_current || self.intake.is_empty()) {
                continue;
            }
            let observer = self.observer.as_deref_mut();
            let mut pen = Pen { cx, now: self.now, write_timeout: self.write_timeout, observer };
            // First what the turn before could not write, or a busy sender would never hear of it.
            if let Some(messages) = slot.flush(&mut pen) {
                self.shared.counters.flushes.add(u64::from(messages > 0));
            } else if slot.dirty {
                continue;
            }
            if !slot.bound.is_empty() {
                let mut bound = std::mem::take(&mut slot.bound);
                load = load.plus(slot.feed(&mut bound, &mut pen));
                slot.bound = bound;
            }
            if is_current {
                load = load.plus(slot.feed(&mut self.intake, &mut pen));
            }
        }
        if load.messages > 0 {
            self.shared.counters.messages_out.add(u64::from(load.messages));
            self.shared.counters.bytes_out.add(u64::from(load.bytes));
            self.shared.hand_over(load);
            trace::messages(Direction::Out, load);
        }
        if self.more && self.intake.is_empty() {
            self.progress = true;
        }
    }

    /// Writes what is queued to the sockets.
    pub(super) fn flush(&mut self, cx: &mut Context<'_>) {
        for slot in self.slots.iter_mut().flatten() {
            let mut pen = Pen { cx, now: self.now, write_timeout: self.write_timeout, observer: None };
            if let Some(messages) = slot.flush(&mut pen) {
                self.shared.counters.flushes.add(u64::from(messages > 0));
            }
        }
    }

    /// Ends connections on which a write failed, or made no progress for too long.
    pub(super) fn bury(&mut self) {
        for seat in 0..self.slots.len() {
            let Some(slot) = &mut self.slots[seat] else { continue };
            if slot.failed.is_some() && !slot.is_lost(self.now) {
                // The peer's last words may be among what is not read yet: its Close, with a verdict.
                self.progress |= slot.parked.is_none();
            } else if let Some(ending) = slot.failed.take() {
                self.lost(seat, *ending);
            } else if self.now >= slot.stalls_at() {
                self.shared.counters.stalls.add(1);
                self.lost(seat, Ending::Timeout(Phase::Write(self.write_timeout)));
            }
        }
    }

    /// Tells the core of connections on which nothing is in hand any more.
    pub(super) fn settle_drain(&mut self) {
        let Place::Draining(current) = self.place else { return };
        let all_taken = self.intake.is_empty() && self.shared.outbox().is_empty();
        for seat in 0..self.slots.len() {
            let Some(slot) = &mut self.slots[seat] else { continue };
            if slot.drained || !slot.is_clean() || (slot.attempt == current && !all_taken) || slot.connection.is_busy() {
                continue;
            }
            slot.drained = true;
            let attempt = slot.attempt;
            self.tell(Event::Of(attempt, Report::Drained), None);
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

    /// Drops a connection and tells what became of the messages on it.
    pub(super) fn discard(&mut self, mut slot: Slot<T::Connection>) {
        if let Some(Incoming::Message(message) | Incoming::Both(message, _)) = slot.parked.take().map(|parked| *parked) {
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
