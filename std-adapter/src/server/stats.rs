//! The numbers of a server.

use std::sync::atomic::{AtomicU64, Ordering};

use tungstenite::http::StatusCode;

use super::Record;

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

#[derive(Debug)]
pub(super) struct Counters {
    pub(super) accepted: Count,
    pub(super) sessions: Count,
    rejected: AtomicU64,
    pub(super) turned_away: Count,
    ended: AtomicU64,
    pub(super) forced: Count,
    pub(super) stale: Count,
    pub(super) full: Count,
    pub(super) panicked: Count,
}

impl Counters {
    /// A request was refused with this status.
    pub(super) fn rejected(&self, status: StatusCode) {
        self.rejected.fetch_add(1, Ordering::Relaxed);
        facade::rejected(status);
    }

    pub(super) fn rejected_in_all(&self) -> u64 {
        self.rejected.load(Ordering::Relaxed)
    }

    /// A session has ended.
    pub(super) fn ended(&self, record: &Record) {
        self.ended.fetch_add(1, Ordering::Relaxed);
        self.forced.add(u64::from(record.forced));
        facade::ended(record);
    }

    pub(super) fn ended_in_all(&self) -> u64 {
        self.ended.load(Ordering::Relaxed)
    }

    /// A connection has taken its place.
    pub(super) fn entered(&self) {
        facade::gauge("relink_server_connections", 1.0);
    }

    /// It is gone; a newer one may have had its identity.
    pub(super) fn left(&self, was_replaced: bool) {
        facade::gauge("relink_server_connections", -1.0);
        if was_replaced {
            facade::gauge("relink_server_replaced", -1.0);
        }
    }

    /// A newer connection has the identity of one that is still there.
    pub(super) fn replaced(&self) {
        facade::gauge("relink_server_replaced", 1.0);
    }

    pub(super) fn drain_began(&self) {
        facade::gauge("relink_server_draining", 1.0);
    }

    pub(super) fn drain_ended(&self) {
        facade::gauge("relink_server_draining", -1.0);
    }
}

impl Default for Counters {
    fn default() -> Self {
        Self {
            accepted: Count::named("relink_server_accepted_total"),
            sessions: Count::named("relink_server_sessions_total"),
            rejected: AtomicU64::new(0),
            turned_away: Count::named("relink_server_turned_away_total"),
            ended: AtomicU64::new(0),
            forced: Count::named("relink_server_forced_total"),
            stale: Count::named("relink_server_stale_total"),
            full: Count::named("relink_server_full_total"),
            panicked: Count::named("relink_server_panicked_total"),
        }
    }
}

/// A count, and its name in the `metrics` facade.
#[derive(Debug)]
pub(super) struct Count {
    name: &'static str,
    number: AtomicU64,
}

impl Count {
    const fn named(name: &'static str) -> Self {
        Self { name, number: AtomicU64::new(0) }
    }

    pub(super) fn add(&self, more: u64) {
        if more > 0 {
            self.number.fetch_add(more, Ordering::Relaxed);
            facade::count(self.name, more);
        }
    }

    pub(super) fn get(&self) -> u64 {
        self.number.load(Ordering::Relaxed)
    }
}

/// The names are part of the interface: the crate's documentation lists them.
#[cfg(feature = "metrics")]
mod facade {
    use super::{Record, StatusCode};

    pub(super) fn count(name: &'static str, more: u64) {
        metrics::counter!(name).increment(more);
    }

    pub(super) fn gauge(name: &'static str, change: f64) {
        metrics::gauge!(name).increment(change);
    }

    pub(super) fn rejected(status: StatusCode) {
        metrics::counter!("relink_server_rejected_total", "status" => status.as_u16().to_string()).increment(1);
    }

    pub(super) fn ended(record: &Record) {
        let code = record.code.map_or_else(String::new, |code| code.get().to_string());
        let (cause, reason) = (record.cause.label(), record.ending.label());
        metrics::counter!("relink_server_ended_total", "cause" => cause, "reason" => reason, "code" => code).increment(1);
    }
}

#[cfg(not(feature = "metrics"))]
mod facade {
    use super::{Record, StatusCode};

    pub(super) const fn count(_: &'static str, _: u64) {}
    pub(super) const fn gauge(_: &'static str, _: f64) {}
    pub(super) const fn rejected(_: StatusCode) {}
    pub(super) const fn ended(_: &Record) {}
}
