//! Owns what one lead has in hand: each item is stored or asked about, judged, and acknowledged or let go.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use tokio::time::Instant;

use super::course::Terms;
use super::hand::{Hand, Held};
use super::judge::{Deed, Outcome, Why, deed, is_lost};
use super::notice::Notice;
use super::options::{Questions, Unconfirmed};
use super::source::{Ack, Item, Nature, Unsent};
use super::work::{self, Settled};
use crate::{Engine, Hold, PublishError, Publisher, Settings, Stored};

/// What one lead has in hand.
pub(super) struct Desk<'a, E, A> {
    terms: &'a Terms<E>,
    publisher: Arc<Publisher<E>>,
    hold: Hold,
    hand: Hand<A>,
    at_work: FuturesUnordered<BoxFuture<'static, (u64, Settled)>>,
}

/// A newer token has the lanes: the lead is over.
#[derive(Debug)]
pub(super) struct Fenced;

impl<'a, E: Engine, A: Ack> Desk<'a, E, A> {
    pub(super) fn new(terms: &'a Terms<E>, publisher: Arc<Publisher<E>>, hold: Hold) -> Self {
        let hand = Hand::new(terms.engine.settings().lanes, terms.options.in_hand_max);
        Self { terms, publisher, hold, hand, at_work: FuturesUnordered::new() }
    }

    pub(super) const fn terms(&self) -> &'a Terms<E> {
        self.terms
    }

    pub(super) fn settings(&self) -> &Settings {
        self.terms.engine.settings()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.hand.len() == 0
    }

    /// Marks the lanes in which nothing happens anew.
    pub(super) fn refresh(&self) -> BoxFuture<'static, Result<(), PublishError>> {
        let publisher = Arc::clone(&self.publisher);
        async move { publisher.refresh().await }.boxed()
    }

    /// Takes an item in hand, at its place.
    pub(super) fn take(&mut self, item: Item<A>) {
        let Item { envelope, nature, within, ack } = item;
        let held = Held::new(envelope, nature, ack, Instant::now() + within);
        self.terms.shared.stats().received += 1;
        let taken = if nature == Nature::Question && self.terms.options.questions == Questions::Ask {
            self.hand.take(held).map(|number| self.ask(number))
        } else {
            let lane = self.settings().lane_of(&held.envelope.key);
            self.hand.take_into(lane, held).map(|first| self.store(first))
        };
        if let Err(held) = taken {
            self.let_go(&held, Why::Beyond);
        }
        self.note_in_hand();
    }

    /// The next item that something became of; waits for one.
    pub(super) async fn settled(&mut self) -> (u64, Settled) {
        match self.at_work.next().await {
            Some(settled) => settled,
            None => std::future::pending().await,
        }
    }

    /// Does what is to be done with an item that something became of.
    pub(super) fn settle(&mut self, (number, settled): (u64, Settled)) -> Result<(), Fenced> {
        self.terms.shared.stats().retries += settled.retries;
        let is_fenced = settled.outcome == Outcome::Fenced;
        self.judge(number, settled);
        self.note_in_hand();
        if is_fenced { Err(Fenced) } else { Ok(()) }
    }

    /// When the time of one that waits behind another is up.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.hand.deadline()
    }

    /// Judges those whose time is up before it was their turn.
    pub(super) fn expire(&mut self) {
        let now = Instant::now();
        while let Some(number) = self.hand.due(now) {
            self.judge(number, Settled::new(Outcome::Unconfirmed));
        }
        self.note_in_hand();
    }

    /// The lead is over: everything is dropped.
    pub(super) fn clear(&mut self) {
        self.at_work.clear();
        while let Some(held) = self.hand.pop() {
            self.let_go(&held, Why::LeadOver);
        }
        self.note_in_hand();
    }

    fn judge(&mut self, number: u64, settled: Settled) {
        let Some(held) = self.hand.get_mut(number) else { return };
        if let Some(stored) = settled.stored {
            note_stored(self.terms, held, stored);
        }
        let goes_on = match self.terms.options.unconfirmed {
            Unconfirmed::Leave => None,
            Unconfirmed::Acknowledge { then_try_for } => Some(then_try_for),
        };
        match deed(settled.outcome, held.stage(), self.hold.is_valid(), goes_on.is_some()) {
            Deed::AcknowledgeAndGoOn => {
                let ack = held.ack.take();
                let is_waiting = self.hand.is_waiting(number);
                self.hand.prolong(number, Instant::now() + goes_on.unwrap_or_default());
                self.terms.shared.stats().acknowledged_unconfirmed += 1;
                self.acknowledge(number, ack, None);
                if !is_waiting {
                    self.store(Some(number));
                }
            }
            Deed::Acknowledge => {
                let ack = held.ack.take();
                self.acknowledge(number, ack, settled.answer.as_deref());
                self.remove(number);
            }
            Deed::Leave(why) => {
                if let Some(held) = self.remove(number) {
                    self.let_go(&held, why);
                }
            }
        }
    }

    /// The item is out of hand; the next of its lane is stored.
    fn remove(&mut self, number: u64) -> Option<Held<A>> {
        let (held, next) = self.hand.let_go(number)?;
        self.store(next);
        Some(held)
    }

    fn acknowledge(&mut self, number: u64, ack: Option<A>, answer: Option<&[u8]>) {
        let (Some(ack), Some(held)) = (ack, self.hand.get_mut(number)) else { return };
        let id = &*held.envelope.id;
        let shared = &self.terms.shared;
        if answer.is_some() {
            shared.stats().answered += 1;
            shared.tell(Notice::Answered { id });
        }
        match ack.acknowledge(answer) {
            Ok(()) => {}
            Err(Unsent::WithoutAnswer) => shared.stats().answers_refused += 1,
            Err(Unsent::Gone) => return note_let_go(self.terms, held, Why::Gone),
        }
        shared.stats().acknowledged += 1;
        shared.tell(Notice::Acknowledged { id });
    }

    fn let_go(&self, held: &Held<A>, why: Why) {
        note_let_go(self.terms, held, why);
    }

    fn store(&mut self, number: Option<u64>) {
        let Some(number) = number else { return };
        let Some(held) = self.hand.get_mut(number) else { return };
        let stored = work::store(Arc::clone(&self.publisher), held.envelope.clone(), held.until);
        self.at_work.push(stored.map(move |settled| (number, settled)).boxed());
    }

    fn ask(&mut self, number: u64) {
        let Some(held) = self.hand.get_mut(number) else { return };
        let asked = work::ask(self.terms.engine.clone(), held.envelope.clone(), held.until);
        self.at_work.push(asked.map(move |settled| (number, settled)).boxed());
    }

    fn note_in_hand(&self) {
        self.terms.shared.stats().in_hand = self.hand.len();
    }
}

fn note_stored<E, A>(terms: &Terms<E>, held: &Held<A>, stored: Stored) {
    match stored {
        Stored::New(_) => terms.shared.stats().stored += 1,
        Stored::Duplicate => terms.shared.stats().duplicates += 1,
    }
    terms.shared.tell(Notice::Stored { id: &held.envelope.id, key: &held.envelope.key, stored });
}

fn note_let_go<E, A>(terms: &Terms<E>, held: &Held<A>, why: Why) {
    let is_lost = is_lost(held.nature, held.stage());
    terms.shared.stats().let_go(held.nature, why, is_lost);
    terms.shared.tell(Notice::Left { id: &held.envelope.id, why, is_lost });
}
