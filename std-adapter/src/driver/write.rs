//! The way of messages from the outbox to the connections.

use std::task::Context;

use relink_core::{Event, Report};

use super::slot::Pen;
use super::view::Place;
use super::{Driver, trace};
use crate::entry::Entry;
use crate::load::Load;
use crate::observe::Direction;
use crate::receipt::Fate;
use crate::{Connection, Transport};

impl<T: Transport> Driver<T> {
    /// A message for one connection and no other.
    pub(super) fn route(&mut self, entry: Entry<T::Message>) {
        match self.slots.iter_mut().flatten().find(|slot| Some(slot.attempt) == entry.on() && slot.takes_messages()) {
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
}
