//! What can be read of a link without stepping it, and its translation to other clocks and names.

use super::signal::NOBODY;
use super::{Basis, Link, Past};
use crate::{
    Age, Attempt, Closing, Config, Draining, Handover, Instant, Millis, Older, Other, Pairing, Predecessor, Ready, State, Successor, Then,
};

impl<H: Pairing> Link<H> {
    /// When [`Event::Timeout`](crate::Event::Timeout) is due; none while the link waits for nothing but events.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        let deadline = match &self.state {
            State::Idle | State::Shutdown { .. } => Instant::NEVER,
            State::Connecting { deadline, .. } | State::Open { deadline, .. } => *deadline,
            State::Backoff { until } => *until,
            State::Ready(ready) => ready.deadline::<H>(),
            State::Draining(draining) => draining.until,
            State::Closing(closing) => closing.due::<H>(self.on.config.closing_timeout),
        };
        if deadline == Instant::NEVER { None } else { Some(deadline) }
    }

    /// Where the link is.
    #[must_use]
    pub const fn state(&self) -> State {
        self.state
    }

    /// The configuration as it is applied.
    #[must_use]
    pub const fn config(&self) -> &Config {
        &self.on.config
    }

    /// Failures since the link was last stable: 0–2³²−1.
    #[must_use]
    pub const fn failures(&self) -> u32 {
        self.on.past.failures
    }

    /// The ceiling (for decorrelated jitter: the delay) of the failure before; 0 after none.
    #[must_use]
    pub const fn backoff_memory(&self) -> Millis {
        self.on.past.backoff
    }

    /// No dial happens before this point, whoever asks.
    #[must_use]
    pub const fn not_before(&self) -> Instant {
        self.on.past.not_before
    }

    /// The number of attempts made (modulo 2³²): the latest one's number.
    #[must_use]
    pub const fn attempts(&self) -> u32 {
        self.on.past.attempts
    }

    /// The same link on another clock and with other names: for storing it over a device's deep sleep, and for
    /// recognising links that differ in nothing else. [`Instant::NEVER`] stays what it is.
    #[must_use]
    pub fn translated(&self, clock: impl Fn(Instant) -> Instant, name: impl Fn(Attempt) -> Attempt) -> Self {
        let clock = |at: Instant| if at == Instant::NEVER { at } else { clock(at) };
        let latest = name(Attempt(self.on.past.attempts));
        let past = Past { not_before: clock(self.on.past.not_before), attempts: latest.0, ..self.on.past };
        Self { on: Basis { past, config: self.on.config }, state: self.state.translated(&clock, &name), pairing: self.pairing }
    }
}

impl Ready {
    fn deadline<H: Pairing>(&self) -> Instant {
        let handover = match self.handover {
            Handover::Alone(age) => age.renew_at,
            _ if !H::PAIRED => Instant::NEVER,
            Handover::Seeking(Successor::Backoff { until }) => until,
            Handover::Seeking(Successor::Connecting { deadline, .. } | Successor::Open { deadline, .. }) => deadline,
            Handover::Last(..) => Instant::NEVER,
            Handover::Replaced(_, old) => old.until,
        };
        self.silent_at.min(self.pulse_by).min(handover)
    }
}

impl State {
    /// The attempts the link holds: the current one, and the one beside it.
    #[must_use]
    pub const fn attempts(&self) -> (Option<Attempt>, Option<Attempt>) {
        (named(self.first()), named(self.second()))
    }

    /// Whether a report of this attempt concerns the link: it is the current connection, or the one beside it.
    #[must_use]
    pub const fn holds(&self, attempt: Attempt) -> bool {
        attempt.0 != NOBODY.0 && (attempt.0 == self.first().0 || attempt.0 == self.second().0)
    }

    pub(super) const fn first(&self) -> Attempt {
        match self {
            Self::Idle | Self::Backoff { .. } | Self::Shutdown { .. } => NOBODY,
            Self::Connecting { attempt, .. } | Self::Open { attempt, .. } => *attempt,
            Self::Ready(Ready { attempt, .. }) | Self::Draining(Draining { attempt, .. }) | Self::Closing(Closing { attempt, .. }) => {
                *attempt
            }
        }
    }

    pub(super) const fn second(&self) -> Attempt {
        match self {
            Self::Ready(ready) => ready.handover.attempt(),
            Self::Draining(Draining { older: Older::Held(attempt, _), .. }) => *attempt,
            Self::Closing(closing) => closing.other.attempt(),
            Self::Idle | Self::Backoff { .. } | Self::Shutdown { .. } => NOBODY,
            Self::Connecting { .. } | Self::Open { .. } | Self::Draining(_) => NOBODY,
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
                    Older::Held(attempt, busy) => Older::Held(name(attempt), busy),
                },
                ..draining
            }),
            Self::Closing(closing) => Self::Closing(Closing {
                attempt: name(closing.attempt),
                deadline: clock(closing.deadline),
                then: closing.then.translated(clock),
                other: match closing.other {
                    Other::None => Other::None,
                    Other::ToAbort(attempt) => Other::ToAbort(name(attempt)),
                    Other::ToClose(attempt, code) => Other::ToClose(name(attempt), code),
                    Other::Closing(attempt) => Other::Closing(name(attempt)),
                },
            }),
            Self::Backoff { until } => Self::Backoff { until: clock(until) },
        }
    }
}

impl Handover {
    pub(super) const fn attempt(&self) -> Attempt {
        match self {
            Self::Alone(_) | Self::Last(..) | Self::Seeking(Successor::Backoff { .. }) => NOBODY,
            Self::Seeking(Successor::Connecting { attempt, .. } | Successor::Open { attempt, .. }) => *attempt,
            Self::Replaced(_, old) => old.attempt,
        }
    }

    fn translated(&self, clock: &impl Fn(Instant) -> Instant, name: &impl Fn(Attempt) -> Attempt) -> Self {
        let aged = |age: Age| Age { stable_at: clock(age.stable_at), renew_at: clock(age.renew_at) };
        match *self {
            Self::Alone(age) => Self::Alone(aged(age)),
            Self::Last(..) => *self,
            Self::Seeking(successor) => {
                let successor = match successor {
                    Successor::Backoff { until } => Successor::Backoff { until: clock(until) },
                    Successor::Connecting { attempt, deadline } => {
                        Successor::Connecting { attempt: name(attempt), deadline: clock(deadline) }
                    }
                    Successor::Open { attempt, deadline } => Successor::Open { attempt: name(attempt), deadline: clock(deadline) },
                };
                Self::Seeking(successor)
            }
            Self::Replaced(age, old) => {
                let old = Predecessor { attempt: name(old.attempt), until: clock(old.until), closing: old.closing };
                Self::Replaced(aged(age), old)
            }
        }
    }
}

impl Other {
    pub(super) const fn attempt(&self) -> Attempt {
        match self {
            Self::None => NOBODY,
            Self::ToAbort(attempt) | Self::ToClose(attempt, ..) | Self::Closing(attempt) => *attempt,
        }
    }
}

const fn named(attempt: Attempt) -> Option<Attempt> {
    if attempt.0 == NOBODY.0 { None } else { Some(attempt) }
}

impl Then {
    fn translated(self, clock: &impl Fn(Instant) -> Instant) -> Self {
        match self {
            Self::Dial(at) => Self::Dial(clock(at)),
            Self::Stop | Self::GiveUp | Self::Exhaust | Self::Over => self,
        }
    }
}
