//! Owns the counting of what a compared client does: dials, ups, downs, messages, and where it hangs.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// The most text messages that are kept.
const TEXTS_MAX: usize = 1 << 16;

/// What a client did until it was counted.
#[derive(Clone, Debug)]
pub struct Count {
    /// When it was counted.
    pub at: Instant,
    /// When each dial was made.
    pub dials: Vec<Instant>,
    /// When a WebSocket was open.
    pub ups: Vec<Instant>,
    /// When one that was open had ended.
    pub downs: Vec<Instant>,
    /// The text messages, in order.
    pub texts: Vec<String>,
    waits: BTreeMap<u64, (Waiting, Instant)>,
    waits_begun: u64,
}

/// What is waited for without a deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waiting {
    /// The end of a dial and its opening handshake.
    ForOpening,
    /// The next message.
    ForMessage,
}

impl Count {
    /// The times between one dial and the next.
    #[must_use]
    pub fn gaps(&self) -> Vec<Duration> {
        self.dials.windows(2).map(|pair| pair[1].duration_since(pair[0])).collect()
    }

    /// The times from the end of a connection to the next one that was open.
    #[must_use]
    pub fn outages(&self) -> Vec<Duration> {
        let next_up = |down: &Instant| self.ups.iter().find(|up| *up >= down).map(|up| up.duration_since(*down));
        self.downs.iter().filter_map(next_up).collect()
    }

    /// What had lasted longer than `patience` when it was counted. Where the peer is known to be dead, the client hangs there.
    #[must_use]
    pub fn hangs(&self, patience: Duration) -> Vec<(Waiting, Duration)> {
        let waits = self.waits.values().map(|(what, since)| (*what, self.at.duration_since(*since)));
        waits.filter(|(_, waited)| *waited > patience).collect()
    }
}

/// A [`Count`] while it grows. Clones share one.
#[derive(Clone, Debug)]
pub struct Tally(Arc<Mutex<Count>>);

impl Tally {
    /// The count so far.
    #[must_use]
    pub fn count(&self) -> Count {
        self.with(|count| Count { at: Instant::now(), ..count.clone() })
    }

    /// Counts a dial; `false` if there were `dials_max` already.
    pub(crate) fn dial(&self, dials_max: usize) -> bool {
        self.with(|count| {
            let allowed = count.dials.len() < dials_max;
            if allowed {
                count.dials.push(Instant::now());
            }
            allowed
        })
    }

    pub(crate) fn up(&self) {
        self.with(|count| count.ups.push(Instant::now()));
    }

    pub(crate) fn down(&self) {
        self.with(|count| count.downs.push(Instant::now()));
    }

    pub(crate) fn text(&self, text: &str) {
        self.with(|count| {
            if count.texts.len() < TEXTS_MAX {
                count.texts.push(text.to_owned());
            }
        });
    }

    /// Counts as waiting until the returned value is dropped.
    pub(crate) fn waits(&self, what: Waiting) -> Wait {
        let number = self.with(|count| {
            count.waits_begun += 1;
            count.waits.insert(count.waits_begun, (what, Instant::now()));
            count.waits_begun
        });
        Wait { tally: self.clone(), number }
    }

    fn with<T>(&self, work: impl FnOnce(&mut Count) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Default for Tally {
    fn default() -> Self {
        let (dials, ups, downs, texts) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let count = Count { at: Instant::now(), dials, ups, downs, texts, waits: BTreeMap::new(), waits_begun: 0 };
        Self(Arc::new(Mutex::new(count)))
    }
}

/// A wait that goes on.
#[must_use]
#[derive(Debug)]
pub(crate) struct Wait {
    tally: Tally,
    number: u64,
}

impl Drop for Wait {
    fn drop(&mut self) {
        self.tally.with(|count| count.waits.remove(&self.number));
    }
}
