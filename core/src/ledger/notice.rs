//! What a ledger tells by itself: what becomes due, and what the loss of a connection means.

use core::hash::{BuildHasher, Hash};

use super::list::Row;
use super::slot::{Slot, Stage};
use super::{Fate, Ledger, Notice};
use crate::Instant;
use crate::place::Place;

impl<I, S, B, C> Ledger<I, S, B, C>
where
    I: Eq + Hash,
    S: AsRef<[Slot<I, C>]> + AsMut<[Slot<I, C>]>,
    B: BuildHasher,
    C: Copy + Eq + Hash,
{
    /// Nothing more can be sent on this connection: it is lost, or was closed. Says how many envelopes in hand it concerns;
    /// each of them is told by [`timeout`](Ledger::timeout), which is due at once.
    pub fn lost(&mut self, now: Instant, on: C) -> u32 {
        self.tick(now);
        let Some(at) = self.store.find_connection(on) else { return 0 };
        self.store.unchain(at);
        self.store.push(&mut self.lost, Row::Main, at);
        let Some(connection) = self.store.connection_mut(at) else { return 0 };
        connection.lost = true;
        connection.deliveries.len
    }

    /// When [`timeout`](Ledger::timeout) has something to tell.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        if self.lost.first.is_some() {
            return Some(self.now);
        }
        let arrival = |first: Option<Place>| Some(self.store.delivery(first?)?.at);
        let pressed = arrival(self.pressed.first).map(|at| self.terms.due(at));
        let fresh = arrival(self.fresh.first).map(|at| self.terms.pressing(at).min(self.terms.due(at)));
        let next = pressed.unwrap_or(Instant::NEVER).min(fresh.unwrap_or(Instant::NEVER));
        (next < Instant::NEVER).then_some(next)
    }

    /// The next thing to tell, if anything is due; call until there is nothing. Safe to call at any time.
    ///
    /// What is late before it was warned of is told late only.
    pub fn timeout(&mut self, now: Instant) -> Option<Notice<'_, I, C>> {
        self.tick(now);
        if let Some(connection) = self.lost.first {
            return self.tell_lost(connection);
        }
        let pressed = self.pressed.first;
        let fresh = self.fresh.first;
        if let Some(at) = pressed.filter(|at| self.is_past(*at, Stage::Late)).or(fresh.filter(|at| self.is_past(*at, Stage::Late))) {
            let (id, on, _) = self.advance(at, Stage::Late)?;
            return Some(Notice::Late { id, on });
        }
        let at = fresh.filter(|at| self.is_past(*at, Stage::Pressed))?;
        let (id, on, due) = self.advance(at, Stage::Pressed)?;
        Some(Notice::Pressing { id, on, due })
    }

    /// Whether it is time for this delivery to be in this stage.
    fn is_past(&self, at: Place, stage: Stage) -> bool {
        let Some(delivery) = self.store.delivery(at) else { return false };
        let begins = match stage {
            Stage::Fresh => delivery.at,
            Stage::Pressed => self.terms.pressing(delivery.at),
            Stage::Late => self.terms.due(delivery.at),
        };
        begins <= self.now
    }

    /// Puts a delivery into the next stage. Its id, its connection, and when it is due.
    fn advance(&mut self, at: Place, stage: Stage) -> Option<(&I, C, Instant)> {
        self.unqueue(at);
        match stage {
            Stage::Fresh => self.store.push(&mut self.fresh, Row::Main, at),
            Stage::Pressed => self.store.push(&mut self.pressed, Row::Main, at),
            Stage::Late => {}
        }
        let delivery = self.store.delivery_mut(at)?;
        delivery.stage = stage;
        let (envelope, connection, due) = (delivery.envelope, delivery.connection, self.terms.due(delivery.at));
        let on = self.store.connection(connection)?.name;
        Some((&self.store.envelope(envelope)?.id, on, due))
    }

    /// Tells the first of the deliveries on a lost connection, which waits no longer.
    fn tell_lost(&mut self, connection: Place) -> Option<Notice<'_, I, C>> {
        let (on, first) = self.store.connection(connection).map(|connection| (connection.name, connection.deliveries.first))?;
        let at = first?;
        let envelope = self.store.delivery(at)?.envelope;
        self.detach(envelope, at);
        self.settle(at);
        let elsewhere = self.deliveries(envelope).any(|delivery| self.is_live(delivery));
        let envelope = self.store.envelope(envelope)?;
        let fate = match (elsewhere, envelope.redelivered) {
            (true, _) => Fate::Elsewhere,
            (false, true) => Fate::Again,
            (false, false) => Fate::Never,
        };
        Some(Notice::Lost { id: &envelope.id, on, fate })
    }
}
