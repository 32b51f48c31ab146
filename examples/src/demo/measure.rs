//! Owns how times and counts are judged and written.

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

/// `1.23 s`.
pub(crate) fn seconds(time: Duration) -> String {
    format!("{:.2} s", time.as_secs_f64())
}

/// `0.10, 0.21 and 0.40 s`.
pub(crate) fn list(times: &[Duration]) -> String {
    let numbers: Vec<_> = times.iter().map(|time| format!("{:.2}", time.as_secs_f64())).collect();
    match numbers.split_last() {
        None => "none".to_owned(),
        Some((only, [])) => format!("{only} s"),
        Some((last, first)) => format!("{} and {last} s", first.join(", ")),
    }
}

/// `12,345`.
pub(crate) fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let groups: Vec<_> = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy).collect();
    groups.join(",")
}

/// `1 link`, `2,000 links`.
pub(crate) fn counted(number: usize, what: &str) -> String {
    format!("{} {what}{}", thousands(number), if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_for_people() {
        assert_eq!([0, 12, 999, 1000, 42_488, 1_234_567].map(thousands), ["0", "12", "999", "1,000", "42,488", "1,234,567"]);
        assert_eq!([0, 1, 1000].map(|number| counted(number, "link")), ["0 links", "1 link", "1,000 links"]);
        let millis = |times: &[u64]| times.iter().map(|millis| Duration::from_millis(*millis)).collect::<Vec<_>>();
        assert_eq!(list(&millis(&[])), "none");
        assert_eq!(list(&millis(&[1004])), "1.00 s");
        assert_eq!(list(&millis(&[100, 210, 396])), "0.10, 0.21 and 0.40 s");
    }

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
