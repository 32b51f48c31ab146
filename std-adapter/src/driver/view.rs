//! The reading of the core's states: where the link is, when it dials next, and why it ended a connection.

use relink_core::{Attempt, Config, End, Event, Handover, Instant, Link, Probe, Report, State, Successor, Then};

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

/// When the link dials next, or has dialled, to replace a connection that is over; none if it will not.
pub(super) fn next_dial(state: &State, now: Instant) -> Option<Instant> {
    let then = match state {
        State::Idle | State::Shutdown { .. } => return None,
        State::Connecting { .. } | State::Open { .. } => return Some(now),
        State::Backoff { until } => return Some(*until),
        State::Ready(ready) => match ready.handover {
            Handover::Seeking(Successor::Backoff { until }, ..) => return Some(until),
            Handover::Seeking(Successor::Connecting { .. } | Successor::Open { .. }, ..) => return Some(now),
            Handover::Alone(_) | Handover::Last(..) | Handover::Replaced(..) => return None,
        },
        State::Draining(draining) => draining.then,
        State::Closing(closing) => closing.then,
    };
    if let Then::Dial(at) = then { Some(at.max(now)) } else { None }
}

/// Why the link, in the state `before`, answered `event` by closing or aborting `attempt`.
pub(super) fn cause(link: &Link, before: &State, event: &Event, attempt: Attempt, now: Instant, stage: Stage) -> Ending {
    match event {
        Event::Start => Ending::Replaced,
        Event::Stop(_) | Event::Drain(..) => Ending::Stopped,
        Event::Of(..) if matches!(before, State::Draining(_)) => Ending::Stopped,
        Event::Of(_, Report::Asked(_)) => Ending::Asked("".into()),
        // It ends because another one did.
        Event::Of(..) => Ending::Replaced,
        Event::Timeout => overdue(link.config(), before, attempt, now, stage),
    }
}

fn overdue(config: &Config, before: &State, attempt: Attempt, now: Instant, stage: Stage) -> Ending {
    let opening = Ending::Timeout(Phase::Opening(config.opening_timeout, stage));
    let acceptance = Ending::Timeout(Phase::Acceptance(config.acceptance_timeout));
    match before {
        State::Connecting { .. } => opening,
        State::Open { .. } => acceptance,
        State::Ready(ready) if ready.attempt == attempt => {
            if ready.probe != Probe::Quiet && now >= ready.silent_at {
                Ending::Timeout(Phase::Silence(config.pong_timeout))
            } else if now >= ready.pulse_by {
                Ending::Timeout(Phase::Pulse)
            } else {
                Ending::Aged
            }
        }
        State::Ready(ready) => match ready.handover {
            Handover::Seeking(Successor::Open { .. }, ..) => acceptance,
            Handover::Seeking(Successor::Connecting { .. } | Successor::Backoff { .. }, ..) => opening,
            Handover::Alone(_) | Handover::Last(..) | Handover::Replaced(..) => Ending::Replaced,
        },
        State::Closing(closing) if matches!(closing.then, Then::Dial(_)) => Ending::Timeout(Phase::Closing(config.closing_timeout)),
        // It ends with the link.
        State::Closing(_) | State::Draining(_) => Ending::Stopped,
        State::Idle | State::Backoff { .. } | State::Shutdown { .. } => Ending::Stopped,
    }
}
