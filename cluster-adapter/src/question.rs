//! What is asked of a worker and has to be answered at once: beside the queue, stored nowhere.

use std::error::Error;
use std::fmt;
use std::future::Future;

use bytes::Bytes;
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};

use crate::{Envelope, Fault};

/// Hears what is asked. Those who listen share the questions: each is heard by one of them.
pub trait Answers: Send + 'static {
    /// What it hands out.
    type Question: Question;

    /// The next question; waits for one. `None` after [`Answers::close`], when all that came before was handed out. Dropping the future
    /// loses nothing. After a fault it can be asked again.
    fn next(&mut self) -> impl Future<Output = Result<Option<Self::Question>, Fault>> + Send;

    /// Listens no more: nobody asks this one from now on.
    fn close(&mut self) -> impl Future<Output = Result<(), Fault>> + Send;
}

/// A question in hand. Dropped without an answer, whoever asked waits until the time is up: nobody else is asked.
pub trait Question: Send + Sync + 'static {
    /// What is asked: the same as would come out of the queue.
    fn envelope(&self) -> &Envelope;

    /// Until when there is somebody to be answered, by this process's clock: an answer has its way to go yet.
    fn until(&self) -> Instant;

    /// Answers it, and says whether the answer was waited for.
    ///
    /// # Errors
    /// A fault: the answer may have arrived. Given again, it is [`Heard::TooLate`] where it had.
    fn answer(&self, answer: Bytes) -> impl Future<Output = Result<Heard, Fault>> + Send;
}

/// What became of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// It came in time.
    InTime,
    /// Nobody waits for it any more.
    TooLate,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AskError {
    /// Nobody listens, or nobody can be reached: nothing was asked, and it can be asked again.
    Nobody,
    /// There was no answer in time: somebody may be at work on it.
    Late,
    /// Something is wrong with the engine.
    Fault(Fault),
}

/// Waits until then. What comes at the last instant counts, since whoever sent it was told that it does.
pub(crate) async fn wait<T>(mut answer: oneshot::Receiver<T>, until: Instant) -> Option<T> {
    match timeout_at(until, &mut answer).await {
        Ok(answer) => answer.ok(),
        Err(_) => {
            answer.close();
            answer.try_recv().ok()
        }
    }
}

impl fmt::Display for AskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nobody => f.write_str("no worker listens for questions, or none can be reached; is one running?"),
            Self::Late => f.write_str("no worker answered in time; one may still be at work on it"),
            Self::Fault(fault) => fault.fmt(f),
        }
    }
}

impl Error for AskError {}

impl From<Fault> for AskError {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}
