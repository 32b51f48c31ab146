//! Owns the way to the engine: it can be cut, and then nothing is heard of anything.

use std::collections::{BTreeSet, VecDeque};
use std::future::Future;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;

use relink_cluster::{
    Appended, AskError, Cell, Consumer, DeadLetter, Delivery, Engine, Entry, Envelope, Fault, Group, Holder, InProcess, Lane, Last, Record,
    Refused, Settings, Token, Unanswered, in_process,
};
use tokio::time::{Instant, sleep};

/// An engine behind a way that can be cut.
#[derive(Clone, Debug)]
pub(crate) struct Way {
    engine: InProcess,
    is_cut: Arc<AtomicBool>,
    /// So many deliveries are lost on their way.
    loses: Arc<AtomicU64>,
    /// Until then each delivery but every second one goes to somebody who is gone.
    stray: Arc<Mutex<Option<Instant>>>,
}

#[derive(Debug)]
pub(crate) struct Behind<T> {
    way: Way,
    it: T,
    /// Something was lost, and whether something has come since.
    lost: Option<bool>,
    /// After a take-over: what was left up to there comes in the worst order.
    left: Option<u64>,
    is_one_by_one: bool,
    ahead: VecDeque<in_process::Delivery>,
    /// The last one was not lost.
    has_come: bool,
}

const CUT: Fault = Fault::TimedOut { what: "hear anything" };

impl Way {
    pub(crate) fn to(engine: &InProcess) -> Self {
        Self { engine: engine.clone(), is_cut: Arc::default(), loses: Arc::default(), stray: Arc::default() }
    }

    pub(crate) fn cut(&self) {
        self.is_cut.store(true, Ordering::Relaxed);
    }

    pub(crate) fn mend(&self) {
        self.is_cut.store(false, Ordering::Relaxed);
    }

    /// Loses the next deliveries on their way.
    pub(crate) fn lose(&self, deliveries: u64) {
        self.loses.fetch_add(deliveries, Ordering::Relaxed);
    }

    /// Every second delivery goes astray for so long.
    pub(crate) fn lead_astray(&self, time: Duration) {
        *self.stray.lock().unwrap() = Some(Instant::now() + time);
    }

    /// Whether this delivery is lost: told, or every second one while they go astray.
    fn loses(&self, has_come: bool) -> bool {
        let is_told = self.loses.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |loses| loses.checked_sub(1)).is_ok();
        is_told || (has_come && self.stray.lock().unwrap().is_some_and(|until| Instant::now() < until))
    }

    /// What is asked while the way is cut does not happen.
    async fn ask<T>(&self, request: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
        if self.is_cut.load(Ordering::Relaxed) {
            sleep(self.engine.settings().request_timeout).await;
            return Err(CUT);
        }
        request.await
    }
}

impl Engine for Way {
    type Consumer = Behind<in_process::Consumer>;
    type Answers = <InProcess as Engine>::Answers;

    fn settings(&self) -> &Settings {
        self.engine.settings()
    }

    async fn read(&self, group: &Group) -> Result<Cell, Fault> {
        self.ask(self.engine.read(group)).await
    }

    async fn write(&self, group: &Group, expected: u64, record: Option<&Record>) -> Result<u64, Refused> {
        self.ask(async { Ok(self.engine.write(group, expected, record).await) }).await?
    }

    async fn announce(&self, group: &Group, member: &Holder) -> Result<(), Fault> {
        self.ask(self.engine.announce(group, member)).await
    }

    async fn withdraw(&self, group: &Group, member: &Holder) -> Result<(), Fault> {
        self.ask(self.engine.withdraw(group, member)).await
    }

    async fn members(&self, group: &Group) -> Result<BTreeSet<Holder>, Fault> {
        self.ask(self.engine.members(group)).await
    }

    async fn last(&self, lane: Lane<'_>) -> Result<Option<Last>, Fault> {
        self.ask(self.engine.last(lane)).await
    }

    async fn append(&self, lane: Lane<'_>, expected: u64, token: Token, entry: Entry<'_>) -> Result<Appended, Refused> {
        self.engine.append(lane, expected, token, entry).await
    }

    async fn add(&self, envelope: &Envelope) -> Result<Appended, Refused> {
        self.engine.add(envelope).await
    }

    async fn consume(&self, partition: u16) -> Result<Self::Consumer, Fault> {
        let it = self.ask(self.engine.consume(partition)).await?;
        Ok(Behind::new(self.clone(), it))
    }

    async fn ask(&self, envelope: &Envelope, until: Instant) -> Result<Bytes, AskError> {
        self.engine.ask(envelope, until).await
    }

    async fn answers(&self) -> Result<Self::Answers, Fault> {
        self.engine.answers().await
    }

    async fn dead_letters(&self, after: u64) -> Result<Vec<DeadLetter>, Fault> {
        self.engine.dead_letters(after).await
    }
}

impl<T> Behind<T> {
    const fn new(way: Way, it: T) -> Self {
        Self { way, it, lost: None, left: None, is_one_by_one: false, ahead: VecDeque::new(), has_come: true }
    }
}

impl Behind<in_process::Consumer> {
    async fn nearest(&mut self) -> Result<in_process::Delivery, Fault> {
        let Some(left) = self.left.filter(|_| !self.is_one_by_one) else {
            return match self.ahead.pop_front() {
                Some(delivery) => Ok(delivery),
                None => self.way.ask(self.it.next()).await,
            };
        };
        let first = self.way.ask(self.it.next()).await?;
        self.left = None;
        let mut all = vec![first];
        while let Some(Ok(next)) = self.it.next().now_or_never() {
            all.push(next);
        }
        let (mut left, newer): (Vec<_>, Vec<_>) = all.into_iter().partition(|delivery| delivery.sequence() <= left);
        left.reverse();
        self.ahead.extend(left.into_iter().chain(newer));
        self.ahead.pop_front().ok_or(CUT)
    }
}

impl Consumer for Behind<in_process::Consumer> {
    type Delivery = Behind<in_process::Delivery>;

    async fn next(&mut self) -> Result<Self::Delivery, Fault> {
        loop {
            let it = self.nearest().await?;
            if self.way.loses(self.has_come) {
                (self.lost, self.has_come) = (Some(false), false);
                continue;
            }
            self.has_come = true;
            self.lost = self.lost.map(|_| true);
            return Ok(Behind::new(self.way.clone(), it));
        }
    }

    async fn take_over(&mut self, in_hand: &BTreeSet<u64>) -> Result<Unanswered, Fault> {
        let unanswered = self.way.ask(self.it.take_over(in_hand)).await?;
        (self.lost, self.left) = (None, Some(unanswered.last));
        Ok(unanswered)
    }

    fn has_gap(&self) -> bool {
        self.lost == Some(true) || self.it.has_gap()
    }

    async fn unanswered(&mut self) -> Result<Unanswered, Fault> {
        self.way.ask(self.it.unanswered()).await
    }

    fn one_by_one(&mut self, is_so: bool) {
        self.is_one_by_one = is_so;
    }

    async fn close(self) -> Result<(), Fault> {
        for delivery in &self.ahead {
            self.way.ask(delivery.nack(Duration::ZERO)).await?;
        }
        self.way.ask(self.it.close()).await
    }
}

impl Delivery for Behind<in_process::Delivery> {
    fn envelope(&self) -> &Envelope {
        self.it.envelope()
    }

    fn sequence(&self) -> u64 {
        self.it.sequence()
    }

    fn token(&self) -> Token {
        self.it.token()
    }

    fn delivered(&self) -> u64 {
        self.it.delivered()
    }

    async fn ack(&self) -> Result<(), Fault> {
        self.way.ask(self.it.ack()).await
    }

    async fn nack(&self, delay: Duration) -> Result<(), Fault> {
        self.way.ask(self.it.nack(delay)).await
    }

    async fn in_progress(&self) -> Result<(), Fault> {
        self.way.ask(self.it.in_progress()).await
    }

    async fn dead_letter(&self, reason: &str) -> Result<(), Fault> {
        self.way.ask(self.it.dead_letter(reason)).await
    }
}
