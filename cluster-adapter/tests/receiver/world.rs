//! Owns the engine that falls silent when it is told to, and the replicas.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use relink_cluster::receiver::{Options, Receiver};
use relink_cluster::{
    Appended, AskError, Cell, Consumer, DeadLetter, Delivery, Election, Engine, Entry, Envelope, Fault, Group, Holder, InProcess, Lane,
    Last, Record, Refused, Settings, Token,
};
use relink_tokio::Clock;
use tokio::time::{Instant, sleep, timeout};

use crate::peer::Peer;

/// The engine in this process, as it is seen over a line that breaks.
#[derive(Clone)]
pub(crate) struct Shaky {
    engine: InProcess,
    line: Arc<Line>,
}

#[derive(Default)]
pub(crate) struct Line {
    /// Nothing that is published is answered.
    pub(crate) queue_is_silent: AtomicBool,
    /// What is published arrives all the same.
    pub(crate) queue_hears: AtomicBool,
    /// Nothing about leases is answered.
    pub(crate) leases_are_silent: AtomicBool,
}

impl Shaky {
    pub(crate) fn line(&self) -> &Line {
        &self.line
    }

    async fn silence<T>(&self, is_silent: &AtomicBool, what: &'static str) -> Result<(), T>
    where
        T: From<Fault>,
    {
        if is_silent.load(Ordering::Relaxed) {
            sleep(self.engine.settings().request_timeout).await;
            return Err(Fault::TimedOut { what }.into());
        }
        Ok(())
    }
}

impl Engine for Shaky {
    type Consumer = <InProcess as Engine>::Consumer;
    type Answers = <InProcess as Engine>::Answers;

    fn settings(&self) -> &Settings {
        self.engine.settings()
    }

    async fn read(&self, group: &Group) -> Result<Cell, Fault> {
        self.silence::<Fault>(&self.line.leases_are_silent, "read").await?;
        self.engine.read(group).await
    }

    async fn write(&self, group: &Group, expected: u64, record: Option<&Record>) -> Result<u64, Refused> {
        self.silence::<Refused>(&self.line.leases_are_silent, "write").await?;
        self.engine.write(group, expected, record).await
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
        self.silence::<Fault>(&self.line.queue_is_silent, "last").await?;
        self.engine.last(lane).await
    }

    async fn append(&self, lane: Lane<'_>, expected: u64, token: Token, entry: Entry<'_>) -> Result<Appended, Refused> {
        if self.line.queue_hears.load(Ordering::Relaxed) {
            let _ = self.engine.append(lane, expected, token, entry).await;
        }
        self.silence::<Refused>(&self.line.queue_is_silent, "append").await?;
        // A way there and back.
        sleep(Duration::from_millis(2)).await;
        self.engine.append(lane, expected, token, entry).await
    }

    async fn add(&self, envelope: &Envelope) -> Result<Appended, Refused> {
        self.silence::<Refused>(&self.line.queue_is_silent, "add").await?;
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

/// One queue, one peer, and as many replicas as are asked for.
pub(crate) struct World {
    engine: InProcess,
    pub(crate) peer: Peer,
}

/// One process.
pub(crate) struct Replica {
    pub(crate) engine: Shaky,
    pub(crate) receiver: Receiver,
}

pub(crate) fn group() -> Group {
    Group::new("eu-1").unwrap()
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(Self::settings())
    }

    pub(crate) fn settings() -> Settings {
        Settings { partitions: 1, max_ack_pending: 10_000, ..Settings::default() }
    }

    pub(crate) fn with(settings: Settings) -> Self {
        Self { engine: InProcess::new(settings), peer: Peer::default() }
    }

    /// The engine over a line of its own.
    pub(crate) fn shaky(&self) -> Shaky {
        Shaky { engine: self.engine.clone(), line: Arc::default() }
    }

    pub(crate) fn replica(&self, name: &str, options: Options) -> Replica {
        let engine = self.shaky();
        let election = Election::builder(engine.clone(), group(), Holder::new(name).unwrap()).clock(Clock::tokio()).spawn();
        let receiver = Receiver::builder(engine.clone(), election, self.peer.clone()).options(options).spawn();
        Replica { engine, receiver }
    }

    /// A replica that is connected.
    pub(crate) async fn leader(&self, options: Options) -> Replica {
        let replica = self.replica("pod-1", options);
        self.peer.connected().await;
        replica
    }

    pub(crate) const fn engine(&self) -> &InProcess {
        &self.engine
    }

    /// The ids in the queue, in their order, with whose they are.
    pub(crate) async fn stored(&self) -> Vec<(String, u64)> {
        let mut consumer = self.engine.consume(0).await.unwrap();
        let mut all = Vec::new();
        while let Ok(Ok(delivery)) = timeout(Duration::from_millis(10), consumer.next()).await {
            delivery.ack().await.unwrap();
            all.push((delivery.envelope().id.to_string(), delivery.token().get()));
        }
        all
    }

    pub(crate) async fn stored_ids(&self) -> Vec<String> {
        self.stored().await.into_iter().map(|(id, _)| id).collect()
    }
}
