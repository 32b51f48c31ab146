//! Owns how often a job is tried, and when it is tried again.

use std::time::Duration;

use relink_core::{Backoff, Millis};

/// What becomes of a job that fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retries {
    /// How often a job is tried before it is a dead letter; at least 1. Each delivery to a worker before counts as a try, so
    /// that no worker begins to count anew.
    pub tries: u32,
    /// The delays between two tries. Its `failures_max` and `first_spread` mean nothing here.
    pub backoff: Backoff,
    /// What becomes of the jobs behind one that waits.
    pub followers: Followers,
}

/// What becomes of the jobs of one key behind one of them that waits for its next try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Followers {
    /// They wait with it: a key is worked on in its order, whatever happens. One that is a dead letter at last holds nobody up any more.
    Wait,
    /// They go on: each key's *first* tries are in order.
    Pass,
}

impl Retries {
    /// Five tries, full jitter from 1 s to 30 s between them, and a key keeps its order.
    pub const DEFAULT: Self = Self { tries: 5, backoff: Backoff::INTERACTIVE, followers: Followers::Wait };

    /// After the try with this number (from 1) has failed: the delay until the next, and what to give as `before` then; `None`
    /// if it was the last. `roll` is a uniformly random number.
    pub(super) const fn after(&self, attempt: u64, before: Millis, roll: u32) -> Option<(Duration, Millis)> {
        if attempt >= self.tries as u64 {
            return None;
        }
        let draw = self.backoff.clamped().draw(before, roll);
        Some((Duration::from_millis(draw.delay.get() as u64), draw.memory))
    }
}

impl Default for Retries {
    fn default() -> Self {
        Self::DEFAULT
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use relink_core::{Backoff, Jitter, Millis};

    use super::Retries;

    #[test]
    fn delays_grow_to_their_cap_and_the_last_try_has_none() {
        let backoff = Backoff { jitter: Jitter::None, delay_max: Millis::from_secs(3), ..Backoff::INTERACTIVE };
        let retries = Retries { backoff, ..Retries::DEFAULT };
        let (mut before, mut delays) = (Millis::ZERO, Vec::new());
        for attempt in 1.. {
            let Some((delay, memory)) = retries.after(attempt, before, 0) else { break };
            delays.push(delay);
            before = memory;
        }
        assert_eq!(delays, [1, 2, 3, 3].map(Duration::from_secs));
        assert_eq!(Retries { tries: 0, ..retries }.after(1, Millis::ZERO, 0), None);
        assert_eq!(retries.after(u64::MAX, Millis::ZERO, 0), None);
    }
}
