//! The numbers of a link: counted by the driver, read by anybody.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use crate::{Ending, LinkState};

/// The numbers of a link at one moment. All counts are since the link was built; the 32-bit ones wrap.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Stats {
    /// Where the link is.
    pub state: LinkState,
    /// Why the attempt before ended.
    pub last_ending: Option<Ending>,
    /// Attempts begun.
    pub dials: u32,
    /// Opening handshakes completed.
    pub opened: u32,
    /// Times the link came up.
    pub ups: u32,
    /// Times the link went down.
    pub downs: u32,
    /// Attempts that never came up.
    pub failed: u32,
    /// Changes of the current connection without a moment between.
    pub renewals: u32,
    /// Closing handshakes that had to be cut short, because the peer did not end them.
    pub forced: u32,
    /// Connections given up because a write made no progress.
    pub stalls: u32,
    /// Events that meant nothing to the link when they came: stale reports, a second Start.
    pub ignored: u32,
    /// Events left out because nobody consumed them while the link came and went.
    pub events_left_out: u32,
    /// Messages received.
    pub messages_in: u64,
    /// Bytes of messages received.
    pub bytes_in: u64,
    /// Messages handed to a connection.
    pub messages_out: u64,
    /// Bytes of messages handed to a connection.
    pub bytes_out: u64,
    /// Flushes: messages handed over together share one.
    pub flushes: u64,
    /// Messages that were dropped from a full outbox while the link was down.
    pub dropped: u32,
    /// Messages whose connection ended while they were on their way to the socket.
    pub unknown: u32,
    /// Messages given up because the connection they were bound to was gone, or the link had ended.
    pub not_written: u32,
    /// Messages waiting to be sent now.
    pub waiting_messages: u32,
    /// Bytes of messages waiting to be sent now.
    pub waiting_bytes: u32,
    /// Events waiting to be consumed now, as far as the stream has not fetched them.
    pub waiting_events: usize,
}

/// A count that only the driver raises: no read-modify-write needed.
#[derive(Debug, Default)]
pub(crate) struct Count(AtomicU32);

impl Count {
    pub(crate) fn add(&self, more: u32) {
        self.0.store(self.get().wrapping_add(more), Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }

    /// For the one count that the handles raise too.
    pub(crate) fn add_shared(&self, more: u32) {
        self.0.fetch_add(more, Ordering::Relaxed);
    }
}

/// As [`Count`], for numbers that outgrow 32 bits.
#[derive(Debug, Default)]
pub(crate) struct Sum(AtomicU64);

impl Sum {
    pub(crate) fn add(&self, more: u64) {
        self.0.store(self.get().wrapping_add(more), Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) dials: Count,
    pub(crate) opened: Count,
    pub(crate) ups: Count,
    pub(crate) downs: Count,
    pub(crate) failed: Count,
    pub(crate) renewals: Count,
    pub(crate) forced: Count,
    pub(crate) stalls: Count,
    pub(crate) ignored: Count,
    pub(crate) events_left_out: Count,
    pub(crate) dropped: Count,
    pub(crate) unknown: Count,
    pub(crate) not_written: Count,
    pub(crate) messages_in: Sum,
    pub(crate) bytes_in: Sum,
    pub(crate) messages_out: Sum,
    pub(crate) bytes_out: Sum,
    pub(crate) flushes: Sum,
}
