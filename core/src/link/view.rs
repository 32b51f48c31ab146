//! Owns what can be read of a link without stepping it, and its translation to other clocks and names.

use super::{Link, Past};
use crate::{
    Age, Attempt, Closing, Config, Draining, Handover, Instant, Millis, Older, Other, Pairing, Predecessor, Ready, State, Successor, Then,
};

impl<H: Pairing> Link<H> {
    /// When [`Event::Timeout`](crate::Event::Timeout) is due; none while the link waits for nothing but events.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        let due = match self.state {
            State::Idle | State::Shutdown { .. } => Instant::NEVER,
            State::Connecting { deadline, .. } | State::Open { deadline, .. } => deadline,
            State::Backoff { until } => until,
            State::Ready(ready) => ready.deadline(),
            State::Draining(draining) => draining.until,
            State::Closing(closing) => self.closing_due(&closing),
        };
        if due == Instant::NEVER { None } else { Some(due) }
    }

    /// Where the link is.
    #[must_use]
    pub const fn state(&self) -> State<H> {
        self.state
    }

    /// The configuration as it is applied.
    #[must_use]
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// Failures since the link was last stable: 0–2³²−1.
    #[must_use]
    pub const fn failures(&self) -> u32 {
        self.past.failures
    }

    /// The ceiling (for decorrelated jitter: the delay) of the failure before; 0 after none.
    #[must_use]
    pub const fn backoff_memory(&self) -> Millis {
        self.past.backoff
    }

    /// No dial happens before this point, whoever asks.
    #[must_use]
    pub const fn not_before(&self) -> Instant {
        self.past.not_before
    }

    /// The number of attempts made (modulo 2³²): the latest one's number.
    #[must_use]
    pub const fn attempts(&self) -> u32 {
        self.past.attempts
    }

    /// The same link on another clock and with other names: for storing it over a device's deep sleep, and for
    /// recognising links that differ in nothing else. [`Instant::NEVER`] stays what it is.
    #[must_use]
    pub fn translated(&self, clock: impl Fn(Instant) -> Instant, name: impl Fn(Attempt) -> Attempt) -> Self {
        let clock = |at: Instant| if at == Instant::NEVER { at } else { clock(at) };
        let latest = name(Attempt(self.past.attempts));
        let past = Past { not_before: clock(self.past.not_before), attempts: latest.0, ..self.past };
        Self { config: self.config, past, state: self.state.translated(&clock, &name) }
    }
}

impl<H: Pairing> Ready<H> {
    fn deadline(&self) -> Instant {
        let handover = match self.handover {
            Handover::Alone(age) => age.renew_at,
            Handover::Seeking(Successor::Backoff { until }, _) => until,
            Handover::Seeking(Successor::Connecting { deadline, .. } | Successor::Open { deadline, .. }, _) => deadline,
            Handover::Last(..) => Instant::NEVER,
            Handover::Replaced(_, old, _) => old.until,
        };
        self.silent_at.min(self.pulse_by).min(handover)
    }
}

impl<H: Pairing> State<H> {
    /// The attempts the link holds: the current one, and the one beside it.
    #[must_use]
    pub fn attempts(&self) -> (Option<Attempt>, Option<Attempt>) {
        match self {
            Self::Idle | Self::Backoff { .. } | Self::Shutdown { .. } => (None, None),
            Self::Connecting { attempt, .. } | Self::Open { attempt, .. } => (Some(*attempt), None),
            Self::Ready(ready) => (Some(ready.attempt), ready.handover.attempt()),
            Self::Draining(draining) => match draining.older {
                Older::None => (Some(draining.attempt), None),
                Older::Held(older, ..) => (Some(draining.attempt), Some(older)),
            },
            Self::Closing(closing) => (Some(closing.attempt), closing.other.attempt()),
        }
    }

    fn translated(&self, clock: &impl Fn(Instant) -> Instant, name: &impl Fn(Attempt) -> Attempt) -> Self {
        match *self {
            Self::Idle | Self::Shutdown { .. } => *self,
            Self::Connecting { attempt, deadline } => Self::Connecting { attempt: name(attempt), deadline: clock(deadline) },
            Self::Open { attempt, deadline } => Self::Open { attempt: name(attempt), deadline: clock(deadline) },
            Self::Ready(ready) => Self::Ready(Ready {
                attempt: name(ready.attempt),
                probe: ready.probe,
                silent_at: clock(ready.silent_at),
                pulse_by: clock(ready.pulse_by),
                handover: ready.handover.translated(clock, name),
            }),
            Self::Draining(draining) => Self::Draining(Draining {
                attempt: name(draining.attempt),
                until: clock(draining.until),
                then: draining.then.translated(clock),
                older: match draining.older {
                    Older::None => Older::None,
                    Older::Held(attempt, busy, second) => Older::Held(name(attempt), busy, second),
                },
                ..draining
            }),
            Self::Closing(closing) => Self::Closing(Closing {
                attempt: name(closing.attempt),
                deadline: clock(closing.deadline),
                then: closing.then.translated(clock),
                other: match closing.other {
                    Other::None => Other::None,
                    Other::ToAbort(attempt, second) => Other::ToAbort(name(attempt), second),
                    Other::ToClose(attempt, code, second) => Other::ToClose(name(attempt), code, second),
                    Other::Closing(attempt, second) => Other::Closing(name(attempt), second),
                },
            }),
            Self::Backoff { until } => Self::Backoff { until: clock(until) },
        }
    }
}

impl<H: Pairing> Handover<H> {
    fn attempt(&self) -> Option<Attempt> {
        match self {
            Self::Alone(_) | Self::Last(..) | Self::Seeking(Successor::Backoff { .. }, _) => None,
            Self::Seeking(Successor::Connecting { attempt, .. } | Successor::Open { attempt, .. }, _) => Some(*attempt),
            Self::Replaced(_, old, _) => Some(old.attempt),
        }
    }

    fn translated(&self, clock: &impl Fn(Instant) -> Instant, name: &impl Fn(Attempt) -> Attempt) -> Self {
        let aged = |age: Age| Age { stable_at: clock(age.stable_at), renew_at: clock(age.renew_at) };
        match *self {
            Self::Alone(age) => Self::Alone(aged(age)),
            Self::Last(..) => *self,
            Self::Seeking(successor, second) => {
                let successor = match successor {
                    Successor::Backoff { until } => Successor::Backoff { until: clock(until) },
                    Successor::Connecting { attempt, deadline } => {
                        Successor::Connecting { attempt: name(attempt), deadline: clock(deadline) }
                    }
                    Successor::Open { attempt, deadline } => Successor::Open { attempt: name(attempt), deadline: clock(deadline) },
                };
                Self::Seeking(successor, second)
            }
            Self::Replaced(age, old, second) => {
                let old = Predecessor { attempt: name(old.attempt), until: clock(old.until), closing: old.closing };
                Self::Replaced(aged(age), old, second)
            }
        }
    }
}

impl<H: Pairing> Other<H> {
    fn attempt(&self) -> Option<Attempt> {
        match self {
            Self::None => None,
            Self::ToAbort(attempt, _) | Self::ToClose(attempt, ..) | Self::Closing(attempt, _) => Some(*attempt),
        }
    }
}

impl Then {
    fn translated(self, clock: &impl Fn(Instant) -> Instant) -> Self {
        match self {
            Self::Dial(at) => Self::Dial(clock(at)),
            Self::End(_) => self,
        }
    }
}
