//! Owns the look at the memory: what the process has allocated, second by second, and how steep that is.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use relink_tests::slack::FakeSlack;
use tokio::time::{Instant, interval};

use crate::HEAP;

/// An outage makes envelopes wait in the fake Slack's book. A moment with more of them is no measure of the client.
const WAITING_MAX: usize = 400;

/// What was seen of the memory.
pub(crate) struct Memory {
    samples: usize,
    mean_bytes: f64,
    /// How much of the mean is added in a minute.
    pub(crate) slope_percent: f64,
}

impl Memory {
    pub(crate) async fn watch(slack: Arc<FakeSlack>, time: Duration) -> Self {
        let began = Instant::now();
        let mut seconds = interval(Duration::from_secs(1));
        let mut samples = Vec::with_capacity(3600);
        while began.elapsed() < time {
            seconds.tick().await;
            if slack.read(|book| book.envelopes.len()) < WAITING_MAX {
                samples.push((began.elapsed().as_secs_f64() / 60.0, HEAP.current_usage() as f64));
            }
        }
        Self::of(&samples)
    }

    /// The line of least squares through these: minutes and bytes.
    fn of(samples: &[(f64, f64)]) -> Self {
        let count = samples.len() as f64;
        let mean = |of: fn(&(f64, f64)) -> f64| samples.iter().map(of).sum::<f64>() / count;
        let (minute, mean_bytes) = (mean(|sample| sample.0), mean(|sample| sample.1));
        let (mut above, mut below) = (0.0, 0.0);
        for (at, bytes) in samples {
            above += (at - minute) * (bytes - mean_bytes);
            below += (at - minute).powi(2);
        }
        Self { samples: samples.len(), mean_bytes, slope_percent: 100.0 * above / below / mean_bytes }
    }
}

impl fmt::Display for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { samples, mean_bytes, slope_percent } = self;
        write!(f, "memory: {:.1} MB on average, {slope_percent:+.3} % a minute over {samples} s", mean_bytes / 1e6)
    }
}

#[test]
fn a_leak_is_steep_and_a_saw_is_not() {
    let minutes = || (0..2400).map(|second| f64::from(second) / 60.0);
    let saw: Vec<_> = minutes().map(|at| (at, 8e6 + 4e5 * (at % 4.0))).collect();
    assert!(Memory::of(&saw).slope_percent.abs() < 0.2, "{}", Memory::of(&saw));
    // Forty bytes of each of fifty envelopes a second.
    let leak: Vec<_> = minutes().map(|at| (at, 8e6 + 120e3 * at)).collect();
    assert!(Memory::of(&leak).slope_percent > 1.0, "{}", Memory::of(&leak));
}
