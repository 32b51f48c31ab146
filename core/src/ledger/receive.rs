//! What is received: seen for the first time, in hand, or acknowledged before.

use core::hash::{BuildHasher, Hash};

use super::list::{List, Row};
use super::slot::{Connection, Delivery, Envelope, Hold, Record, Slot, Stage};
use super::{Ledger, Received};
use crate::Instant;
use crate::place::Place;

/// The most slots that one envelope takes when it is received: itself, its delivery, and the connection that brought it.
pub(super) const SLOTS_MAX: u32 = 3;

impl<I, S, B, C> Ledger<I, S, B, C>
where
    I: Eq + Hash,
    S: AsRef<[Slot<I, C>]> + AsMut<[Slot<I, C>]>,
    B: BuildHasher,
    C: Copy + Eq + Hash,
{
    /// Takes note of an envelope and says what to do with it. `redelivered`: whether the peer delivers it again if it is
    /// not acknowledged.
    ///
    /// An envelope that comes again on the same connection is due anew there. It counts as coming on a connection that is
    /// not lost, whatever was said of that name before.
    pub fn received(&mut self, now: Instant, id: I, on: C, redelivered: bool) -> Received<I> {
        self.tick(now);
        self.forget_old();
        let Some(envelope) = self.store.find(&id) else { return self.record(id, on, redelivered) };
        match self.store.envelope(envelope).map(|envelope| envelope.hold) {
            Some(Hold::InHand(_)) => self.join(envelope, on),
            Some(Hold::Acknowledged(_)) if self.is_forgotten(envelope, self.now) => {
                self.forget(envelope);
                self.record(id, on, redelivered)
            }
            Some(Hold::Acknowledged(_)) | None => {
                self.remember(envelope);
                Received::Known
            }
        }
    }

    /// Notes that an envelope, which is in the list of what is remembered, was acknowledged once more.
    fn remember(&mut self, envelope: Place) {
        self.store.remove(&mut self.remembered, Row::Main, envelope);
        self.store.push(&mut self.remembered, Row::Main, envelope);
        if let Some(hold) = self.store.hold_mut(envelope) {
            *hold = Hold::Acknowledged(self.now);
        }
    }

    fn record(&mut self, id: I, on: C, redelivered: bool) -> Received<I> {
        if !self.make_room(on, 2) {
            return Received::Unrecorded(id);
        }
        let envelope = Record::Envelope(Envelope { id, redelivered, hold: Hold::InHand(None) });
        if let Some(envelope) = self.store.take_known(envelope) {
            self.in_hand = self.in_hand.saturating_add(1);
            let delivery = self.deliver(envelope, on);
            self.store.hold_mut(envelope).into_iter().for_each(|hold| *hold = Hold::InHand(delivery));
        }
        Received::New
    }

    fn join(&mut self, envelope: Place, on: C) -> Received<I> {
        let connection = self.store.find_connection(on);
        let brought = |at: &Place| self.store.delivery(*at).is_some_and(|delivery| Some(delivery.connection) == connection);
        let known = self.deliveries(envelope).find(brought);
        if let Some(delivery) = known {
            self.renew(delivery);
            return Received::Joined;
        }
        if !self.make_room(on, 1) {
            return Received::Unjoined;
        }
        let last = self.deliveries(envelope).last();
        let delivery = self.deliver(envelope, on);
        match last.and_then(|last| self.store.delivery_mut(last)) {
            Some(last) => last.sibling = delivery,
            None => self.store.hold_mut(envelope).into_iter().for_each(|hold| *hold = Hold::InHand(delivery)),
        }
        Received::Joined
    }

    /// Records that this connection brought this envelope; there is room for it.
    fn deliver(&mut self, envelope: Place, on: C) -> Option<Place> {
        let connection = match self.store.find_connection(on) {
            Some(connection) => connection,
            None => self.store.take_known(Record::Connection(Connection { name: on, lost: false, deliveries: List::EMPTY }))?,
        };
        let delivery = Delivery { envelope, connection, sibling: None, at: self.now, stage: Stage::Fresh };
        let at = self.store.take(Record::Delivery(delivery))?;
        self.store.push(&mut self.fresh, Row::Main, at);
        let mut deliveries = self.store.connection(connection)?.deliveries;
        self.store.push(&mut deliveries, Row::Side, at);
        self.store.connection_mut(connection)?.deliveries = deliveries;
        Some(at)
    }

    /// The same connection brought the same envelope again.
    fn renew(&mut self, at: Place) {
        self.unqueue(at);
        self.store.push(&mut self.fresh, Row::Main, at);
        if let Some(delivery) = self.store.delivery_mut(at) {
            (delivery.at, delivery.stage) = (self.now, Stage::Fresh);
        }
    }

    /// Frees so many slots, and one for the connection if it is new. Nothing is forgotten where that would not be enough.
    fn make_room(&mut self, on: C, slots: u32) -> bool {
        let needed = if self.store.find_connection(on).is_some() { slots } else { slots.saturating_add(1) };
        if self.store.free.len.saturating_add(self.remembered.len) < needed {
            self.unrecorded = self.unrecorded.saturating_add(1);
            return false;
        }
        while self.store.free.len < needed
            && let Some(oldest) = self.remembered.first
        {
            let early = !self.is_forgotten(oldest, self.now);
            self.forgotten_early = self.forgotten_early.saturating_add(u64::from(early));
            self.forget(oldest);
        }
        true
    }

    /// One envelope at most is added to what is remembered for each that is received, so two at a time are enough.
    fn forget_old(&mut self) {
        for _ in 0..2 {
            match self.remembered.first {
                Some(oldest) if self.is_forgotten(oldest, self.now) => self.forget(oldest),
                Some(_) | None => return,
            }
        }
    }
}
