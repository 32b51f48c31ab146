//! How often an app may ask for a URL: a token bucket of its own, so that no outage can turn into a rate limit.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// How often `apps.connections.open` may be called. Clones share what is left: give one to all that run under one app.
///
/// Slack counts calls per app (Tier 1: about one a minute, with some more let through at once). A spent budget is no
/// failure: the attempt is postponed until its turn. Everyone who has to wait is given a turn of its own, so those who
/// were refused together do not come back together. A renewal may borrow one call, or a planned change of the
/// connection would wait for what an outage has spent.
#[derive(Clone, Debug)]
pub struct UrlBudget(Arc<Mutex<Bucket>>);

#[derive(Debug)]
struct Bucket {
    interval: Duration,
    burst: u32,
    /// When the bucket would be full again. What it is ahead of now is what was spent.
    full_at: Option<Instant>,
    /// Nobody calls before.
    held_until: Option<Instant>,
}

/// A turn that was given to somebody who has to wait.
#[derive(Debug, Default)]
pub(super) struct Turn(Option<Instant>);

impl UrlBudget {
    /// A call a minute, three at once.
    #[must_use]
    pub fn tier_1() -> Self {
        Self::new(Duration::from_secs(60), 3)
    }

    /// A call in `interval` (at least 1 ms), `burst` of them at once (at least 1) after a time without any.
    #[must_use]
    pub fn new(interval: Duration, burst: u32) -> Self {
        let interval = interval.max(Duration::from_millis(1));
        Self(Arc::new(Mutex::new(Bucket { interval, burst: burst.max(1), full_at: None, held_until: None })))
    }

    /// The share of this process, where so many processes (at least 1) run under one app and cannot see each other's calls.
    #[must_use]
    pub fn shared_by(self, processes: u32) -> Self {
        let processes = processes.max(1);
        let bucket = self.lock();
        let share = Self::new(bucket.interval.saturating_mul(processes), bucket.burst / processes);
        drop(bucket);
        share
    }

    /// Spends one call now, or says how long to wait for one. The next question of the same asker brings `turn` along.
    pub(super) fn spend(&self, now: Instant, is_renewal: bool, turn: &mut Turn) -> Result<(), Duration> {
        let mut bucket = self.lock();
        let held = bucket.held_until.map_or(Duration::ZERO, |until| until.saturating_duration_since(now));
        if !held.is_zero() {
            return Err(held);
        }
        if let Some(at) = turn.0 {
            let wait = at.saturating_duration_since(now);
            if !wait.is_zero() {
                return Err(wait);
            }
            turn.0 = None;
            return Ok(());
        }
        let wait = bucket.take(now, u32::from(is_renewal));
        if wait.is_zero() {
            return Ok(());
        }
        turn.0 = now.checked_add(wait);
        Err(wait)
    }

    /// A call that was spent was never made: Slack could not be reached. Who waits for a turn keeps it.
    pub(super) fn give_back(&self) {
        let mut bucket = self.lock();
        bucket.full_at = bucket.full_at.and_then(|at| at.checked_sub(bucket.interval));
    }

    /// Nobody calls for so long: Slack has said so.
    pub(super) fn hold(&self, now: Instant, wait: Duration) {
        let mut bucket = self.lock();
        bucket.held_until = bucket.held_until.max(now.checked_add(wait));
    }

    fn lock(&self) -> MutexGuard<'_, Bucket> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for UrlBudget {
    fn default() -> Self {
        Self::tier_1()
    }
}

impl Bucket {
    /// Spends one call, and says when: the next is due an interval after the one before, less what the burst is ahead.
    fn take(&mut self, now: Instant, borrowed: u32) -> Duration {
        let full_at = self.full_at.map_or(now, |at| at.max(now));
        let ahead = self.interval.saturating_mul(self.burst.saturating_sub(1).saturating_add(borrowed));
        self.full_at = full_at.checked_add(self.interval);
        full_at.saturating_duration_since(now).saturating_sub(ahead)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::Instant;

    use super::{Turn, UrlBudget};

    const SECOND: Duration = Duration::from_secs(1);

    /// Asks again after each wait, as a link does; answers with the seconds until the call was allowed.
    fn allowed_after(budget: &UrlBudget, began: Instant, is_renewal: bool) -> f64 {
        let (mut now, mut turn) = (began, Turn::default());
        while let Err(wait) = budget.spend(now, is_renewal, &mut turn) {
            assert!(!wait.is_zero());
            now += wait;
        }
        (now - began).as_secs_f64()
    }

    #[test]
    fn a_burst_then_one_an_interval_and_each_has_a_turn_of_its_own() {
        let (budget, now) = (UrlBudget::new(60 * SECOND, 3), Instant::now());
        let waits: Vec<_> = (0..6).map(|_| allowed_after(&budget, now, false)).collect();
        assert_eq!(waits, [0.0, 0.0, 0.0, 60.0, 120.0, 180.0]);
        // Six were spent: the bucket is full again after six intervals, and holds no more than the burst then.
        let later = now + 3600 * SECOND;
        let waits: Vec<_> = (0..4).map(|_| allowed_after(&budget, later, false)).collect();
        assert_eq!(waits, [0.0, 0.0, 0.0, 60.0]);
    }

    #[test]
    fn a_renewal_borrows_one_call_and_no_more() {
        let (budget, now) = (UrlBudget::new(60 * SECOND, 2), Instant::now());
        assert_eq!([(); 2].map(|()| allowed_after(&budget, now, false)), [0.0, 0.0]);
        assert_eq!([(); 2].map(|()| allowed_after(&budget, now, true)), [0.0, 60.0], "borrowed once");
        assert_eq!(allowed_after(&budget, now, false), 180.0, "and paid back by those who come after");
    }

    #[test]
    fn what_slack_says_holds_for_all_who_share() {
        let (budget, now) = (UrlBudget::new(SECOND, 5), Instant::now());
        let other = budget.clone();
        budget.hold(now, 30 * SECOND);
        budget.hold(now, 10 * SECOND);
        assert_eq!(other.spend(now, true, &mut Turn::default()), Err(30 * SECOND));
        assert_eq!(other.spend(now + 30 * SECOND, false, &mut Turn::default()), Ok(()));
    }

    #[test]
    fn a_share_is_slower_and_smaller() {
        let (budget, now) = (UrlBudget::new(60 * SECOND, 3).shared_by(2), Instant::now());
        assert_eq!([(); 3].map(|()| allowed_after(&budget, now, false)), [0.0, 120.0, 240.0]);
    }

    #[test]
    fn a_call_that_was_never_made_costs_nothing() {
        let (budget, now) = (UrlBudget::new(60 * SECOND, 2), Instant::now());
        for _ in 0..10 {
            assert_eq!(allowed_after(&budget, now, false), 0.0);
            budget.give_back();
        }
        assert_eq!([(); 3].map(|()| allowed_after(&budget, now, false)), [0.0, 0.0, 60.0], "and no more than was there");
        UrlBudget::tier_1().give_back();
    }

    #[test]
    fn no_value_stops_it_or_panics() {
        let (budget, now) = (UrlBudget::new(Duration::MAX, u32::MAX), Instant::now());
        for is_renewal in [true, false, true] {
            let _wait = budget.spend(now, is_renewal, &mut Turn::default());
        }
        budget.hold(now, Duration::MAX);
        let none = UrlBudget::new(Duration::ZERO, 0).shared_by(0);
        assert_eq!(none.spend(now, false, &mut Turn::default()), Ok(()));
    }
}
