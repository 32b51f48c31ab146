//! The engine that needs no server: everything lives in this process, on tokio's clock.
//!
//! For one replica, for trying things out, and for tests: on tokio's paused clock a lease ends in no time. What is stored is
//! gone with the process.

mod cells;
mod log;
mod partition;
mod questions;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use self::cells::Cells;
use self::log::{Log, Stored};
use self::partition::{Due, Partition};
use self::questions::Questions;
pub use self::questions::{Answers, Question};
use crate::envelope::{UNFENCED, one_line};
use crate::{
    Appended, AskError, Cell, DeadLetter, Entry, Envelope, Fault, Group, Holder, Lane, Last, Reason, Record, Refused, Settings, Token,
    Unanswered,
};

/// The engine that needs no server. Clones are the same engine.
#[derive(Clone, Debug)]
pub struct InProcess(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    settings: Settings,
    world: Mutex<World>,
    /// Something can be delivered that could not before.
    stirred: Notify,
    /// Some lease was given back.
    given_back: Notify,
    questions: Arc<Questions>,
}

#[derive(Debug)]
struct World {
    cells: Cells,
    log: Log,
    partitions: Box<[Partition]>,
    dead: Vec<(Envelope, Reason)>,
}

/// Reads one partition.
#[derive(Debug)]
pub struct Consumer {
    engine: InProcess,
    partition: u16,
    /// How many deliveries of the partition there were at the latest of its own, since it took over.
    given: Option<u64>,
    has_gap: bool,
}

/// One message in hand.
#[derive(Debug)]
pub struct Delivery {
    engine: InProcess,
    partition: u16,
    sequence: u64,
    delivered: u64,
    stored: Stored,
}

impl InProcess {
    /// An engine of these settings, empty.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let settings = settings.clamped();
        let partitions = (0..settings.partitions).map(|_| Partition::default()).collect();
        let world = World { cells: Cells::default(), log: Log::default(), partitions, dead: Vec::new() };
        Self(Arc::new(Shared {
            settings,
            world: Mutex::new(world),
            stirred: Notify::new(),
            given_back: Notify::new(),
            questions: Arc::default(),
        }))
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.0.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Stores an entry, and lets everyone who waits look again.
    fn store(
        &self,
        lane: u16,
        entry: Entry<'_>,
        store: impl FnOnce(&mut Log, &Settings) -> Result<Appended, Refused>,
    ) -> Result<Appended, Refused> {
        let settings = &self.0.settings;
        let appended = {
            let mut world = self.world();
            world.log.forget(settings, Instant::now());
            let appended = store(&mut world.log, settings)?;
            if let (Appended::New(sequence), Entry::Envelope(_)) = (appended, entry) {
                world.partitions[usize::from(settings.partition_of(lane))].stored(sequence);
            }
            appended
        };
        self.0.stirred.notify_waiters();
        Ok(appended)
    }

    /// Changes a partition, and lets everyone who waits look again.
    fn change(&self, partition: u16, change: impl FnOnce(&mut Partition)) {
        if let Some(partition) = self.world().partitions.get_mut(usize::from(partition)) {
            change(partition);
        }
        self.0.stirred.notify_waiters();
    }
}

impl Default for InProcess {
    fn default() -> Self {
        Self::new(Settings::default())
    }
}

impl crate::Engine for InProcess {
    type Consumer = Consumer;
    type Answers = Answers;

    fn settings(&self) -> &Settings {
        &self.0.settings
    }

    async fn read(&self, group: &Group) -> Result<Cell, Fault> {
        Ok(self.world().cells.read(group, Instant::now()))
    }

    async fn write(&self, group: &Group, expected: u64, record: Option<&Record>) -> Result<u64, Refused> {
        let now = Instant::now();
        let written = self.world().cells.write(group, expected, record, now, now + self.0.settings.lease)?;
        if record.is_none() {
            self.0.given_back.notify_waiters();
        }
        Ok(written)
    }

    async fn given_back(&self, _: &Group) {
        self.0.given_back.notified().await;
    }

    async fn announce(&self, group: &Group, member: &Holder) -> Result<(), Fault> {
        self.world().cells.announce(group, member, Instant::now() + self.0.settings.lease);
        Ok(())
    }

    async fn withdraw(&self, group: &Group, member: &Holder) -> Result<(), Fault> {
        self.world().cells.withdraw(group, member);
        Ok(())
    }

    async fn members(&self, group: &Group) -> Result<BTreeSet<Holder>, Fault> {
        Ok(self.world().cells.members(group, Instant::now()))
    }

    async fn last(&self, lane: Lane<'_>) -> Result<Option<Last>, Fault> {
        Ok(self.world().log.last(lane, Instant::now().checked_sub(self.0.settings.max_age)))
    }

    async fn append(&self, lane: Lane<'_>, expected: u64, token: Token, entry: Entry<'_>) -> Result<Appended, Refused> {
        self.store(lane.number, entry, |log, settings| log.append(settings, lane, expected, token, entry))
    }

    async fn add(&self, envelope: &Envelope) -> Result<Appended, Refused> {
        let lane = self.0.settings.lane_of(&envelope.key);
        self.store(lane, Entry::Envelope(envelope), |log, settings| log.add(settings, UNFENCED, envelope))
    }

    async fn ask(&self, envelope: &Envelope, until: Instant) -> Result<Bytes, AskError> {
        self.0.questions.ask(envelope, until).await
    }

    async fn answers(&self) -> Result<Answers, Fault> {
        Ok(self.0.questions.listen())
    }

    async fn consume(&self, partition: u16) -> Result<Consumer, Fault> {
        if partition >= self.0.settings.partitions {
            return Err(Fault::NoSuchPartition);
        }
        Ok(Consumer { engine: self.clone(), partition, given: None, has_gap: false })
    }

    async fn dead_letters(&self, after: u64) -> Result<Vec<DeadLetter>, Fault> {
        let skipped = usize::try_from(after).unwrap_or(usize::MAX);
        let letter = |(position, (envelope, reason)): (u64, &(Envelope, Reason))| DeadLetter {
            position,
            envelope: Some(envelope.clone()),
            reason: reason.clone(),
        };
        Ok((1..).zip(&self.world().dead).skip(skipped).map(letter).collect())
    }
}

impl crate::Consumer for Consumer {
    type Delivery = Delivery;

    async fn next(&mut self) -> Result<Delivery, Fault> {
        let engine = self.engine.clone();
        loop {
            let stirred = engine.0.stirred.notified();
            tokio::pin!(stirred);
            stirred.as_mut().enable();
            let due = match self.take() {
                Ok(delivery) => return Ok(delivery),
                Err(due) => due,
            };
            match due {
                Some(due) => tokio::select! { () = stirred => {}, () = sleep_until(due) => {} },
                None => stirred.await,
            }
        }
    }

    async fn take_over(&mut self, in_hand: &BTreeSet<u64>) -> Result<Unanswered, Fault> {
        self.engine.change(self.partition, |partition| partition.all_due(Instant::now(), in_hand));
        self.given = self.engine.world().partitions.get(usize::from(self.partition)).map(Partition::deliveries);
        self.has_gap = false;
        self.unanswered().await
    }

    fn has_gap(&self) -> bool {
        self.has_gap
    }

    async fn unanswered(&mut self) -> Result<Unanswered, Fault> {
        let world = self.engine.world();
        world.partitions.get(usize::from(self.partition)).map(Partition::unanswered).ok_or(Fault::NoSuchPartition)
    }

    /// It never does otherwise.
    fn one_by_one(&mut self, _: bool) {}

    async fn close(self) -> Result<(), Fault> {
        Ok(())
    }
}

impl Consumer {
    /// What is due now, or when something will be.
    fn take(&mut self) -> Result<Delivery, Option<Instant>> {
        let Shared { settings, .. } = &*self.engine.0;
        let (mut world, now) = (self.engine.world(), Instant::now());
        world.log.forget(settings, now);
        let World { log, partitions, dead, .. } = &mut *world;
        let Some(partition) = partitions.get_mut(usize::from(self.partition)) else { return Err(None) };
        loop {
            match partition.next(settings, now) {
                Due::Now { sequence, delivered } => {
                    let Some(stored) = log.get(sequence) else {
                        partition.settled(sequence);
                        continue;
                    };
                    let deliveries = partition.deliveries();
                    self.has_gap |= self.given.is_some_and(|given| given + 1 != deliveries);
                    self.given = self.given.map(|_| deliveries);
                    return Ok(Delivery {
                        engine: self.engine.clone(),
                        partition: self.partition,
                        sequence,
                        delivered,
                        stored: stored.clone(),
                    });
                }
                Due::Spent { sequence, delivered } => {
                    dead.extend(log.get(sequence).map(|stored| (stored.envelope.clone(), Reason::Deliveries(delivered))));
                    partition.settled(sequence);
                }
                Due::Later(due) => return Err(due),
            }
        }
    }
}

impl crate::Delivery for Delivery {
    fn envelope(&self) -> &Envelope {
        &self.stored.envelope
    }

    fn sequence(&self) -> u64 {
        self.sequence
    }

    fn token(&self) -> Token {
        self.stored.token
    }

    fn delivered(&self) -> u64 {
        self.delivered
    }

    async fn ack(&self) -> Result<(), Fault> {
        self.engine.change(self.partition, |partition| _ = partition.settled(self.sequence));
        Ok(())
    }

    async fn nack(&self, delay: Duration) -> Result<(), Fault> {
        self.engine.change(self.partition, |partition| partition.postpone(self.sequence, Instant::now() + delay));
        Ok(())
    }

    async fn in_progress(&self) -> Result<(), Fault> {
        let until = Instant::now() + self.engine.0.settings.ack_wait;
        self.engine.change(self.partition, |partition| partition.postpone(self.sequence, until));
        Ok(())
    }

    async fn dead_letter(&self, reason: &str) -> Result<(), Fault> {
        {
            let World { partitions, dead, .. } = &mut *self.engine.world();
            // Said again, or said of what was answered meanwhile: once is enough.
            if partitions[usize::from(self.partition)].settled(self.sequence) {
                dead.push((self.stored.envelope.clone(), Reason::Said(one_line(reason))));
            }
        }
        self.engine.0.stirred.notify_waiters();
        Ok(())
    }
}
