//! The end of what is held: deliveries that need no answer any more, envelopes that are forgotten.

use core::hash::{BuildHasher, Hash};

use super::Ledger;
use super::list::Row;
use super::slot::{Hold, Slot, Stage};
use crate::Instant;
use crate::place::Place;

impl<I, S, B, C> Ledger<I, S, B, C>
where
    I: Eq + Hash,
    S: AsRef<[Slot<I, C>]> + AsMut<[Slot<I, C>]>,
    B: BuildHasher,
    C: Copy + Eq + Hash,
{
    /// Whether this envelope was acknowledged so long ago that it is not known any more.
    pub(super) fn is_forgotten(&self, envelope: Place, now: Instant) -> bool {
        let acknowledged = self.store.envelope(envelope).map(|envelope| envelope.hold);
        matches!(acknowledged, Some(Hold::Acknowledged(at)) if self.terms.forgotten(at) <= now)
    }

    /// Forgets an acknowledged envelope.
    pub(super) fn forget(&mut self, envelope: Place) {
        self.store.remove(&mut self.remembered, Row::Main, envelope);
        self.store.unchain(envelope);
        self.store.give(envelope);
    }

    /// Ends the wait for an answer to this delivery, of which its envelope no longer knows. A connection where nothing is in
    /// hand any more is forgotten.
    pub(super) fn settle(&mut self, at: Place) {
        self.unqueue(at);
        let Some(delivery) = self.store.delivery(at) else { return };
        let Some(mut deliveries) = self.store.connection(delivery.connection).map(|one| one.deliveries) else { return };
        self.store.remove(&mut deliveries, Row::Side, at);
        self.store.give(at);
        let Some(connection) = self.store.connection_mut(delivery.connection) else { return };
        connection.deliveries = deliveries;
        let lost = connection.lost;
        if deliveries.len > 0 {
            return;
        }
        if lost {
            self.store.remove(&mut self.lost, Row::Main, delivery.connection);
        } else {
            self.store.unchain(delivery.connection);
        }
        self.store.give(delivery.connection);
    }

    /// Takes a delivery out of the list of its stage.
    pub(super) fn unqueue(&mut self, at: Place) {
        match self.store.delivery(at).map(|delivery| delivery.stage) {
            Some(Stage::Fresh) => self.store.remove(&mut self.fresh, Row::Main, at),
            Some(Stage::Pressed) => self.store.remove(&mut self.pressed, Row::Main, at),
            Some(Stage::Late) | None => {}
        }
    }

    /// Whether this delivery's connection is still there.
    pub(super) fn is_live(&self, delivery: Place) -> bool {
        let connection = self.store.delivery(delivery).and_then(|delivery| self.store.connection(delivery.connection));
        connection.is_some_and(|connection| !connection.lost)
    }

    /// The deliveries of an envelope in hand that wait for an answer, in the order in which their connections brought it first.
    pub(super) fn deliveries(&self, envelope: Place) -> impl Iterator<Item = Place> {
        let first = match self.store.envelope(envelope).map(|envelope| envelope.hold) {
            Some(Hold::InHand(first)) => first,
            Some(Hold::Acknowledged(_)) | None => None,
        };
        core::iter::successors(first, |at| self.store.delivery(*at)?.sibling)
    }

    /// Takes the first delivery out of those of its envelope.
    pub(super) fn detach_first(&mut self, envelope: Place) -> Option<Place> {
        let first = self.deliveries(envelope).next()?;
        let next = self.store.delivery(first)?.sibling;
        *self.store.hold_mut(envelope)? = Hold::InHand(next);
        Some(first)
    }

    /// Takes this delivery out of those of its envelope.
    pub(super) fn detach(&mut self, envelope: Place, at: Place) {
        let next = self.store.delivery(at).and_then(|delivery| delivery.sibling);
        let before = self.deliveries(envelope).take_while(|other| *other != at).last();
        match before.and_then(|before| self.store.delivery_mut(before)) {
            Some(before) => before.sibling = next,
            None => self.store.hold_mut(envelope).into_iter().for_each(|hold| *hold = Hold::InHand(next)),
        }
    }

    /// Forgets an envelope in hand; nobody waits for it any more.
    pub(super) fn discard(&mut self, envelope: Place) {
        while let Some(delivery) = self.detach_first(envelope) {
            self.settle(delivery);
        }
        self.in_hand = self.in_hand.saturating_sub(1);
        self.store.unchain(envelope);
        self.store.give(envelope);
    }
}
