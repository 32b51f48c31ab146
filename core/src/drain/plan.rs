//! The plan of a drain: what is told, and when it is over.

use crate::{Instant, Millis};

/// How many connections are to be ended. Every value is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Plan {
    /// Whether each connection is told of the end before it is closed: all of them at the beginning.
    pub farewell: bool,
    /// The time from the beginning to the first close: for farewells to be read, and for what is in hand.
    pub grace: Millis,
    /// The time over which the closes are spread, evenly and in random order; 0: one right after the other.
    pub spread: Millis,
    /// The time from the end of the spread until who is still there is dropped.
    pub closing_timeout: Millis,
}

impl Plan {
    /// No farewell, no grace, closes spread over 5 s, and 5 s more for those that answer slowly.
    pub const DEFAULT: Self =
        Self { farewell: false, grace: Millis::ZERO, spread: Millis::from_secs(5), closing_timeout: Millis::from_secs(5) };

    /// When a connection is to be closed, in a drain since `since`, after which so many were closed, and so many are left.
    pub(super) fn close_at(&self, since: Instant, closed: u32, left: u32) -> Instant {
        let all = u64::from(closed).wrapping_add(u64::from(left));
        let part = u64::from(self.spread.get()).wrapping_mul(u64::from(closed)).checked_div(all).unwrap_or(0);
        // A part of the spread is no longer than the spread.
        since.plus(self.grace).plus(Millis::new(part as u32))
    }

    /// When a drain since `since` is over for all.
    pub(super) const fn over_at(&self, since: Instant) -> Instant {
        since.plus(self.grace).plus(self.spread).plus(self.closing_timeout)
    }
}

impl Default for Plan {
    fn default() -> Self {
        Self::DEFAULT
    }
}
