//! Reading of states for people: why a link ended a connection, and when it dials next. Decides nothing.

use crate::link::Link;
use crate::{Attempt, Event, Handover, Instant, Pairing, Probe, Report, State, Successor, Then};

/// Why a link answered an event by closing or aborting a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Cause {
    /// The opening handshake was not done within `opening_timeout`.
    Opening,
    /// The peer did not accept within `acceptance_timeout`.
    Acceptance,
    /// No frame came within `pong_timeout` of a ping.
    Silence,
    /// The peer's own heartbeat is overdue.
    Pulse,
    /// The transport did not end within `closing_timeout` of a Close.
    Closing,
    /// The connection reached the greatest age it may have.
    Aged,
    /// The peer asked for it.
    Asked,
    /// Another connection takes its place, or took it.
    Replaced,
    /// The link ends.
    Stopped,
}

impl<H: Pairing> Link<H> {
    /// Why this link, which was in the state `before`, answered `event` by ending `attempt`; asked at the same `now` as that step.
    #[must_use]
    pub fn cause(&self, before: &State, event: &Event, attempt: Attempt, now: Instant) -> Cause {
        match event {
            Event::Start => Cause::Replaced,
            Event::Stop(_) | Event::Drain(..) => Cause::Stopped,
            Event::Of(..) if matches!(before, State::Draining(_)) => Cause::Stopped,
            Event::Of(_, Report::Asked(_)) => Cause::Asked,
            // It ends because another one did.
            Event::Of(..) => Cause::Replaced,
            Event::Timeout => before.overdue(attempt, now),
        }
    }
}

impl State {
    /// When a link in this state dials next, or has dialled, to replace a connection that is over; none if it will not.
    #[must_use]
    pub fn next_dial(&self, now: Instant) -> Option<Instant> {
        let then = match self {
            Self::Idle | Self::Shutdown { .. } => return None,
            Self::Connecting { .. } | Self::Open { .. } => return Some(now),
            Self::Backoff { until } => return Some(*until),
            Self::Ready(ready) => match ready.handover {
                Handover::Seeking(Successor::Backoff { until }) => return Some(until),
                Handover::Seeking(Successor::Connecting { .. } | Successor::Open { .. }) => return Some(now),
                Handover::Alone(_) | Handover::Last(..) | Handover::Replaced(..) => return None,
            },
            Self::Draining(draining) => draining.then,
            Self::Closing(closing) => closing.then,
        };
        if let Then::Dial(at) = then { Some(at.max(now)) } else { None }
    }

    fn overdue(&self, attempt: Attempt, now: Instant) -> Cause {
        match self {
            Self::Connecting { .. } => Cause::Opening,
            Self::Open { .. } => Cause::Acceptance,
            Self::Ready(ready) if ready.attempt == attempt => {
                if ready.probe != Probe::Quiet && now >= ready.silent_at {
                    Cause::Silence
                } else if now >= ready.pulse_by {
                    Cause::Pulse
                } else {
                    Cause::Aged
                }
            }
            Self::Ready(ready) => match ready.handover {
                Handover::Seeking(Successor::Open { .. }) => Cause::Acceptance,
                Handover::Seeking(Successor::Connecting { .. } | Successor::Backoff { .. }) => Cause::Opening,
                Handover::Alone(_) | Handover::Last(..) | Handover::Replaced(..) => Cause::Replaced,
            },
            Self::Closing(closing) if matches!(closing.then, Then::Dial(_)) => Cause::Closing,
            // It ends with the link.
            Self::Closing(_) | Self::Draining(_) => Cause::Stopped,
            Self::Idle | Self::Backoff { .. } | Self::Shutdown { .. } => Cause::Stopped,
        }
    }
}
