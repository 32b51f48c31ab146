//! Owns the rate limit of the URL call.

use std::time::Duration;

use tokio::time::Instant;

use super::settings::{Pace, RateLimit};

/// A token bucket, kept as the moment at which it would be full again (GCRA).
#[derive(Debug)]
pub(crate) struct Bucket {
    full_at: Instant,
}

impl Bucket {
    pub(crate) const fn new(now: Instant) -> Self {
        Self { full_at: now }
    }

    /// Takes a call, or says how long there is none to take.
    pub(crate) fn take(&mut self, limit: RateLimit, pace: Pace, now: Instant) -> Result<(), Duration> {
        let every = pace.of(limit.every);
        let debt = self.full_at.saturating_duration_since(now);
        let room = every * limit.burst.saturating_sub(1);
        if limit.burst == 0 || debt > room {
            return Err((debt.saturating_sub(room)).max(Duration::from_millis(1)));
        }
        self.full_at = now + debt + every;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_and_then_one_each_minute() {
        let start = Instant::now();
        let second = Duration::from_secs(1);
        let limit = RateLimit { burst: 3, every: 60 * second };
        let mut bucket = Bucket::new(start);
        let mut at = |seconds: u32| bucket.take(limit, Pace::REAL, start + seconds * second);
        assert_eq!([at(0), at(0), at(0), at(0)], [Ok(()), Ok(()), Ok(()), Err(60 * second)]);
        assert_eq!([at(59), at(60), at(60)], [Err(second), Ok(()), Err(60 * second)]);
        assert_eq!([at(600), at(600), at(600), at(600)], [Ok(()), Ok(()), Ok(()), Err(60 * second)], "never more than full");
    }
}
