//! Owns what goes wrong: clocks that differ, an engine whose answers are lost or late.

use std::sync::atomic::{AtomicU64, Ordering};

use relink_core::Instant;
use relink_tokio::Clock;

/// A clock that goes wrong.
#[derive(Debug)]
pub(in super::super) struct Bent {
    clock: Clock,
    /// Thousandths that it shows for each that passes.
    rate: u64,
    /// By how much it is ahead.
    ahead: AtomicU64,
}

impl Bent {
    pub(super) fn new(rate: u64, ahead: u64) -> Self {
        Self { clock: Clock::tokio(), rate, ahead: AtomicU64::new(ahead) }
    }

    pub(in super::super) fn now(&self) -> Instant {
        Instant::from_millis(self.clock.now().as_millis() * self.rate / 1000 + self.ahead.load(Ordering::Relaxed))
    }

    #[expect(dead_code, reason = "used next")]
    pub(super) fn jump(&self, millis: u64) {
        self.ahead.fetch_add(millis, Ordering::Relaxed);
    }
}
