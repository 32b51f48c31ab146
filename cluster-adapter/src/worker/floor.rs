//! Owns what all partitions of a worker share: the handler, how many work at once, what was done, what is counted.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::Semaphore;

use super::{Counts, Handler, Job, Outcome, Retries, Seen};

pub(super) struct Floor<H> {
    pub(super) handler: H,
    pub(super) places: Arc<Semaphore>,
    pub(super) retries: Retries,
    /// How long what is in hand may take when a partition is given back.
    pub(super) drain: Duration,
    pub(super) seen: Mutex<Seen>,
    pub(super) counts: Arc<Counts>,
}

impl<H: Handler> Floor<H> {
    /// Works on a job. A panic is a failed try.
    pub(super) async fn work(&self, job: Job) -> Outcome {
        let working = AssertUnwindSafe(async { self.handler.handle(job).await });
        working.catch_unwind().await.unwrap_or_else(|panic| {
            Counts::count(&self.counts.panics);
            let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
            Outcome::Retry(format!("the handler panicked: {}", text.unwrap_or("with no text")).into())
        })
    }

    pub(super) fn was_done(&self, id: &str) -> bool {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).contains(id)
    }

    pub(super) fn is_done(&self, id: &str) {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).insert(id);
    }
}
