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

impl<H: Pairing> Step<'_, H> {
    /// Judges the end of an attempt or connection: what [follows](Step::then). `stable`: it was Ready for `reset_after`, so this is no failure.
    pub(super) fn judge(&mut self, stable: bool) {
        self.then = self.judged(stable);
    }

    fn judged(&mut self, stable: bool) -> Then {
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

    /// Nothing is held any more: what follows is due.
    #[inline(never)]
    pub(super) fn gone(&mut self) -> Effect {
        let because = match self.then {
            Then::Dial(until) => return self.to(State::Backoff { until }),
            Then::Stop => End::Stopped,
            Then::GiveUp => End::GivenUp,
            Then::Exhaust => End::Exhausted,
            Then::Over => End::Over,
        };
        self.to(State::Shutdown { because })
    }

    /// An attempt or connection ends, and with it the [other](Step::other) one; [then](Step::then) follows.
    #[inline(never)]
    pub(super) fn ends(&mut self, attempt: Attempt, how: How) -> Effect {
        match how {
            How::Lost => return self.ends_other(),
            // Who dies has nothing beside it: another connection would have taken over.
            How::Dead => {
                self.act(Action::Abort(attempt));
                return self.gone();
            }
            How::Closed => {}
            How::Leave | How::Asked => self.act(Action::Close(attempt, self.code)),
        }
        self.closes(attempt)
    }

    /// One of two connections is gone: ends the other.
    pub(super) fn ends_other(&mut self) -> Effect {
        if !H::PAIRED {
            return self.gone();
        }
        let attempt = match core::mem::replace(&mut self.other, Other::None) {
            Other::ToClose(attempt, code) => {
                self.act(Action::Close(attempt, code));
                attempt
            }
            Other::Closing(attempt) => attempt,
            Other::ToAbort(attempt) => {
                self.act(Action::Abort(attempt));
                return self.gone();
            }
            Other::None => return self.gone(),
        };
        self.closes(attempt)
    }

    /// The closing handshake has begun.
    fn closes(&mut self, attempt: Attempt) -> Effect {
        let deadline = self.after(self.on.config.closing_timeout);
        let other = if H::PAIRED { self.other } else { Other::None };
        self.to(State::Closing(Closing { attempt, deadline, then: self.then, other }))
    }

    /// A Start during an ending: dials once the transport is gone, as soon as the floor allows; afresh, if nothing was to be dialled.
    #[inline(never)]
    pub(super) fn restarts(&mut self, then: &mut Then) -> Effect {
        if !matches!(then, Then::Dial(_)) {
            self.on.past.forgive();
        }
        *then = self.dial_from(self.now);
        self.stays()
    }
}
