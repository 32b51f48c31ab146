//! Owns the writing side of the log: shared by the connections' tasks, waited on by tests.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

use super::log::{ENTRIES_MAX, Entry, Log, What};

/// The log while it is being written. Clones write the same one.
#[derive(Clone, Debug)]
pub(crate) struct Book(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    log: Mutex<Log>,
    written: Notify,
}

impl Book {
    pub(crate) fn new() -> Self {
        let log = Log { start: Instant::now(), entries: Vec::new(), left_out: 0 };
        Self(Arc::new(Inner { log: Mutex::new(log), written: Notify::new() }))
    }

    /// Writes one entry with the time of now.
    pub(crate) fn write(&self, connection: usize, what: What) {
        self.with(|log| {
            if log.entries.len() < ENTRIES_MAX {
                log.entries.push(Entry { at: Instant::now(), connection, what });
            } else {
                log.left_out += 1;
            }
        });
        self.0.written.notify_waiters();
    }

    pub(crate) fn log(&self) -> Log {
        self.with(|log| log.clone())
    }

    /// Waits until the log is as `wanted`.
    pub(crate) async fn until(&self, patience: Duration, wanted: impl Fn(&Log) -> bool) -> Result<Log, Unseen> {
        let deadline = Instant::now() + patience;
        loop {
            let mut written = std::pin::pin!(self.0.written.notified());
            written.as_mut().enable();
            if let Some(log) = self.with(|log| wanted(log).then(|| log.clone())) {
                return Ok(log);
            }
            if timeout_at(deadline, written).await.is_err() {
                return Err(Unseen { patience, log: self.log() });
            }
        }
    }

    fn with<T>(&self, work: impl FnOnce(&mut Log) -> T) -> T {
        work(&mut self.0.log.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What a test waited for did not happen in time. Its text shows the whole log.
#[derive(Clone)]
pub struct Unseen {
    /// How long it was waited for.
    pub patience: Duration,
    /// What happened instead.
    pub log: Log,
}

impl fmt::Display for Unseen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not seen within {:?}; this is what the server saw:\n{}", self.patience, self.log)
    }
}

/// As `Display`, so that `unwrap` shows the log as a person reads it.
impl fmt::Debug for Unseen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Unseen {}
