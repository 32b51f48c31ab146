//! Owns how times and counts are judged.

use std::time::Duration;

use tokio::time::Instant;

/// How much later than its deadline something may be seen to happen: servers, clients and the measuring share a few cores.
pub(crate) const SLACK: Duration = Duration::from_millis(250);
/// The core counts in whole milliseconds of its own clock: between two of them lies up to one on each side.
const TICKS: Duration = Duration::from_millis(2);

/// Whether what took so long kept to this limit.
pub(crate) fn within(took: Duration, limit: Duration) -> bool {
    took <= limit + SLACK
}

/// Whether what took so long waited at least for this.
pub(crate) fn at_least(took: Duration, floor: Duration) -> bool {
    took + TICKS >= floor
}

/// Whether a delay that was only told, and is late for nobody, kept to this limit.
pub(crate) fn at_most(told: Duration, limit: Duration) -> bool {
    told <= limit + TICKS
}

/// The middle one; of none, zero.
pub(crate) fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// The most that fall into any stretch of this length.
pub(crate) fn most_within(times: &[Instant], stretch: Duration) -> usize {
    let follow = |(first, from): (usize, &Instant)| times[first..].iter().take_while(|at| at.duration_since(*from) < stretch).count();
    times.iter().enumerate().map(follow).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crowds_and_medians() {
        let start = Instant::now();
        let times: Vec<_> = [0, 10, 20, 100, 105].map(|millis| start + Duration::from_millis(millis)).to_vec();
        assert_eq!([1, 11, 21, 100, 200].map(|millis| most_within(&times, Duration::from_millis(millis))), [1, 2, 3, 4, 5]);
        assert_eq!(median([3, 1, 2].map(Duration::from_secs).to_vec()), Duration::from_secs(2));
        assert_eq!(median(Vec::new()), Duration::ZERO);
    }

    #[test]
    fn a_limit_has_slack_above_and_none_below() {
        let second = Duration::from_secs(1);
        assert!(within(second + SLACK, second) && !within(second + 2 * SLACK, second));
        assert!(at_least(second, second) && !at_least(second - SLACK, second));
        assert!(at_most(second, second) && !at_most(second + SLACK, second));
    }
}
