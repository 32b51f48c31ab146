//! Owns lost answers: what was written is not heard of.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use relink_cluster::{
    Appended, AskError, Cell, DeadLetter, Engine, Entry, Envelope, Fault, Group, Holder, Lane, Last, Record, Refused, Settings, Token,
};
use tokio::time::Instant;

/// An engine that does what it is asked for, and of every so many writes of a lease the last one's answer is lost.
#[derive(Clone)]
pub(crate) struct Deaf<E> {
    engine: E,
    every: u64,
    writes: Arc<AtomicU64>,
}

impl<E> Deaf<E> {
    pub(crate) fn new(engine: E, every: u64) -> Self {
        Self { engine, every, writes: Arc::default() }
    }

    pub(crate) fn unheard(&self) -> u64 {
        self.writes.load(Ordering::Relaxed) / self.every
    }
}

impl<E: Engine> Engine for Deaf<E> {
    type Consumer = E::Consumer;
    type Answers = E::Answers;

    fn settings(&self) -> &Settings {
        self.engine.settings()
    }

    async fn read(&self, group: &Group) -> Result<Cell, Fault> {
        self.engine.read(group).await
    }

    async fn write(&self, group: &Group, expected: u64, record: Option<&Record>) -> Result<u64, Refused> {
        let outcome = self.engine.write(group, expected, record).await;
        if (self.writes.fetch_add(1, Ordering::Relaxed) + 1).is_multiple_of(self.every) {
            return Err(Fault::TimedOut { what: "write the lease" }.into());
        }
        outcome
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
