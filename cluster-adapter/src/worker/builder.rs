//! Owns how a worker is set up.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use relink_tokio::Clock;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::dealer::Dealer;
use super::floor::Floor;
use super::partition::{Partition, Want};
use super::{Counts, Handler, Retries, Seen, Worker};
use crate::driver::Driver;
use crate::election::{Election, Terms};
use crate::{Engine, Group, Holder};

/// A worker to be.
#[derive(Clone, Debug)]
#[must_use = "a worker works when it is spawned, or its driver polled"]
pub struct Builder<E> {
    engine: E,
    holder: Holder,
    group: Group,
    concurrency: usize,
    retries: Retries,
    drain: Duration,
    remembered: usize,
    terms: Option<Terms>,
    clock: Option<Clock>,
}

const CONCURRENCY: usize = 64;
const REMEMBERED: usize = 10_000;
const DRAIN: Duration = Duration::from_secs(20);

impl<E: Engine> Builder<E> {
    pub(super) fn new(engine: E, holder: Holder) -> Self {
        Self {
            engine,
            holder,
            group: Group::workers(),
            concurrency: CONCURRENCY,
            retries: Retries::DEFAULT,
            drain: DRAIN,
            remembered: REMEMBERED,
            terms: None,
            clock: None,
        }
    }

    /// Another name than `w` for those who share the partitions; all of them give the same.
    pub fn group(mut self, group: Group) -> Self {
        self.group = group;
        self
    }

    /// How many jobs are worked on at once; 64 where nothing is said, at least 1.
    pub const fn concurrency(mut self, jobs: usize) -> Self {
        self.concurrency = jobs;
        self
    }

    /// What becomes of a job that fails; [`Retries::DEFAULT`] where nothing is said.
    pub const fn retries(mut self, retries: Retries) -> Self {
        self.retries = retries;
        self
    }

    /// How long what is in hand may take when a partition is given back; 20 s where nothing is said.
    pub const fn drain(mut self, time: Duration) -> Self {
        self.drain = time;
        self
    }

    /// How many ids of what is done are remembered, so that it is not worked on again when it comes again; 10 000 where nothing is said.
    pub const fn remembers(mut self, ids: usize) -> Self {
        self.remembered = ids;
        self
    }

    /// Other terms for the partitions' leases than those that suit the engine's settings.
    pub const fn terms(mut self, terms: Terms) -> Self {
        self.terms = Some(terms);
        self
    }

    /// Another clock than [`Clock::boot`]: tokio's, in tests.
    pub const fn clock(mut self, clock: Clock) -> Self {
        self.clock = Some(clock);
        self
    }

    /// The handle, and the future that makes it work.
    pub fn build<H: Handler>(self, handler: H) -> (Worker, Driver) {
        let counts = Arc::new(Counts::default());
        let (end, ends) = watch::channel(None);
        let (alive, over) = watch::channel(());
        let worker = Worker { end, over, counts: counts.clone(), drain: self.drain };
        let over = Over { counts, _alive: alive };
        (worker, Driver::new(self.run(handler, over, ends)))
    }

    /// The handle; the rest is a task of its own, which ends when the handle and its clones are gone.
    pub fn spawn<H: Handler>(self, handler: H) -> Worker {
        let (worker, driver) = self.build(handler);
        tokio::spawn(driver);
        worker
    }

    async fn run<H: Handler>(self, handler: H, over: Over, ends: watch::Receiver<Option<Instant>>) {
        let counts = over.counts.clone();
        let floor = Arc::new(Floor {
            handler,
            places: Arc::new(Semaphore::new(self.concurrency.clamp(1, Semaphore::MAX_PERMITS))),
            retries: self.retries,
            drain: self.drain,
            seen: Mutex::new(Seen::new(self.remembered)),
            counts: counts.clone(),
        });
        let mut tasks = JoinSet::new();
        let partitions = (0..self.engine.settings().partitions).map(|number| {
            let (wants, wanted) = watch::channel(Want::No);
            let lease = self.group.part(number);
            let election = self.election(lease.clone());
            tasks.spawn(Partition { engine: self.engine.clone(), number, election, floor: floor.clone(), wanted }.run());
            (lease, wants)
        });
        let partitions = partitions.collect();
        Dealer { engine: self.engine, group: self.group, holder: self.holder, partitions, counts }.run(ends).await;
        while tasks.join_next().await.is_some() {}
    }

    fn election(&self, lease: Group) -> Election {
        let mut builder = Election::builder(self.engine.clone(), lease, self.holder.clone()).idle();
        if let Some(terms) = self.terms {
            builder = builder.terms(terms);
        }
        if let Some(clock) = self.clock {
            builder = builder.clock(clock);
        }
        builder.spawn()
    }
}

/// Says at its end, whichever it is, that the worker is over.
struct Over {
    counts: Arc<Counts>,
    _alive: watch::Sender<()>,
}

impl Drop for Over {
    fn drop(&mut self) {
        self.counts.is_over.store(true, Ordering::Relaxed);
    }
}
