//! Works on what the queue holds: any number of processes, each key in its order, nothing lost when one of them goes or is killed.
//!
//! ```
//! use relink_cluster::worker::{Job, Outcome, Worker};
//! use relink_cluster::{Holder, InProcess};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let worker = Worker::builder(InProcess::default(), Holder::new("pod-1")?).concurrency(32).spawn(|job: Job| async move {
//!     println!("{} of {}", job.id(), job.key());
//!     Outcome::Done
//! });
//! // On SIGTERM: what is in hand is finished, the rest is handed back at once.
//! worker.drain().await;
//! # Ok(())
//! # }
//! ```
//!
//! # How it goes
//!
//! Workers say that they are there, and deal the queue's partitions among them; each comes to the same result by itself. Who is to have a partition takes part in the
//! [election](crate::Election) for it, so that it has one owner at a time, whatever two workers believe. The owner takes over what the one before left
//! unanswered, works on that first, and keeps each key in its order by a queue of its own. When workers come and go, no more partitions change
//! hands than must.
//!
//! # What is promised, and what is not
//!
//! - Each message is worked on at least once, until it is [done](Outcome::Done) or a [dead letter](Outcome::Dead). Done twice is possible: when a worker dies, or is cut off
//!   from the queue, between a job's end and the moment at which the queue knows. Within one process a [memory](Seen) keeps that from happening.
//! - One job of a key at a time, in the order of the queue; with [`Followers::Pass`] that holds for first tries. While a worker's clock
//!   is right (see [`Lead`](crate::Lead)), also across workers.
//! - A partition whose owner was killed is worked on again as soon as its lease has ended: nothing waits for [`Settings::ack_wait`](crate::Settings::ack_wait).
//! - A message that kills the process which works on it is a dead letter after [`Settings::max_deliver`](crate::Settings::max_deliver) deliveries, and takes nothing with it: where
//!   half of these are used up, what others left is delivered one at a time and worked on alone, until nothing of it is left.
//! - A delivery that is lost on its way, when a server or a connection goes, is missed at once, and what is behind it is held until it is fetched.
//! - A job that waits for its next try keeps its key waiting ([`Followers::Wait`]); at most [`Settings::max_ack_pending`](crate::Settings::max_ack_pending) messages of a partition
//!   are in hand, so very many behind such a key hold up their partition, too.

mod builder;
mod dealer;
mod floor;
mod gathering;
mod job;
mod keys;
mod leaving;
mod partition;
mod reading;
mod retries;
mod seen;
mod settle;
mod share;
mod shift;
mod stats;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

pub use self::builder::Builder;
pub use self::job::{Handler, Job, Outcome};
pub use self::retries::{Followers, Retries};
pub use self::seen::Seen;
use self::stats::Counts;
pub use self::stats::WorkerStats;
pub use crate::driver::Driver;
use crate::{Condition, Count, Engine, Holder, Observed};

/// A worker. Clones are the same; when all are dropped, it ends as by [`Worker::drain`].
#[derive(Clone, Debug)]
pub struct Worker {
    end: watch::Sender<Option<Instant>>,
    over: watch::Receiver<()>,
    counts: Arc<Counts>,
    drain: Duration,
}

impl Worker {
    /// On this engine, as this holder: one that nobody else is, in any process.
    pub fn builder<E: Engine>(engine: E, holder: Holder) -> Builder<E> {
        Builder::new(engine, holder)
    }

    /// Ends: takes nothing new, finishes what is in hand in the time that was [set](Builder::drain), hands back the rest at once, and gives its
    /// partitions back. Returns when that is done.
    pub async fn drain(&self) {
        self.drain_within(self.drain).await;
    }

    /// Ends as by [`Worker::drain`], in this time. Said again, what was said first counts.
    pub async fn drain_within(&self, time: Duration) {
        self.end.send_if_modified(|deadline| deadline.is_none() && deadline.replace(Instant::now() + time).is_none());
        self.over().await;
    }

    /// Waits until it has ended.
    pub async fn over(&self) {
        // Nothing is ever sent: it closes.
        while self.over.clone().changed().await.is_ok() {}
    }

    /// What it has counted.
    #[must_use]
    pub fn stats(&self) -> WorkerStats {
        self.counts.snapshot()
    }
}

/// Ready as long as the engine answers and the partitions that are its part are read.
impl Observed for Worker {
    fn condition(&self) -> Condition {
        self.counts.condition()
    }

    fn counts(&self) -> Vec<Count> {
        self.stats().counts()
    }
}
