//! The terms of a ledger: how long an answer may take, and how long one is remembered.

use crate::{Instant, Millis};

/// What a peer expects of acknowledgements. Every value is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Terms {
    /// The time after a delivery at which its acknowledgement becomes pressing; 0, or not below `due_after`: no warning.
    pub warn_after: Millis,
    /// The time after a delivery within which the peer expects the acknowledgement; 0: it may take for ever.
    pub due_after: Millis,
    /// How long after its last acknowledgement an envelope is known; 0: it is forgotten at once.
    pub remember_for: Millis,
}

impl Terms {
    /// Due in 3 s, a warning after 2.5 s, remembered for 10 min: twice as long as the longest pause before a redelivery
    /// that is known of.
    pub const DEFAULT: Self = Self { warn_after: Millis::new(2500), due_after: Millis::from_secs(3), remember_for: Millis::from_secs(600) };

    /// When an envelope delivered at `at` is pressing; never, if it is not to be warned of.
    pub(super) const fn pressing(&self, at: Instant) -> Instant {
        let off = self.warn_after.is_zero() || !self.due_after.is_zero() && self.warn_after.get() >= self.due_after.get();
        if off { Instant::NEVER } else { at.plus(self.warn_after) }
    }

    /// When an envelope delivered at `at` is late.
    pub(super) const fn due(&self, at: Instant) -> Instant {
        if self.due_after.is_zero() { Instant::NEVER } else { at.plus(self.due_after) }
    }

    /// When an envelope acknowledged at `at` is forgotten.
    pub(super) const fn forgotten(&self, at: Instant) -> Instant {
        at.plus(self.remember_for)
    }
}

impl Default for Terms {
    fn default() -> Self {
        Self::DEFAULT
    }
}
