//! Owns what a worker counts, and what it shows of its health.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::{Condition, Count};

/// What a worker has counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct WorkerStats {
    /// Jobs done.
    pub done: u64,
    /// Tries that failed and are made again.
    pub retries: u64,
    /// Tries that ended in a panic; they are among those that failed.
    pub panics: u64,
    /// Jobs given up: dead letters.
    pub dead: u64,
    /// Deliveries of what this worker had done before: acknowledged, not worked on.
    pub repeats: u64,
    /// Deliveries handed back, because the partition or the worker came to its end.
    pub handed_back: u64,
    /// Jobs that were stopped in the midst: their time was over.
    pub abandoned: u64,
    /// Answers to the queue that were not confirmed in time: what they were about may come again.
    pub unsettled: u64,
    /// Partitions taken.
    pub taken: u64,
    /// Messages in hand now: to be worked on, being worked on, or being answered.
    pub in_hand: u64,
    /// Jobs being worked on now.
    pub running: u64,
    /// Partitions this worker has now.
    pub partitions: u64,
}

#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) done: AtomicU64,
    pub(super) retries: AtomicU64,
    pub(super) panics: AtomicU64,
    pub(super) dead: AtomicU64,
    pub(super) repeats: AtomicU64,
    pub(super) handed_back: AtomicU64,
    pub(super) abandoned: AtomicU64,
    pub(super) unsettled: AtomicU64,
    pub(super) taken: AtomicU64,
    pub(super) in_hand: AtomicU64,
    pub(super) running: AtomicU64,
    pub(super) partitions: AtomicU64,
    /// How many partitions it is to have.
    pub(super) due: AtomicU64,
    /// The engine has answered the latest look at who is there.
    pub(super) is_answered: AtomicBool,
    pub(super) is_draining: AtomicBool,
    pub(super) is_over: AtomicBool,
}

impl Counts {
    pub(super) fn count(counter: &AtomicU64) {
        counter.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn snapshot(&self) -> WorkerStats {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        WorkerStats {
            done: get(&self.done),
            retries: get(&self.retries),
            panics: get(&self.panics),
            dead: get(&self.dead),
            repeats: get(&self.repeats),
            handed_back: get(&self.handed_back),
            abandoned: get(&self.abandoned),
            unsettled: get(&self.unsettled),
            taken: get(&self.taken),
            in_hand: get(&self.in_hand),
            running: get(&self.running),
            partitions: get(&self.partitions),
        }
    }

    /// Ready: the engine answers, and the partitions that are this worker's part are read.
    pub(super) fn condition(&self) -> Condition {
        let is = |flag: &AtomicBool| flag.load(Ordering::Relaxed);
        let (have, due) = (self.partitions.load(Ordering::Relaxed), self.due.load(Ordering::Relaxed));
        if is(&self.is_over) {
            return if is(&self.is_draining) {
                Condition::Unready("has ended".into())
            } else {
                Condition::Dead("the worker's driver is gone".into())
            };
        }
        if is(&self.is_draining) {
            return Condition::Unready("ends: finishes what is in hand".into());
        }
        if !is(&self.is_answered) {
            return Condition::Unready("the engine does not answer".into());
        }
        if have < due {
            return Condition::Unready(format!("reads {have} of the {due} partitions that it is to have").into());
        }
        Condition::Ready
    }
}

impl WorkerStats {
    pub(super) fn counts(&self) -> Vec<Count> {
        #[expect(clippy::cast_precision_loss, reason = "Prometheus knows no other numbers")]
        let gauge = |name, help, value: u64| Count::gauge(name, help, value as f64);
        vec![
            Count::counter("relink_worker_done_total", "Jobs done", self.done),
            Count::counter("relink_worker_retries_total", "Tries that failed and are made again", self.retries),
            Count::counter("relink_worker_panics_total", "Tries that ended in a panic", self.panics),
            Count::counter("relink_worker_dead_total", "Jobs given up: dead letters", self.dead),
            Count::counter("relink_worker_repeats_total", "Deliveries of what was done before", self.repeats),
            Count::counter("relink_worker_handed_back_total", "Deliveries handed back", self.handed_back),
            Count::counter("relink_worker_abandoned_total", "Jobs stopped in the midst", self.abandoned),
            Count::counter("relink_worker_unsettled_total", "Answers to the queue that were not confirmed", self.unsettled),
            Count::counter("relink_worker_taken_total", "Partitions taken", self.taken),
            gauge("relink_worker_in_hand", "Messages in hand", self.in_hand),
            gauge("relink_worker_running", "Jobs being worked on", self.running),
            gauge("relink_worker_partitions", "Partitions this worker has", self.partitions),
        ]
    }
}
