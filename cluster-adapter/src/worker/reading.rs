//! Owns what comes into a shift's hand: deliveries, what was lost on its way, and the signs that keep it there.

use std::collections::BTreeSet;
use std::collections::btree_map::Entry;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::FutureExt;
use relink_core::Millis;
use tokio::time::Instant;

use super::gathering::{Gathering, Wary};
use super::settle::Answer;
use super::shift::{InHand, SIGNS, Shift, Tries};
use super::{Counts, Handler};
use crate::{Consumer, Delivery, Fault, Unanswered};

/// After a fault.
const PAUSE: Duration = Duration::from_millis(250);

impl<D: Delivery, H: Handler> Shift<D, H> {
    pub(super) fn come(&mut self, come: Result<D, Fault>) {
        match come {
            Ok(delivery) => self.take(delivery),
            Err(fault) => {
                tracing::debug!(%fault, "reading from the queue");
                self.reads_from = Some(Instant::now() + PAUSE);
            }
        }
    }

    pub(super) fn tell_how_to_read<C: Consumer>(&mut self, consumer: &mut C) {
        if self.gathering.is_none() {
            self.wary = Wary::No;
        }
        let is_so = self.wary != Wary::No;
        if std::mem::replace(&mut self.is_one_by_one, is_so) != is_so {
            consumer.one_by_one(is_so);
        }
    }

    pub(super) fn may_read(&self) -> bool {
        self.reads_from.is_none() && (self.wary == Wary::No || self.hand.is_empty())
    }

    fn take(&mut self, delivery: D) {
        let (sequence, told) = (delivery.sequence(), Instant::now());
        let place = match self.hand.entry(sequence) {
            // It was too long without a sign. The answer to the delivery before counts, too.
            Entry::Occupied(mut in_hand) => return in_hand.get_mut().told = told,
            Entry::Vacant(place) => place,
        };
        self.floor.counts.in_hand.fetch_add(1, Ordering::Relaxed);
        self.gathering = self.gathering.take().and_then(|gathering| gathering.come(sequence, told));
        if self.wary == Wary::Looks {
            self.wary = if delivery.delivered() > self.deliveries_usual { Wary::Yes } else { Wary::No };
        }
        let envelope = delivery.envelope();
        let is_repeat = self.floor.was_done(&envelope.id);
        if !is_repeat {
            self.keys.push(&envelope.key, sequence, Tries { made: delivery.delivered().saturating_sub(1), memory: Millis::ZERO });
        }
        place.insert(InHand { delivery: Arc::new(delivery), told, is_answered: false });
        if is_repeat {
            Counts::count(&self.floor.counts.repeats);
            self.answer(sequence, Answer::Done);
        }
    }

    /// Takes the partition over anew. No answer is under way meanwhile: what is in hand is what is unanswered and has come.
    ///
    /// Each time what is missing is delivered once more, and that is counted. Where it goes astray again, the first time was too soon: the next waits until
    /// whatever leads it astray is over.
    pub(super) async fn recover<C: Consumer>(&mut self, consumer: &mut C) {
        let in_hand: BTreeSet<_> = self.hand.keys().copied().collect();
        let now = Instant::now();
        self.recovers_next = now + self.recovers_every;
        match consumer.take_over(&in_hand).await {
            Ok(unanswered) => {
                let missing = unanswered.count.saturating_sub(in_hand.len() as u64);
                tracing::info!(missing, in_hand = in_hand.len(), "something was lost on its way here: the partition is taken over anew");
                self.gathering = Gathering::of(Unanswered { count: missing, ..unanswered }, now, self.ack_wait);
                self.recovers_from = None;
            }
            Err(fault) => {
                tracing::debug!(%fault, "taking the partition over anew");
                self.recovers_from = Some(self.recovers_next);
            }
        }
    }

    /// Keeps in hand what would be delivered anew.
    pub(super) fn show_signs(&mut self, now: Instant) {
        if now < self.signs_due {
            return;
        }
        let every = self.ack_wait / SIGNS;
        self.signs_due = now + every;
        for in_hand in self.hand.values_mut().filter(|in_hand| !in_hand.is_answered && now - in_hand.told >= every) {
            in_hand.told = now;
            let delivery = in_hand.delivery.clone();
            // One that is not heard is followed by another in time.
            self.signs.push(async move { _ = delivery.in_progress().await }.boxed());
        }
    }
}
