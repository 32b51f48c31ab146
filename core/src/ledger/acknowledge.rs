//! What the user does with an envelope in hand: acknowledges it, or drops it.

use core::hash::{BuildHasher, Hash};

use super::list::Row;
use super::slot::{Hold, Slot};
use super::{Answer, Fate, Ledger};
use crate::Instant;
use crate::place::Place;

impl<I, S, B, C> Ledger<I, S, B, C>
where
    I: Eq + Hash,
    S: AsRef<[Slot<I, C>]> + AsMut<[Slot<I, C>]>,
    B: BuildHasher,
    C: Copy + Eq + Hash,
{
    /// The user has acknowledged this envelope: says where to send that, one connection at a call. Call until it is
    /// [`Answer::Done`]. To acknowledge twice is harmless.
    pub fn acknowledge(&mut self, now: Instant, id: &I) -> Answer<C> {
        self.tick(now);
        let Some(envelope) = self.store.find(id) else { return Answer::Unknown };
        match self.store.envelope(envelope).map(|envelope| envelope.hold) {
            Some(Hold::Acknowledged(_)) if self.is_forgotten(envelope, self.now) => Answer::Unknown,
            Some(Hold::Acknowledged(_)) | None => Answer::Done,
            Some(Hold::InHand(_)) => {
                let answer = self.answer(envelope);
                if !self.deliveries(envelope).any(|delivery| self.is_live(delivery)) {
                    self.put_away(envelope);
                }
                answer.map_or(Answer::Nowhere, Answer::On)
            }
        }
    }

    /// The user has dropped this envelope without an acknowledgement, and what becomes of it; nothing if it was not in hand.
    ///
    /// It is forgotten: should the peer deliver it again, it is [`Received::New`](super::Received::New).
    pub fn dropped(&mut self, id: &I) -> Option<Fate> {
        let at = self.store.find(id)?;
        let envelope = self.store.envelope(at)?;
        let fate = if envelope.redelivered { Fate::Again } else { Fate::Never };
        match envelope.hold {
            Hold::Acknowledged(_) => None,
            Hold::InHand(_) => {
                self.discard(at);
                Some(fate)
            }
        }
    }

    /// The first connection that waits for an answer and is still there; it waits no longer, nor do the lost ones before it.
    fn answer(&mut self, envelope: Place) -> Option<C> {
        while let Some(delivery) = self.detach_first(envelope) {
            let connection = self.store.delivery(delivery).and_then(|delivery| self.store.connection(delivery.connection));
            let on = connection.filter(|connection| !connection.lost).map(|connection| connection.name);
            self.settle(delivery);
            if on.is_some() {
                return on;
            }
        }
        None
    }

    /// An envelope in hand has been acknowledged on every connection that is still there.
    fn put_away(&mut self, envelope: Place) {
        while let Some(delivery) = self.detach_first(envelope) {
            self.settle(delivery);
        }
        self.in_hand = self.in_hand.saturating_sub(1);
        self.store.push(&mut self.remembered, Row::Main, envelope);
        if let Some(hold) = self.store.hold_mut(envelope) {
            *hold = Hold::Acknowledged(self.now);
        }
        if self.terms.remember_for.is_zero() {
            self.forget(envelope);
        }
    }
}
