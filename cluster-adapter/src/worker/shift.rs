//! Owns the work on one partition for as long as a lead lasts: what is in hand, what is begun, what is answered.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use relink_core::Millis;
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::floor::Floor;
use super::gathering::Gathering;
use super::keys::{Begun, Keys};
use super::partition::Want;
use super::settle::{Answer, Settled, settle};
use super::{Counts, Handler, Job, Outcome};
use crate::{Consumer, Delivery, Fault, Hold, Settings, Unanswered};

pub(super) struct Shift<D, H> {
    pub(super) floor: Arc<Floor<H>>,
    pub(super) hold: Hold,
    ack_wait: Duration,
    /// Everything that was delivered and is not settled, by its place in the queue.
    pub(super) hand: BTreeMap<u64, InHand<D>>,
    pub(super) keys: Keys<Tries>,
    gathering: Option<Gathering>,
    pub(super) jobs: JoinSet<Over>,
    pub(super) answers: FuturesUnordered<BoxFuture<'static, Settled>>,
    /// Signs of progress that are under way.
    pub(super) signs: FuturesUnordered<BoxFuture<'static, ()>>,
    pub(super) signs_due: Instant,
    /// After a fault nothing is read until then.
    reads_from: Option<Instant>,
}

pub(super) struct InHand<D> {
    delivery: Arc<D>,
    /// Since then the queue waits for a sign.
    told: Instant,
    pub(super) is_answered: bool,
}

/// How often a job was tried.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tries {
    made: u64,
    memory: Millis,
}

/// A job that came to an end.
pub(super) struct Over {
    begun: Begun<Tries>,
    outcome: Outcome,
}

/// Why a shift ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ends {
    /// The lead does.
    Led,
    /// The worker wants the partition no more.
    Unwanted,
}

const PAUSE: Duration = Duration::from_millis(250);
/// Whatever is in hand shows a sign after a sixth to a third of the time in which one is due.
const SIGNS: u32 = 6;

impl<D: Delivery, H: Handler> Shift<D, H> {
    pub(super) fn new(settings: &Settings, floor: Arc<Floor<H>>, hold: Hold, unanswered: Unanswered) -> Self {
        let (now, ack_wait) = (Instant::now(), settings.ack_wait);
        Self {
            keys: Keys::new(floor.retries.followers),
            floor,
            hold,
            ack_wait,
            hand: BTreeMap::new(),
            gathering: Gathering::of(unanswered, now, ack_wait),
            jobs: JoinSet::new(),
            answers: FuturesUnordered::new(),
            signs: FuturesUnordered::new(),
            signs_due: now + ack_wait / SIGNS,
            reads_from: None,
        }
    }

    /// Works until the lead ends or the partition is wanted no more; then finishes what is begun, and hands back the rest.
    pub(super) async fn run<C: Consumer<Delivery = D>>(mut self, mut consumer: C, wanted: &mut watch::Receiver<Want>) -> Ends {
        let hold = self.hold.clone();
        let mut stepping_down = pin!(hold.stepping_down());
        let (ends, deadline) = loop {
            self.begin_jobs(None);
            let due = self.due();
            tokio::select! {
                biased;
                deadline = &mut stepping_down => break (Ends::Led, deadline),
                deadline = unwanted(wanted, self.floor.drain) => break (Ends::Unwanted, deadline),
                Some(over) = self.jobs.join_next(), if !self.jobs.is_empty() => self.over(over.ok()),
                Some(settled) = self.answers.next(), if !self.answers.is_empty() => self.settled(settled),
                Some(()) = self.signs.next(), if !self.signs.is_empty() => {}
                place = self.floor.places.clone().acquire_owned(), if self.can_begin() => self.begin_jobs(place.ok()),
                come = consumer.next(), if self.reads_from.is_none() => {
                    self.come(come);
                    while self.reads_from.is_none() && let Some(come) = consumer.next().now_or_never() {
                        self.come(come);
                    }
                }
                () = sleep_until(due) => self.time(&mut consumer).await,
            }
        };
        self.end(consumer, deadline).await;
        ends
    }

    /// When something is due by itself.
    fn due(&self) -> Instant {
        let looks = self.gathering.as_ref().map(|gathering| gathering.looks_at);
        [self.keys.deadline(), looks, self.reads_from].into_iter().flatten().fold(self.signs_due, Instant::min)
    }

    async fn time<C: Consumer>(&mut self, consumer: &mut C) {
        let now = Instant::now();
        self.keys.wake(now);
        self.show_signs(now);
        self.reads_from = self.reads_from.filter(|from| now < *from);
        if let Some(gathering) = self.gathering.as_mut().filter(|gathering| now >= gathering.looks_at)
            && gathering.is_over(consumer, self.hand.len()).await
        {
            self.gathering = None;
        }
    }

    fn come(&mut self, come: Result<D, Fault>) {
        match come {
            Ok(delivery) => self.take(delivery),
            Err(fault) => {
                tracing::debug!(%fault, "reading from the queue");
                self.reads_from = Some(Instant::now() + PAUSE);
            }
        }
    }

    fn take(&mut self, delivery: D) {
        let (sequence, told) = (delivery.sequence(), Instant::now());
        let place = match self.hand.entry(sequence) {
            // It was too long without a sign. The answer to the delivery before counts, too.
            Entry::Occupied(mut in_hand) => return in_hand.get_mut().told = told,
            Entry::Vacant(place) => place,
        };
        self.floor.counts.in_hand.fetch_add(1, Ordering::Relaxed);
        self.gathering = self.gathering.take().and_then(|gathering| gathering.come(sequence));
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

    fn can_begin(&self) -> bool {
        self.gathering.is_none() && self.keys.is_ready() && self.hold.is_valid()
    }

    /// Begins as many jobs as there are places, the first in this place.
    fn begin_jobs(&mut self, mut place: Option<OwnedSemaphorePermit>) {
        while self.can_begin() {
            let Some(place) = place.take().or_else(|| self.floor.places.clone().try_acquire_owned().ok()) else { return };
            let Some(begun) = self.keys.begin() else { return };
            self.begin(begun, place);
        }
    }

    fn begin(&mut self, mut begun: Begun<Tries>, place: OwnedSemaphorePermit) {
        let Some(in_hand) = self.hand.get(&begun.sequence) else { return };
        begun.job.made += 1;
        let job = Job {
            envelope: in_hand.delivery.envelope().clone(),
            sequence: begun.sequence,
            token: in_hand.delivery.token(),
            delivered: in_hand.delivery.delivered(),
            attempt: begun.job.made,
            hold: self.hold.clone(),
        };
        let floor = self.floor.clone();
        self.floor.counts.running.fetch_add(1, Ordering::Relaxed);
        self.jobs.spawn(async move {
            let outcome = floor.work(job).await;
            drop(place);
            Over { begun, outcome }
        });
    }

    /// A job is over; with no word, if it was stopped.
    pub(super) fn over(&mut self, over: Option<Over>) {
        self.floor.counts.running.fetch_sub(1, Ordering::Relaxed);
        let Some(Over { begun, outcome }) = over else { return };
        match outcome {
            Outcome::Done => {
                if let Some(in_hand) = self.hand.get(&begun.sequence) {
                    self.floor.is_done(&in_hand.delivery.envelope().id);
                }
                Counts::count(&self.floor.counts.done);
                self.keys.done(&begun.key);
                self.answer(begun.sequence, Answer::Done);
            }
            Outcome::Retry(reason) => self.failed(begun, &reason),
            Outcome::Dead(reason) => self.dead(&begun, reason.as_ref().into()),
        }
    }

    fn failed(&mut self, mut begun: Begun<Tries>, reason: &str) {
        let Tries { made, memory } = begun.job;
        match self.floor.retries.after(made, memory, fastrand::u32(..)) {
            Some((delay, memory)) => {
                tracing::debug!(sequence = begun.sequence, attempt = made, ?delay, reason, "a job is tried again");
                Counts::count(&self.floor.counts.retries);
                begun.job.memory = memory;
                self.keys.again(begun, Instant::now() + delay);
            }
            None => self.dead(&begun, format!("{reason} (try {made}, the last)").into()),
        }
    }

    fn dead(&mut self, begun: &Begun<Tries>, reason: Box<str>) {
        tracing::warn!(sequence = begun.sequence, key = %begun.key, reason, "a job is given up: dead letter");
        Counts::count(&self.floor.counts.dead);
        self.keys.done(&begun.key);
        self.answer(begun.sequence, Answer::Dead(reason));
    }

    pub(super) fn answer(&mut self, sequence: u64, answer: Answer) {
        let Some(in_hand) = self.hand.get_mut(&sequence) else { return };
        in_hand.is_answered = true;
        let (delivery, until) = (in_hand.delivery.clone(), Instant::now() + self.ack_wait);
        self.answers.push(async move { settle(&*delivery, &answer, until).await }.boxed());
    }

    pub(super) fn settled(&mut self, settled: Settled) {
        if !settled.is_confirmed {
            Counts::count(&self.floor.counts.unsettled);
        }
        if self.hand.remove(&settled.sequence).is_some() {
            self.floor.counts.in_hand.fetch_sub(1, Ordering::Relaxed);
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

/// Waits until the worker wants the partition no more: by when what is in hand is to be finished.
async fn unwanted(wanted: &mut watch::Receiver<Want>, drain: Duration) -> Instant {
    match wanted.wait_for(|want| *want != Want::Yes).await.map(|want| *want) {
        Ok(Want::End(deadline)) => deadline,
        Ok(Want::No | Want::Yes) => Instant::now() + drain,
        Err(_) => Instant::now(),
    }
}

impl<D, H> Drop for Shift<D, H> {
    fn drop(&mut self) {
        self.floor.counts.in_hand.fetch_sub(self.hand.len() as u64, Ordering::Relaxed);
        self.floor.counts.running.fetch_sub(self.jobs.len() as u64, Ordering::Relaxed);
    }
}
