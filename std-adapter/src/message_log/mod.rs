//! The message log: every frame of a link, both ways, in files of bounded size, with the secrets hidden.
//!
//! ```no_run
//! use relink_tokio::message_log::{MessageLog, Options};
//! use relink_tokio::ws::{Request, Ws};
//! use relink_tokio::Builder;
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let (log, logging) = MessageLog::to_files("messages.log", Options::default())?;
//! let request = Request::new("wss://example.com/socket?ticket=…")?;
//! let requests = log.clone();
//! let ws = Ws::new(move |attempt| {
//!     requests.request(attempt, &request);
//!     std::future::ready(Ok(request.clone()))
//! });
//! let (client, events) = Builder::new(ws).observer(log).spawn();
//! // … until the link has ended:
//! client.stop().await;
//! logging.finished().await?;
//! # Ok(())
//! # }
//! ```
//!
//! A line is one frame: when on the calendar, when since the link's first step (as in a [flight record](crate::flight)), the
//! attempt, the direction, what it is, its size in bytes (`-` where it has none of its own), and what may be shown of it:
//! ```text
//! 2026-07-01T12:00:00.123Z 12.345s #1 <- text 41 {"type":"hello","token":"***"}
//! ```
//! Bytes are never shown, and neither is a text so long that it is not examined as a whole. [`Redaction`] says what else is not.
//! Whoever may read the messages may read the files, nobody else: on Unix they are made for their owner alone.
//!
//! A thread of its own redacts and writes, so the link never waits for it. What comes while it is too far behind is left out,
//! and counted in the log.

mod error;
mod files;
mod legible;
mod line;

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use relink_core::{Action, Attempt, Event, Instant, Reaction, Report};

pub use error::MessageLogError;
pub use legible::{Legible, Words};

pub use crate::redaction::Redaction;

use crate::Ending;
use crate::observe::{Content, Direction, Frame, Observer, Step};
use crate::spool::{Outcome, Spool, Unspooled};
use files::Files;
use line::{Line, What, Writer};

/// What is logged, and how much of it.
#[derive(Clone, Debug)]
pub struct Options {
    /// How many files there are at most, the one being written included; at least 1. Each time one is full, all that there are
    /// get new names.
    pub files_max: u32,
    /// The size of a file; at least 64 KiB.
    pub file_bytes_max: u64,
    /// How much of a text is shown, in bytes; at most 16 KiB.
    pub shown_bytes_max: usize,
    /// The longest text that is examined for secrets; of a longer one only the size is logged.
    pub examined_bytes_max: usize,
    /// How far the disk may be behind, in bytes of messages. As much again may be on its way to it.
    pub behind_bytes_max: usize,
    /// What is hidden.
    pub redaction: Redaction,
}

impl Options {
    const FILE_BYTES_MIN: u64 = 64 << 10;
    const SHOWN_BYTES_MOST: usize = 16 << 10;
}

impl Default for Options {
    /// 4 files of 16 MiB, 4 KiB of texts of up to 256 KiB, the disk at most 4 MiB behind, the default redaction.
    fn default() -> Self {
        Self {
            files_max: 4,
            file_bytes_max: 16 << 20,
            shown_bytes_max: 4 << 10,
            examined_bytes_max: 256 << 10,
            behind_bytes_max: 4 << 20,
            redaction: Redaction::new(),
        }
    }
}

/// The message log of one link, to be given to [`Builder::observer`](crate::Builder::observer). Clones write the same log; it
/// is complete when all of them are gone, the one in the link's driver included.
#[derive(Clone)]
pub struct MessageLog(Arc<Shared>);

/// The user's end of a log.
#[derive(Debug)]
pub struct Logging(Outcome);

struct Shared {
    spool: Spool<Line>,
    examined_bytes_max: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The link's first step.
    origin: Option<Instant>,
    /// Now, on the link's clock, as far as it is known.
    now: Option<Instant>,
    /// Lines that were left out since the last one that was not.
    left_out: u64,
    /// The connection whose end was the latest frame.
    ended: Option<Attempt>,
}

impl MessageLog {
    /// Logs to this file; older ones beside it get `.1`, `.2` … behind their names. A log that is there already is continued.
    ///
    /// # Errors
    /// [`MessageLogError`] if the file cannot be written, or there can be no thread.
    pub fn to_files(path: impl AsRef<Path>, options: Options) -> Result<(Self, Logging), MessageLogError> {
        let file_bytes_max = options.file_bytes_max.max(Options::FILE_BYTES_MIN);
        let files = Files::open(path.as_ref(), options.files_max.max(1), file_bytes_max)?;
        let shown_bytes_max = options.shown_bytes_max.min(Options::SHOWN_BYTES_MOST);
        let mut writer = Writer { files, redaction: options.redaction, shown_bytes_max };
        let write = move |lines| writer.write(lines);
        let (spool, outcome) = Spool::start("relink-messages", options.behind_bytes_max, write).map_err(MessageLogError::Thread)?;
        let state = Mutex::default();
        Ok((Self(Arc::new(Shared { spool, examined_bytes_max: options.examined_bytes_max, state })), Logging(outcome)))
    }

    /// Logs the request of an attempt: its URL, headers and subprotocols. To be called by whoever provides it.
    #[cfg(feature = "ws")]
    pub fn request(&self, attempt: Attempt, request: &crate::ws::Request) {
        let headers = request.headers().map(|(name, value)| (name.into(), String::from_utf8_lossy(value).into_owned().into())).collect();
        let subprotocols = request.subprotocols().map(Box::from).collect();
        self.line(attempt, Direction::Out, What::Request { url: request.url().into(), headers, subprotocols });
    }

    fn line(&self, attempt: Attempt, direction: Direction, what: What) {
        let mut state = self.0.state.lock().unwrap_or_else(PoisonError::into_inner);
        let since = state.now.zip(state.origin).map(|(now, origin)| Instant::from_millis(now.since(origin)));
        let wall = SystemTime::now();
        let weight = what.weight();
        let line = Line { wall, since, left_out: state.left_out, attempt, direction, what };
        match self.0.spool.push(line, weight) {
            Ok(()) => state.left_out = 0,
            Err(Unspooled::Behind | Unspooled::Failed) => state.left_out = state.left_out.saturating_add(1),
        }
    }

    fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        work(&mut self.0.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn message(&self, message: &impl Legible, bytes: u32) -> What {
        match message.words() {
            Words::Text(text) if text.len() <= self.0.examined_bytes_max => What::Text { bytes, text: text.into() },
            Words::Text(_) => What::LongText { bytes },
            Words::Bytes => What::Binary { bytes },
        }
    }
}

impl<M: Legible> Observer<M> for MessageLog {
    fn step(&mut self, step: &Step<'_>) {
        self.with(|state| {
            state.origin.get_or_insert(step.now);
            state.now = Some(step.now);
        });
        match (step.reaction, step.event) {
            (Reaction::Do(Action::Open(attempt)), _) => self.line(attempt, Direction::Out, What::Dial),
            (Reaction::Do(Action::Abort(attempt)), _) => {
                self.line(attempt, Direction::Out, What::Abort(step.why.map(Ending::label)));
            }
            (_, Event::Of(attempt, Report::Lost(_))) => {
                let is_told = self.with(|state| state.ended.take() == Some(attempt));
                if let (Some(why), false) = (step.why, is_told) {
                    self.line(attempt, Direction::In, What::ending(why));
                }
            }
            (Reaction::Do(Action::Ping(_) | Action::Close(..)) | Reaction::Wait | Reaction::Ignored, _) => {}
        }
    }

    fn frame(&mut self, frame: &Frame<'_, M>) {
        self.with(|state| state.now = Some(frame.now));
        let what = match frame.content {
            Content::Message(message, bytes) => self.message(message, bytes),
            Content::Ping => What::Ping,
            Content::Close(code) => What::Close(code),
            Content::Report(report) => What::Report(report),
            Content::Ending(ending) => {
                let goes_on = matches!(ending, Ending::Closed(_) | Ending::Protocol(_));
                self.with(|state| state.ended = (!goes_on).then_some(frame.attempt));
                What::ending(ending)
            }
        };
        self.line(frame.attempt, frame.direction, what);
    }
}

impl fmt::Debug for MessageLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MessageLog").finish_non_exhaustive()
    }
}

impl Logging {
    /// Waits until the link's driver and all other ends of the log are gone, and all is written. A program that ends without
    /// it may cut the log short.
    ///
    /// # Errors
    /// [`MessageLogError::Write`] if writing failed: the log ends there.
    pub async fn finished(self) -> Result<(), MessageLogError> {
        match self.0.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(MessageLogError::Write(error)),
            Err(_) => Err(MessageLogError::Write(std::io::Error::other("the writer panicked"))),
        }
    }
}
