//! Owns the clock that an election lives by; tests bend it.

use std::time::Duration;

use relink_core::Instant;
use relink_tokio::Clock;

/// The longest that is slept in one piece: timers may stand still while the machine is suspended, the clock does not.
const SLEEP_MAX: Duration = Duration::from_secs(1);

#[derive(Clone, Debug)]
pub(super) enum Timepiece {
    True(Clock),
    #[cfg(test)]
    Bent(std::sync::Arc<super::tests::Bent>),
}

impl Timepiece {
    pub(super) fn now(&self) -> Instant {
        match self {
            Self::True(clock) => clock.now(),
            #[cfg(test)]
            Self::Bent(bent) => bent.now(),
        }
    }
}

/// How long to sleep for that point, as the clock shows this one; then the clock is asked again.
pub(super) fn until(point: Instant, now: Instant) -> Duration {
    Duration::from_millis(point.since(now)).min(SLEEP_MAX)
}
