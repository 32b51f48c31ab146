//! The numbers of a server.

use std::sync::atomic::{AtomicU64, Ordering};

/// The numbers of a server at one moment. All counts are since it was built.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Connections that are there now: let in, or still shaking hands.
    pub connections: u64,
    /// Those among them that a newer one has replaced, and that have not ended yet.
    pub replaced_now: u64,
    /// Streams that were taken in.
    pub accepted: u64,
    /// Sessions: those of them that were let in, and came up.
    pub sessions: u64,
    /// Requests refused with an HTTP answer.
    pub rejected: u64,
    /// Streams dropped without an answer: there were too many at once.
    pub turned_away: u64,
    /// Connections that have ended.
    pub ended: u64,
    /// Those among them whose transport had to be dropped.
    pub forced: u64,
    /// Messages and ends meant for connections that were gone: each one was a value, and harmed nobody.
    pub stale: u64,
    /// Messages refused because the connection takes them too slowly.
    pub full: u64,
    /// Sessions whose future panicked.
    pub panicked: u64,
}

#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) accepted: Count,
    pub(super) sessions: Count,
    pub(super) rejected: Count,
    pub(super) turned_away: Count,
    pub(super) ended: Count,
    pub(super) forced: Count,
    pub(super) stale: Count,
    pub(super) full: Count,
    pub(super) panicked: Count,
}

#[derive(Debug, Default)]
pub(super) struct Count(AtomicU64);

impl Count {
    pub(super) fn add(&self, more: u64) {
        self.0.fetch_add(more, Ordering::Relaxed);
    }

    pub(super) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
