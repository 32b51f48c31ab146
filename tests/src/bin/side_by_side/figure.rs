//! Owns the figures of the table: how they read, and how they are worked out from the fake Slack's book.

use std::fmt;
use std::time::Duration;

use relink_tests::slack::Book;
use tokio::time::Instant;

/// One cell.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Figure {
    Count(usize),
    Time(Duration),
    /// So many in each stretch of time.
    Series(Vec<usize>),
    /// It did not come to that.
    Never,
    /// The client's process was dead, with its last words.
    Dead(String),
}

impl Figure {
    /// What bounds are asked of: a number, in milliseconds if it is a time, the largest of a series.
    pub(crate) fn value(&self) -> f64 {
        match self {
            Self::Count(count) => *count as f64,
            Self::Time(time) => time.as_secs_f64() * 1000.0,
            Self::Series(counts) => counts.iter().copied().max().unwrap_or_default() as f64,
            Self::Never | Self::Dead(_) => f64::INFINITY,
        }
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(count) => count.fmt(f),
            Self::Time(time) if *time < Duration::from_secs(1) || time.subsec_millis() != 0 && *time < Duration::from_secs(10) => {
                write!(f, "{} ms", time.as_millis())
            }
            Self::Time(time) => write!(f, "{:.1} s", time.as_secs_f64()),
            Self::Series(counts) => {
                let counts: Vec<_> = counts.iter().map(ToString::to_string).collect();
                f.write_str(&counts.join(" "))
            }
            Self::Never => f.write_str("never"),
            Self::Dead(words) => write!(f, "dead: {words}"),
        }
    }
}

/// The time between these two moments in which no connection was ready: its hello said, still registered, and no Close from the client.
pub(crate) fn without_connection(book: &Book, from: Instant, to: Instant) -> Duration {
    let mut ready: Vec<(Instant, Instant)> = book
        .connections
        .iter()
        .filter(|connection| !connection.ghost)
        .filter_map(|connection| {
            let ends = [connection.unregistered, connection.ended, connection.close_received.map(|(at, _)| at)];
            Some((connection.hello?, ends.into_iter().flatten().min().unwrap_or(to)))
        })
        .collect();
    ready.sort();
    let (mut until, mut without) = (from, Duration::ZERO);
    for (begin, end) in ready {
        without += begin.min(to).saturating_duration_since(until);
        until = until.max(end);
    }
    without + to.saturating_duration_since(until)
}

/// How many of these moments lie in each of the stretches from `from` on.
pub(crate) fn rounds(moments: impl Iterator<Item = Instant>, from: Instant, stretch: Duration, stretches: usize) -> Vec<usize> {
    let mut counts = vec![0; stretches];
    for moment in moments {
        let place = moment.checked_duration_since(from).map(|since| (since.as_secs_f64() / stretch.as_secs_f64()) as usize);
        if let Some(count) = place.and_then(|place| counts.get_mut(place)) {
            *count += 1;
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use relink_tests::slack::Connection;

    use super::*;

    #[tokio::test]
    async fn gaps_are_what_no_connection_covers() -> Result<(), Box<dyn std::error::Error>> {
        let slack = relink_tests::slack::FakeSlack::start(relink_tests::slack::Settings::default()).await?;
        slack.haunt(3);
        let mut book = slack.stop().await;
        let start = book.start;
        let at = |seconds| start + Duration::from_secs(seconds);
        for (connection, (hello, ended)) in book.connections.iter_mut().zip([(1, 4), (2, 3), (9, 12)]) {
            *connection =
                Connection { ghost: false, hello: Some(at(hello)), ended: Some(at(ended)), unregistered: None, ..connection.clone() };
        }
        let gap = |from, to| without_connection(&book, at(from), at(to)).as_secs();
        assert_eq!([gap(1, 4), gap(1, 9), gap(0, 10), gap(9, 20), gap(5, 6)], [0, 5, 6, 8, 1]);
        Ok(())
    }

    #[test]
    fn figures_read_as_a_person_says_them() {
        let time = |millis| Figure::Time(Duration::from_millis(millis)).to_string();
        assert_eq!([time(0), time(5007), time(10_400), time(2000)], ["0 ms", "5007 ms", "10.4 s", "2.0 s"]);
        assert_eq!(Figure::Series(vec![1, 2, 4]).to_string(), "1 2 4");
    }

    #[test]
    fn rounds_count_what_lies_in_them() {
        let start = Instant::now();
        let moments = [0, 900, 1000, 3999, 4000].map(|millis| start + Duration::from_millis(millis));
        assert_eq!(rounds(moments.into_iter(), start, Duration::from_secs(1), 4), [2, 1, 0, 1]);
    }
}
