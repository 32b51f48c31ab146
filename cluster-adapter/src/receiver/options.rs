//! What a receiver is told: how much it may have in hand, and what is done where the queue does not answer.

use std::time::Duration;

/// How long a thing of Slack's may take until it is acknowledged: Slack waits 3 s.
pub const ANSWER_WITHIN: Duration = Duration::from_millis(2500);

/// How a receiver goes about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// How many things may be in hand: waiting for the queue, or for a worker's answer. At least 1.
    pub in_hand_max: usize,
    /// What to do with what the queue has not confirmed in time.
    pub unconfirmed: Unconfirmed,
    /// What to do with what somebody waits for an answer to.
    pub questions: Questions,
}

/// What to do with what the queue has not confirmed in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unconfirmed {
    /// It is not acknowledged: what comes again is not lost, and the rest was not confirmed to anybody.
    Leave,
    /// It is acknowledged all the same, so that nobody sees an error or sends it again, and storing it is tried for so much longer, as long as this
    /// process leads. What is not stored by then is lost, and counted.
    Acknowledge {
        /// How much longer.
        then_try_for: Duration,
    },
}

/// What to do with what somebody waits for an answer to: interactions and slash commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Questions {
    /// They go through the queue like everything else and are acknowledged when they are stored; the worker answers another way, by Slack's
    /// `response_url` for instance. The order of the key holds for them too.
    Store,
    /// A worker is [asked](crate::Engine::ask), with the time that is left, and its answer goes into the acknowledgement. Nothing is
    /// stored. Where nobody listens at the moment, it is asked again until the time is up; where nobody answers in time,
    /// nothing is acknowledged, and it is counted.
    Ask,
}

impl Default for Options {
    fn default() -> Self {
        Self { in_hand_max: 4096, unconfirmed: Unconfirmed::Leave, questions: Questions::Store }
    }
}
