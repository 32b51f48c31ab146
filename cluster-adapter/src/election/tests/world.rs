//! Owns what goes wrong: clocks that differ, processes that pause, an engine whose answers are lost or late.

use std::collections::BTreeSet;
use std::future::{Future, pending};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use relink_core::Instant;
use relink_tokio::Clock;
use tokio::time::sleep;

use crate::election::Driver;
use crate::{
    Appended, AskError, Cell, DeadLetter, Engine, Entry, Envelope, Fault, Group, Holder, InProcess, Lane, Last, Record, Refused, Settings,
    Token,
};

/// A clock that goes wrong.
#[derive(Debug)]
pub(in crate::election) struct Bent {
    clock: Clock,
    /// Thousandths that it shows for each that passes.
    rate: u64,
    /// By how much it is ahead.
    ahead: AtomicU64,
}

impl Bent {
    pub(super) fn new(rate: u64, ahead: u64) -> Self {
        Self { clock: Clock::tokio(), rate, ahead: AtomicU64::new(ahead) }
    }

    pub(in crate::election) fn now(&self) -> Instant {
        Instant::from_millis(self.clock.now().as_millis() * self.rate / 1000 + self.ahead.load(Ordering::Relaxed))
    }

    pub(super) fn jump(&self, millis: u64) {
        self.ahead.fetch_add(millis, Ordering::Relaxed);
    }
}

/// A process that can be stopped and continued: its driver is not polled while it stands still.
pub(super) struct Process {
    driver: Driver,
    pause: Arc<Pause>,
}

#[derive(Default)]
pub(super) struct Pause {
    is_paused: AtomicBool,
    waker: Mutex<Option<Waker>>,
}

impl Process {
    pub(super) fn new(driver: Driver) -> (Self, Arc<Pause>) {
        let pause = Arc::new(Pause::default());
        (Self { driver, pause: Arc::clone(&pause) }, pause)
    }
}

impl Pause {
    pub(super) fn stop(&self) {
        self.is_paused.store(true, Ordering::Release);
    }

    pub(super) fn go_on(&self) {
        self.is_paused.store(false, Ordering::Release);
        if let Some(waker) = self.waker.lock().unwrap_or_else(PoisonError::into_inner).take() {
            waker.wake();
        }
    }
}

impl Future for Process {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.pause.is_paused.load(Ordering::Acquire) {
            *self.pause.waker.lock().unwrap_or_else(PoisonError::into_inner) = Some(context.waker().clone());
            return Poll::Pending;
        }
        Pin::new(&mut self.driver).poll(context)
    }
}

/// An engine at the end of a bad line.
#[derive(Clone, Debug)]
pub(super) struct Bad {
    engine: InProcess,
    line: Arc<Line>,
}

#[derive(Debug, Default)]
struct Line {
    /// Of a hundred requests so many are lost, and as many answers.
    lost_percent: AtomicU64,
    /// The longest way, in milliseconds, of a request and of an answer.
    way_max: AtomicU64,
    /// Nothing gets through.
    is_down: AtomicBool,
    writes: AtomicU64,
    dice: Mutex<fastrand::Rng>,
}

impl Bad {
    pub(super) fn new(engine: InProcess, seed: u64) -> Self {
        let line = Line { dice: Mutex::new(fastrand::Rng::with_seed(seed)), ..Line::default() };
        Self { engine, line: Arc::new(line) }
    }

    pub(super) fn loses(self, percent: u64, way_max: u64) -> Self {
        self.line.lost_percent.store(percent, Ordering::Relaxed);
        self.line.way_max.store(way_max, Ordering::Relaxed);
        self
    }

    pub(super) fn is_down(&self, is_down: bool) {
        self.line.is_down.store(is_down, Ordering::Relaxed);
    }

    pub(super) fn writes(&self) -> u64 {
        self.line.writes.load(Ordering::Relaxed)
    }

    fn roll(&self, below: u64) -> u64 {
        self.line.dice.lock().unwrap_or_else(PoisonError::into_inner).u64(..below.max(1))
    }

    /// One way; some come never.
    async fn way(&self) {
        let way = self.line.way_max.load(Ordering::Relaxed);
        if way > 0 {
            sleep(Duration::from_millis(self.roll(way))).await;
        }
        if self.line.is_down.load(Ordering::Relaxed) || self.roll(100) < self.line.lost_percent.load(Ordering::Relaxed) {
            pending().await
        }
    }
}

impl Engine for Bad {
    type Consumer = <InProcess as Engine>::Consumer;
    type Answers = <InProcess as Engine>::Answers;

    fn settings(&self) -> &Settings {
        self.engine.settings()
    }

    async fn read(&self, group: &Group) -> Result<Cell, Fault> {
        self.way().await;
        let answer = self.engine.read(group).await;
        self.way().await;
        answer
    }

    /// A request that was sent arrives, whether somebody still waits for its answer or not.
    async fn write(&self, group: &Group, expected: u64, record: Option<&Record>) -> Result<u64, Refused> {
        self.line.writes.fetch_add(1, Ordering::Relaxed);
        let (bad, group, record) = (self.clone(), group.clone(), record.cloned());
        let sent = tokio::spawn(async move {
            bad.way().await;
            bad.engine.write(&group, expected, record.as_ref()).await
        });
        let Ok(answer) = sent.await else { return pending().await };
        self.way().await;
        answer
    }

    async fn announce(&self, group: &Group, member: &Holder) -> Result<(), Fault> {
        self.engine.announce(group, member).await
    }

    async fn withdraw(&self, group: &Group, member: &Holder) -> Result<(), Fault> {
        self.engine.withdraw(group, member).await
    }

    async fn members(&self, group: &Group) -> Result<BTreeSet<Holder>, Fault> {
        self.engine.members(group).await
    }

    async fn last(&self, lane: Lane<'_>) -> Result<Option<Last>, Fault> {
        self.engine.last(lane).await
    }

    async fn append(&self, lane: Lane<'_>, expected: u64, token: Token, entry: Entry<'_>) -> Result<Appended, Refused> {
        self.engine.append(lane, expected, token, entry).await
    }

    async fn add(&self, envelope: &Envelope) -> Result<Appended, Refused> {
        self.engine.add(envelope).await
    }

    async fn consume(&self, partition: u16) -> Result<Self::Consumer, Fault> {
        self.engine.consume(partition).await
    }

    async fn ask(&self, envelope: &Envelope, until: tokio::time::Instant) -> Result<Bytes, AskError> {
        self.engine.ask(envelope, until).await
    }

    async fn answers(&self) -> Result<Self::Answers, Fault> {
        self.engine.answers().await
    }

    async fn dead_letters(&self, after: u64) -> Result<Vec<DeadLetter>, Fault> {
        self.engine.dead_letters(after).await
    }
}
