//! Owns what follows an ending: the failure count, the delay, the floor below which nobody dials.

use super::{At, Link, Next, Past};
use crate::backoff::scale;
use crate::{Action, Attempt, Closing, End, Instant, Millis, Other, Pairing, State, Then, Verdict};

impl Past {
    /// No dial before `now + wait`; what was promised before stays promised.
    fn hold(&mut self, at: At, wait: Millis) {
        self.not_before = self.not_before.max(at.now.after(wait));
    }

    pub(super) fn forgive(&mut self) {
        self.failures = 0;
        self.backoff = Millis::ZERO;
    }
}

impl<H: Pairing> Link<H> {
    /// Judges the end of an attempt or connection. `stable`: it was Ready for `reset_after`, so this is no failure.
    pub(super) fn judge(&self, at: At, stable: bool, verdict: Verdict) -> (Past, Then) {
        let mut past = self.past;
        if stable {
            past.forgive();
        }
        self.raise_floor(at, &mut past, verdict);
        if verdict == Verdict::GiveUp {
            return (past, Then::End(End::GivenUp));
        }
        if !self.config.redial {
            return (past, Then::End(End::Over));
        }
        let Some(delay) = self.delay(at, stable, verdict, &mut past) else { return (past, Then::End(End::Exhausted)) };
        let base = match verdict {
            Verdict::RetryAfter(_) => at.now.max(past.not_before),
            Verdict::Retry | Verdict::RetryIn(_) | Verdict::Postpone(_) | Verdict::Renew { .. } | Verdict::GiveUp => at.now,
        };
        (past, Then::Dial(past.not_before.max(base.after(delay))))
    }

    /// The delay on top of what the peer demands; none when the failures are too many.
    fn delay(&self, at: At, stable: bool, verdict: Verdict, past: &mut Past) -> Option<Millis> {
        let planned = match verdict {
            Verdict::Postpone(_) => return Some(Millis::ZERO),
            Verdict::Renew { within } => Millis(scale(at.roll, within.0)),
            Verdict::RetryIn(delay) if stable => return Some(delay.min(self.config.backoff.delay_max)),
            Verdict::Retry | Verdict::RetryAfter(_) | Verdict::RetryIn(_) | Verdict::GiveUp if stable => {
                Millis(scale(at.roll, self.config.backoff.first_spread.0))
            }
            Verdict::Retry | Verdict::RetryAfter(_) | Verdict::RetryIn(_) | Verdict::GiveUp => Millis::ZERO,
        };
        if stable {
            return Some(planned);
        }
        past.failures = past.failures.saturating_add(1);
        if self.config.backoff.failures_max != 0 && past.failures >= self.config.backoff.failures_max {
            return None;
        }
        let draw = self.config.backoff.draw(past.backoff, at.roll);
        past.backoff = draw.memory;
        match verdict {
            Verdict::RetryIn(delay) => Some(delay.min(self.config.backoff.delay_max)),
            Verdict::Retry | Verdict::RetryAfter(_) | Verdict::Postpone(_) | Verdict::Renew { .. } | Verdict::GiveUp => {
                Some(draw.delay.max(planned))
            }
        }
    }

    /// `RetryAfter` and `Postpone` hold whatever becomes of the connection they were said on.
    pub(super) fn raise_floor(&self, at: At, past: &mut Past, verdict: Verdict) {
        match verdict {
            Verdict::RetryAfter(wait) | Verdict::Postpone(wait) => past.hold(at, wait.min(self.config.retry_after_max)),
            Verdict::Retry | Verdict::RetryIn(_) | Verdict::Renew { .. } | Verdict::GiveUp => {}
        }
    }

    /// A verdict on a connection whose successor is already decided: it can only raise the floor or end the link.
    pub(super) fn amend(&self, at: At, then: Then, verdict: Verdict) -> (Past, Then) {
        let mut past = self.past;
        self.raise_floor(at, &mut past, verdict);
        let then = match then {
            Then::Dial(_) if verdict == Verdict::GiveUp => Then::End(End::GivenUp),
            Then::Dial(until) => Then::Dial(until.max(past.not_before)),
            Then::End(_) => then,
        };
        (past, then)
    }

    /// Names the next attempt, and keeps the one after it at its distance.
    pub(super) fn next_attempt(&self, at: At, mut past: Past) -> (Past, Attempt) {
        past.attempts = if past.attempts == u32::MAX { 1 } else { past.attempts.saturating_add(1) };
        past.hold(at, self.config.dial_gap_min);
        (past, Attempt(past.attempts))
    }

    pub(super) fn dial(&self, at: At, past: Past) -> Next<H> {
        let (past, attempt) = self.next_attempt(at, past);
        let deadline = at.now.after(self.config.opening_timeout);
        self.to(State::Connecting { attempt, deadline }).with(past).and(Action::Open(attempt))
    }

    /// Nothing is held any more.
    pub(super) fn gone(&self, (past, then): (Past, Then)) -> Next<H> {
        let state = match then {
            Then::Dial(until) => State::Backoff { until },
            Then::End(because) => State::Shutdown { because },
        };
        self.to(state).with(past)
    }

    /// The closing handshake has begun on the one connection that is held.
    pub(super) fn closes(&self, at: At, attempt: Attempt, fate: (Past, Then)) -> Next<H> {
        self.closes_both(at, attempt, Other::None, fate)
    }

    pub(super) fn closes_both(&self, at: At, attempt: Attempt, other: Other<H>, (past, then): (Past, Then)) -> Next<H> {
        let deadline = at.now.after(self.config.closing_timeout);
        self.to(State::Closing(Closing { attempt, deadline, then, other })).with(past)
    }

    /// The user's own end.
    pub(super) const fn stopped(&self) -> (Past, Then) {
        (self.past, Then::End(End::Stopped))
    }

    /// A Start during an ending: afresh, as soon as the floor allows.
    pub(super) fn restart(&self, at: At) -> (Past, Then) {
        let mut past = self.past;
        past.forgive();
        (past, Then::Dial(at.now.max(past.not_before)))
    }
}

pub(super) const fn due(at: At, deadline: Instant) -> bool {
    at.now.as_millis() >= deadline.as_millis()
}
