//! Owns what a handler is given, and what it answers.

use std::borrow::Cow;
use std::future::Future;

use bytes::Bytes;

use crate::{Envelope, Hold, Token};

/// Something to be worked on.
#[derive(Clone, Debug)]
pub struct Job {
    pub(super) envelope: Envelope,
    pub(super) sequence: u64,
    pub(super) token: Token,
    pub(super) delivered: u64,
    pub(super) attempt: u64,
    pub(super) hold: Hold,
}

/// What became of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is done.
    Done,
    /// It failed, for this reason, and may succeed later: it is tried again as the [`Retries`](super::Retries) say. A panic is this, too.
    Retry(Cow<'static, str>),
    /// Nobody can ever do it, for this reason: it is a dead letter at once.
    Dead(Cow<'static, str>),
}

/// Works on jobs. A closure that returns a future is one.
///
/// A future may be dropped at any of its awaits, when the time to finish is over; the job comes again then, here or elsewhere. So does one that was done
/// when the process died before the queue knew: whatever is done has to bear being done twice.
pub trait Handler: Send + Sync + 'static {
    /// Works on one job. As many at once as the worker's concurrency allows, but never two of one key.
    fn handle(&self, job: Job) -> impl Future<Output = Outcome> + Send;
}

impl<F, Working> Handler for F
where
    F: Fn(Job) -> Working + Send + Sync + 'static,
    Working: Future<Output = Outcome> + Send,
{
    fn handle(&self, job: Job) -> impl Future<Output = Outcome> + Send {
        self(job)
    }
}

impl Job {
    /// What is to be worked on.
    #[must_use]
    pub const fn envelope(&self) -> &Envelope {
        &self.envelope
    }

    /// The sender's own id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.envelope.id
    }

    /// What is kept in order.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.envelope.key
    }

    /// The content.
    #[must_use]
    pub const fn payload(&self) -> &Bytes {
        &self.envelope.payload
    }

    /// Its place in the queue: it grows within a key.
    #[must_use]
    pub const fn sequence(&self) -> u64 {
        self.sequence
    }

    /// Who put it into the queue.
    #[must_use]
    pub const fn token(&self) -> Token {
        self.token
    }

    /// How often it was delivered to a worker, this time included: if more than once, another may have worked on it.
    #[must_use]
    pub const fn delivered(&self) -> u64 {
        self.delivered
    }

    /// The how-manieth try this is, from 1: those of this worker, and one for each delivery before.
    #[must_use]
    pub const fn attempt(&self) -> u64 {
        self.attempt
    }

    /// Whether its partition is still this worker's, and the token of that: a store that refuses smaller ones refuses
    /// what a worker does whose time is over.
    #[must_use]
    pub const fn hold(&self) -> &Hold {
        &self.hold
    }
}
