//! What follows an ending: the failure count, the delay, the floor below which nobody dials.

use super::signal::How;
use super::{Basis, Effect, Past, Step};
use crate::backoff::scale;
use crate::{Action, Attempt, Closing, End, Instant, Millis, Other, Pairing, State, Then, Verdict};

impl Past {
    pub(super) fn forgive(&mut self) {
        self.failures = 0;
        self.backoff = Millis::ZERO;
    }
}

impl Then {
    /// When to dial, or why not to.
    pub(super) const fn end(self) -> Result<Instant, End> {
        match self {
            Self::Dial(until) => Ok(until),
            Self::Stop => Err(End::Stopped),
            Self::GiveUp => Err(End::GivenUp),
            Self::Exhaust => Err(End::Exhausted),
            Self::Over => Err(End::Over),
        }
    }
}

impl<H: Pairing> Step<'_, H> {
    /// Judges the end of an attempt or connection. `stable`: it was Ready for `reset_after`, so this is no failure.
    pub(super) fn judge(&mut self, stable: bool) -> Then {
        self.raise_floor();
        let (verdict, redial) = (self.verdict, self.on.config.redial);
        let (mut from, mut delay, mut spread) = (self.now, Millis::ZERO, Millis::ZERO);
        if stable {
            self.on.past.forgive();
            spread = self.on.config.backoff.first_spread;
        } else if redial && !matches!(verdict, Verdict::Postpone(_) | Verdict::GiveUp) {
            match self.fails() {
                Some(drawn) => delay = drawn,
                None => return Then::Exhaust,
            }
        }
        match verdict {
            Verdict::GiveUp => return Then::GiveUp,
            _ if !redial => return Then::Over,
            Verdict::Retry => {}
            Verdict::RetryAfter(_) => from = self.on.past.not_before,
            Verdict::RetryIn(wanted) => (delay, spread) = (wanted.min(self.on.config.backoff.delay_max), Millis::ZERO),
            Verdict::Postpone(_) => spread = Millis::ZERO,
            Verdict::Renew { within } => spread = within,
        }
        self.dial_from(from.plus(delay.max(Millis(scale(self.roll, spread.0)))))
    }

    /// Counts a failure and draws the delay after it; none, if it was one too many.
    fn fails(&mut self) -> Option<Millis> {
        let Basis { past, config } = &mut *self.on;
        past.failures = past.failures.saturating_add(1);
        // A limit of 0 wraps to one that is never passed.
        if past.failures.wrapping_sub(1) >= config.backoff.failures_max.wrapping_sub(1) {
            return None;
        }
        let draw = config.backoff.draw(past.backoff, self.roll);
        past.backoff = draw.memory;
        Some(draw.delay)
    }

    pub(super) fn dial_from(&self, wanted: Instant) -> Then {
        Then::Dial(wanted.max(self.on.past.not_before))
    }

    /// No dial before `wait` is over; what was promised before stays promised.
    #[cfg_attr(target_pointer_width = "32", inline(never))]
    fn hold(&mut self, wait: Millis) {
        self.on.past.not_before = self.on.past.not_before.max(self.after(wait));
    }

    /// `RetryAfter` and `Postpone` hold whatever becomes of the connection they were said on.
    pub(super) fn raise_floor(&mut self) {
        match self.verdict {
            Verdict::RetryAfter(wait) | Verdict::Postpone(wait) => self.hold(wait.min(self.on.config.retry_after_max)),
            Verdict::Retry | Verdict::RetryIn(_) | Verdict::Renew { .. } | Verdict::GiveUp => {}
        }
    }

    /// A verdict on a connection whose successor is already decided: it can only raise the floor or end the link.
    pub(super) fn amend(&mut self, then: &mut Then) {
        self.raise_floor();
        if let Then::Dial(until) = *then {
            *then = if self.verdict == Verdict::GiveUp { Then::GiveUp } else { self.dial_from(until) };
        }
    }

    /// Names the next attempt and asks for it; the one after it keeps its distance.
    pub(super) fn open_next(&mut self) -> Attempt {
        let latest = self.on.past.attempts;
        self.on.past.attempts = if latest == u32::MAX { 1 } else { latest.saturating_add(1) };
        self.hold(self.on.config.dial_gap_min);
        let attempt = Attempt(self.on.past.attempts);
        self.act(Action::Open(attempt));
        attempt
    }

    pub(super) fn dial(&mut self) -> Effect {
        let attempt = self.open_next();
        self.to(State::Connecting { attempt, deadline: self.after(self.on.config.opening_timeout) })
    }

    /// Nothing is held any more.
    #[inline(never)]
    pub(super) fn gone(&mut self, then: Then) -> Effect {
        let state = match then.end() {
            Ok(until) => State::Backoff { until },
            Err(because) => State::Shutdown { because },
        };
        self.to(state)
    }

    /// An attempt or connection ends, and with it the one beside it.
    #[inline(never)]
    pub(super) fn ends(&mut self, attempt: Attempt, how: How, other: Other, then: Then) -> Effect {
        match how {
            How::Lost => return self.left_with(other, then),
            // Who dies has nothing beside it: another connection would have taken over.
            How::Dead => {
                self.act(Action::Abort(attempt));
                return self.gone(then);
            }
            How::Closed => {}
            How::Leave | How::Asked => self.act(Action::Close(attempt, self.code)),
        }
        self.closes(attempt, other, then)
    }

    /// One of two connections is gone: ends the other.
    pub(super) fn left_with(&mut self, other: Other, then: Then) -> Effect {
        let attempt = match other {
            Other::ToClose(attempt, code) if H::PAIRED => {
                self.act(Action::Close(attempt, code));
                attempt
            }
            Other::Closing(attempt) if H::PAIRED => attempt,
            Other::None | Other::ToAbort(_) | Other::ToClose(..) | Other::Closing(_) => {
                if let (true, Other::ToAbort(attempt)) = (H::PAIRED, other) {
                    self.act(Action::Abort(attempt));
                }
                return self.gone(then);
            }
        };
        self.closes(attempt, Other::None, then)
    }

    /// The closing handshake has begun.
    pub(super) fn closes(&mut self, attempt: Attempt, other: Other, then: Then) -> Effect {
        let deadline = self.after(self.on.config.closing_timeout);
        self.to(State::Closing(Closing { attempt, deadline, then, other }))
    }

    /// A Start during an ending: afresh, as soon as the floor allows.
    pub(super) fn restart(&mut self) -> Then {
        self.on.past.forgive();
        self.dial_from(self.now)
    }
}
