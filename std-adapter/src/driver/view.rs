//! The reading of the core's states: where the link is, and why it ended a connection.

use relink_core::{Attempt, Cause, Config, End, Instant, State};

use crate::Ending;
use crate::ending::{Phase, Stage};

/// Where a link is, without the details that change while it stays there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Idle,
    Connecting(Attempt),
    Open(Attempt),
    Ready(Attempt),
    Draining(Attempt),
    Closing(Attempt),
    Backoff(Instant),
    Shutdown(End),
}

impl Place {
    pub(super) const fn of(state: &State) -> Self {
        match state {
            State::Idle => Self::Idle,
            State::Connecting { attempt, .. } => Self::Connecting(*attempt),
            State::Open { attempt, .. } => Self::Open(*attempt),
            State::Ready(ready) => Self::Ready(ready.attempt),
            State::Draining(draining) => Self::Draining(draining.attempt),
            State::Closing(closing) => Self::Closing(closing.attempt),
            State::Backoff { until } => Self::Backoff(*until),
            State::Shutdown { because } => Self::Shutdown(*because),
        }
    }

    /// The connection that messages go to.
    pub(super) const fn up(self) -> Option<Attempt> {
        match self {
            Self::Ready(attempt) | Self::Draining(attempt) => Some(attempt),
            Self::Idle | Self::Connecting(_) | Self::Open(_) | Self::Closing(_) | Self::Backoff(_) | Self::Shutdown(_) => None,
        }
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Connecting(_) => "connecting",
            Self::Open(_) => "open",
            Self::Ready(_) => "ready",
            Self::Draining(_) => "draining",
            Self::Closing(_) => "closing",
            Self::Backoff(_) => "backoff",
            Self::Shutdown(_) => "shutdown",
        }
    }
}

/// What the core calls so, as its user is told of it; `stage` is how far the opening handshake had come.
pub(super) fn ending(cause: Cause, config: &Config, stage: Stage) -> Ending {
    Ending::Timeout(match cause {
        Cause::Opening => Phase::Opening(config.opening_timeout, stage),
        Cause::Acceptance => Phase::Acceptance(config.acceptance_timeout),
        Cause::Silence => Phase::Silence(config.pong_timeout),
        Cause::Pulse => Phase::Pulse,
        Cause::Closing => Phase::Closing(config.closing_timeout),
        Cause::Aged => return Ending::Aged,
        Cause::Replaced => return Ending::Replaced,
        Cause::Stopped => return Ending::Stopped,
        Cause::Asked => return Ending::Asked("".into()),
    })
}
