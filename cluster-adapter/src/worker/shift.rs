//! Owns the work on one partition for as long as a lead lasts: what is in hand, what is begun, what is answered.

use std::collections::BTreeMap;
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
use super::gathering::{Gathering, Wary};
use super::keys::{Begun, Keys};
use super::partition::Want;
use super::settle::{Answer, Settled, settle};
use super::{Counts, Handler, Job, Outcome};
use crate::{Consumer, Delivery, Hold, Settings, Unanswered};

pub(super) struct Shift<D, H> {
    pub(super) floor: Arc<Floor<H>>,
    pub(super) hold: Hold,
    pub(super) ack_wait: Duration,
    /// Everything that was delivered and is not settled, by its place in the queue.
    pub(super) hand: BTreeMap<u64, InHand<D>>,
    pub(super) keys: Keys<Tries>,
    pub(super) gathering: Option<Gathering>,
    pub(super) wary: Wary,
    /// What the consumer was told of it last.
    pub(super) is_one_by_one: bool,
    /// More deliveries than that are too many for one that is left by others.
    pub(super) deliveries_usual: u64,
    pub(super) jobs: JoinSet<Over>,
    pub(super) answers: FuturesUnordered<BoxFuture<'static, Settled>>,
    /// Signs of progress that are under way.
    pub(super) signs: FuturesUnordered<BoxFuture<'static, ()>>,
    pub(super) signs_due: Instant,
    /// After a fault nothing is read until then.
    pub(super) reads_from: Option<Instant>,
    /// Something was lost on its way: from then on the partition is to be taken over anew, and nothing is begun before.
    pub(super) recovers_from: Option<Instant>,
    /// The next time is no sooner than this.
    pub(super) recovers_next: Instant,
    pub(super) recovers_every: Duration,
}

pub(super) struct InHand<D> {
    pub(super) delivery: Arc<D>,
    /// Since then the queue waits for a sign.
    pub(super) told: Instant,
    pub(super) is_answered: bool,
}

/// How often a job was tried.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tries {
    pub(super) made: u64,
    pub(super) memory: Millis,
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

/// Whatever is in hand shows a sign after a sixth to a third of the time in which one is due.
pub(super) const SIGNS: u32 = 6;

impl<D: Delivery, H: Handler> Shift<D, H> {
    pub(super) fn new(settings: &Settings, floor: Arc<Floor<H>>, hold: Hold, unanswered: Unanswered) -> Self {
        let (now, ack_wait) = (Instant::now(), settings.ack_wait);
        let recovers_every = settings.asked_for() * 5 / 4;
        Self {
            keys: Keys::new(floor.retries.followers),
            floor,
            hold,
            ack_wait,
            hand: BTreeMap::new(),
            gathering: Gathering::of(unanswered, now, ack_wait),
            wary: if unanswered.count > 0 { Wary::Looks } else { Wary::No },
            is_one_by_one: false,
            deliveries_usual: u64::from(settings.max_deliver / 2).max(1),
            jobs: JoinSet::new(),
            answers: FuturesUnordered::new(),
            signs: FuturesUnordered::new(),
            signs_due: now + ack_wait / SIGNS,
            reads_from: None,
            recovers_from: None,
            recovers_next: now + recovers_every,
            recovers_every,
        }
    }

    /// Works until the lead ends or the partition is wanted no more; then finishes what is begun, and hands back the rest.
    pub(super) async fn run<C: Consumer<Delivery = D>>(mut self, mut consumer: C, wanted: &mut watch::Receiver<Want>) -> Ends {
        let hold = self.hold.clone();
        let drain = self.floor.drain;
        let ending = async {
            tokio::select! {
                biased;
                deadline = hold.stepping_down() => (Ends::Led, deadline),
                deadline = unwanted(wanted, drain) => (Ends::Unwanted, deadline),
            }
        };
        let mut ending = pin!(ending);
        let (ends, deadline) = loop {
            tokio::select! {
                biased;
                ended = &mut ending => break ended,
                () = self.go_on(&mut consumer) => {}
            }
        };
        self.end(consumer, deadline).await;
        ends
    }

    /// What comes next. Dropping the future loses nothing.
    async fn go_on<C: Consumer<Delivery = D>>(&mut self, consumer: &mut C) {
        if self.recovers_from.is_some_and(|from| from <= Instant::now()) && self.answers.is_empty() {
            return self.recover(consumer).await;
        }
        self.tell_how_to_read(consumer);
        self.begin_jobs(None);
        let due = self.due();
        tokio::select! {
            biased;
            // Whatever else is there is taken along.
            Some(over) = self.jobs.join_next(), if !self.jobs.is_empty() => {
                self.over(over.ok());
                while let Some(over) = self.jobs.try_join_next() {
                    self.over(over.ok());
                }
            }
            Some(settled) = self.answers.next(), if !self.answers.is_empty() => {
                self.settled(settled);
                while let Some(Some(settled)) = self.answers.next().now_or_never() {
                    self.settled(settled);
                }
            }
            Some(()) = self.signs.next(), if !self.signs.is_empty() => {}
            place = self.floor.places.clone().acquire_owned(), if self.can_begin() => self.begin_jobs(place.ok()),
            come = consumer.next(), if self.may_read() => {
                self.come(come);
                while self.may_read() && let Some(come) = consumer.next().now_or_never() {
                    self.come(come);
                }
                if consumer.has_gap() && self.recovers_from.is_none() {
                    self.recovers_from = Some(Instant::now().max(self.recovers_next));
                }
            }
            () = sleep_until(due) => self.time(consumer).await,
        }
    }

    /// When something is due by itself.
    fn due(&self) -> Instant {
        let looks = self.gathering.as_ref().filter(|_| self.answers.is_empty()).map(|gathering| gathering.looks_at);
        let recovers = self.recovers_from.filter(|_| self.answers.is_empty());
        [self.keys.deadline(), looks, self.reads_from, recovers].into_iter().flatten().fold(self.signs_due, Instant::min)
    }

    async fn time<C: Consumer>(&mut self, consumer: &mut C) {
        let now = Instant::now();
        self.keys.wake(now);
        self.show_signs(now);
        self.reads_from = self.reads_from.filter(|from| now < *from);
        if self.answers.is_empty()
            && let Some(gathering) = self.gathering.as_mut().filter(|gathering| now >= gathering.looks_at)
            && gathering.is_over(consumer, self.hand.len()).await
        {
            self.gathering = None;
        }
    }

    fn can_begin(&self) -> bool {
        let is_gathered = self.gathering.is_none() || self.wary == Wary::Yes;
        is_gathered && self.recovers_from.is_none() && self.keys.is_ready() && self.hold.is_valid()
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
