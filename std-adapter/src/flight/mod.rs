//! The flight recorder, which writes what a link's core was told and what it decided as a scenario, to be replayed.
//!
//! ```no_run
//! use relink_tokio::connect;
//! use relink_tokio::flight::{Options, Recorder};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let (recorder, flight) = Recorder::to_file("link.scenario", Options::DEFAULT)?;
//! let (client, events) = connect("wss://example.com/socket")?.observer(recorder).spawn();
//! // … until the link has ended:
//! client.stop().await;
//! let recorded = flight.finished().await?;
//! println!("{} steps in {} bytes", recorded.steps, recorded.bytes);
//! # Ok(())
//! # }
//! ```
//!
//! The file is in the language of the scenarios (`tests/README.md`), so `cargo run -p relink-tests --bin scenario -- FILE` replays
//! it and finds the same decisions: an incident in production becomes a test. Times count from the link's first step. It
//! holds no message, no address and nothing that a peer said in words, so it can be shown to anybody.
//!
//! A scenario begins at the beginning, so the oldest steps cannot make room for newer ones: a record that has reached
//! its limit, or whose disk is too slow, ends with a comment that says so, while the link goes on. What is in it stays a valid
//! scenario. To make the room last, of the signs of life that follow one another only one a second is written, and only
//! where leaving out the others leaves the link exactly as it is; [`Options::every_heard`] writes them all.

mod error;
mod scribe;

use std::fmt;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use error::FlightError;

use crate::observe::{Observer, Step};
use crate::spool::{Outcome, Spool, Unspooled};
use scribe::Scribe;

/// How much is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// The size of the record; at least 4 KiB.
    pub bytes_max: u64,
    /// Steps.
    pub steps_max: u64,
    /// How far the disk may be behind, in bytes; at least 4 KiB. As much again may be on its way to it.
    pub behind_bytes_max: usize,
    /// Whether every sign of life is written, or only as many as the replay needs.
    pub every_heard: bool,
}

impl Options {
    /// 16 MiB, a million steps, the disk at most 256 KiB behind, only the signs of life that matter.
    pub const DEFAULT: Self = Self { bytes_max: 16 << 20, steps_max: 1_000_000, behind_bytes_max: 256 << 10, every_heard: false };

    const BYTES_MIN: usize = 4 << 10;
}

impl Default for Options {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// The recorder of one link, to be given to [`Builder::observer`](crate::Builder::observer). It never waits for the disk: a thread
/// of its own writes. The record is complete when the link's driver is gone.
pub struct Recorder {
    scribe: Scribe,
    /// `None` once the record has ended.
    spool: Option<Spool<String>>,
    options: Options,
    recorded: Arc<Mutex<Recorded>>,
}

/// What has been recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Recorded {
    /// Steps written, or about to be.
    pub steps: u64,
    /// Signs of life left out because the next one said the same.
    pub heards_left_out: u64,
    /// Bytes written, or about to be.
    pub bytes: u64,
    /// Why the record ended before the link, if it did.
    pub stopped: Option<Stopped>,
}

/// Why a record ended before its link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stopped {
    /// It has reached its limit.
    Full,
    /// The disk was too slow.
    Behind,
    /// Writing failed: [`Flight::finished`] says why.
    Failed,
}

/// The user's end of a record.
#[derive(Debug)]
pub struct Flight {
    recorded: Arc<Mutex<Recorded>>,
    outcome: Outcome,
}

impl Recorder {
    /// Records to a file of this name; one that is there already is written anew.
    ///
    /// # Errors
    /// [`FlightError`] if the file or the thread cannot be had.
    pub fn to_file(path: impl AsRef<Path>, options: Options) -> Result<(Self, Flight), FlightError> {
        let path = path.as_ref();
        let file = File::create(path).map_err(|error| FlightError::Create(path.into(), error))?;
        Self::to_writer(file, options)
    }

    /// Records to this writer, which is used by a thread of its own and may block.
    ///
    /// # Errors
    /// [`FlightError::Thread`] if there can be no thread.
    pub fn to_writer(mut writer: impl Write + Send + 'static, options: Options) -> Result<(Self, Flight), FlightError> {
        let behind_bytes_max = options.behind_bytes_max.max(Options::BYTES_MIN);
        let bytes_max = options.bytes_max.max(Options::BYTES_MIN as u64);
        let write = move |lines: Vec<String>| {
            writer.write_all(lines.concat().as_bytes())?;
            writer.flush()
        };
        let (spool, outcome) = Spool::start("relink-flight", behind_bytes_max, write).map_err(FlightError::Thread)?;
        let recorded = Arc::<Mutex<Recorded>>::default();
        let options = Options { bytes_max, behind_bytes_max, ..options };
        let recorder = Self { scribe: Scribe::new(options.every_heard), spool: Some(spool), options, recorded: recorded.clone() };
        Ok((recorder, Flight { recorded, outcome }))
    }

    fn write(&mut self, line: String, steps: u64) {
        let Some(spool) = &self.spool else { return };
        let mut recorded = lock(&self.recorded);
        recorded.heards_left_out = self.scribe.heards_left_out();
        let bytes = recorded.bytes.saturating_add(line.len() as u64);
        let stopped = if bytes > self.options.bytes_max.saturating_sub(Self::LAST_WORDS_BYTES) || recorded.steps >= self.options.steps_max {
            Stopped::Full
        } else {
            let weight = line.len();
            match spool.push(line, weight) {
                Ok(()) => {
                    recorded.bytes = bytes;
                    recorded.steps = recorded.steps.saturating_add(steps);
                    return;
                }
                Err(Unspooled::Behind) => Stopped::Behind,
                Err(Unspooled::Failed) => Stopped::Failed,
            }
        };
        drop(recorded);
        self.end(Some(stopped));
    }

    fn end(&mut self, stopped: Option<Stopped>) {
        let Some(spool) = self.spool.take() else { return };
        let mut recorded = lock(&self.recorded);
        recorded.stopped = stopped;
        let Recorded { steps, .. } = *recorded;
        let last_words = match stopped {
            None => format!("# The end of the driver, after {steps} steps.\n"),
            Some(Stopped::Full) => format!("# Full, after {steps} steps: the link went on, the record ends here.\n"),
            Some(Stopped::Behind) => format!("# The disk was too slow, after {steps} steps: the link went on, the record ends here.\n"),
            Some(Stopped::Failed) => String::new(),
        };
        recorded.bytes = recorded.bytes.saturating_add(last_words.len() as u64);
        spool.end_with(last_words);
        if let Some(stopped) = stopped {
            tracing::warn!(?stopped, steps, "the flight record ends before its link");
        }
    }

    /// What the longest last words need.
    const LAST_WORDS_BYTES: u64 = 128;
}

impl<M> Observer<M> for Recorder {
    fn step(&mut self, step: &Step<'_>) {
        if self.spool.is_none() {
            return;
        }
        if let Some(header) = self.scribe.begin(step) {
            self.write(header, 0);
        }
        let (before, line) = self.scribe.note(step);
        for line in [before, line].into_iter().flatten() {
            self.write(line, 1);
        }
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        if let Some(line) = self.scribe.finish() {
            self.write(line, 1);
        }
        self.end(None);
    }
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder").field("recorded", &*lock(&self.recorded)).finish_non_exhaustive()
    }
}

impl Flight {
    /// What has been recorded until now.
    #[must_use]
    pub fn recorded(&self) -> Recorded {
        *lock(&self.recorded)
    }

    /// Waits until the link's driver is gone, or the record has ended before it, and all is written. A program that ends
    /// without it may cut the record short.
    ///
    /// # Errors
    /// [`FlightError::Write`] if writing failed: the record holds what was written before.
    pub async fn finished(self) -> Result<Recorded, FlightError> {
        match self.outcome.await {
            Ok(Ok(())) => Ok(*lock(&self.recorded)),
            Ok(Err(error)) => Err(FlightError::Write(error)),
            Err(_) => Err(FlightError::Write(io::Error::other("the writer panicked"))),
        }
    }
}

/// A lock poisoned by a panic elsewhere: the numbers are written whole.
fn lock(recorded: &Mutex<Recorded>) -> MutexGuard<'_, Recorded> {
    recorded.lock().unwrap_or_else(PoisonError::into_inner)
}
