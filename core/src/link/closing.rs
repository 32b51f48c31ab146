//! Owns the Closing state: a Close frame was sent or received, the transport's end is awaited and in the end forced.

use super::signal::{NOBODY, Signal};
use super::{Effect, Step};
use crate::{Action, Closing, Instant, Millis, Other, Pairing, Then};

impl<H: Pairing> Step<'_, H> {
    pub(super) fn closing(&mut self, closing: &mut Closing) -> Effect {
        let second = if H::PAIRED { closing.other.attempt() } else { NOBODY };
        match self.read(closing.attempt, second, closing.due::<H>(self.on.config.closing_timeout)) {
            Signal::Start => self.starts_after_close(closing),
            Signal::Stop | Signal::Drain => match closing.then {
                Then::Dial(_) => {
                    closing.then = Then::Stop;
                    Effect::Stays
                }
                Then::Stop | Then::GiveUp | Then::Exhaust | Then::Over => Effect::Ignored,
            },
            Signal::Timeout => self.closing_timeout(closing),
            Signal::Lost => {
                closing.then = self.amend(closing.then);
                if H::PAIRED { self.closing_lost(closing) } else { self.gone(closing.then) }
            }
            Signal::Asked => self.closing_amended(closing),
            Signal::Closed => {
                // The shell has answered the peer's Close: ours would be a second one.
                if let Other::ToClose(other, _) = closing.other
                    && H::PAIRED
                    && self.beside
                {
                    closing.other = Other::Closing(other);
                }
                self.closing_amended(closing)
            }
            Signal::Nothing | Signal::Broken | Signal::Opened | Signal::Accepted | Signal::Heard | Signal::Pulse | Signal::Drained => {
                Effect::Ignored
            }
        }
    }

    fn closing_amended(&mut self, closing: &mut Closing) -> Effect {
        closing.then = self.amend(closing.then);
        Effect::Stays
    }

    /// Dials once the transport is gone, as soon as the floor allows.
    fn starts_after_close(&mut self, closing: &mut Closing) -> Effect {
        if !self.on.config.redial {
            return Effect::Ignored;
        }
        closing.then = match closing.then {
            Then::Dial(_) => self.dial_from(self.now),
            Then::Stop | Then::GiveUp | Then::Exhaust | Then::Over => self.restart(),
        };
        Effect::Stays
    }

    /// One thing at a time: first what is still to be done about the other connection, then the transports are forced.
    fn closing_timeout(&mut self, closing: &mut Closing) -> Effect {
        let (action, other) = match closing.other {
            Other::ToAbort(other) if H::PAIRED => (Action::Abort(other), Other::None),
            Other::ToClose(other, code) if H::PAIRED => (Action::Close(other, code), Other::Closing(other)),
            Other::Closing(other) if H::PAIRED => (Action::Abort(core::mem::replace(&mut closing.attempt, other)), Other::None),
            Other::None | Other::ToAbort(_) | Other::ToClose(..) | Other::Closing(_) => {
                self.act(Action::Abort(closing.attempt));
                return self.gone(closing.then);
            }
        };
        self.act(action);
        closing.other = other;
        Effect::Stays
    }

    /// The end of one of two connections leaves the other its deadline.
    fn closing_lost(&mut self, closing: &mut Closing) -> Effect {
        if !self.beside {
            match closing.other {
                Other::ToClose(other, code) if H::PAIRED => {
                    self.act(Action::Close(other, code));
                    closing.attempt = other;
                }
                Other::Closing(other) if H::PAIRED => closing.attempt = other,
                Other::None | Other::ToAbort(_) | Other::ToClose(..) | Other::Closing(_) => {
                    return self.left_with(closing.other, closing.then);
                }
            }
        }
        closing.other = Other::None;
        Effect::Stays
    }
}

impl Closing {
    /// What is still to be done about the other connection is due since the closing began.
    pub(super) fn due<H: Pairing>(&self, closing_timeout: Millis) -> Instant {
        match self.other {
            Other::ToAbort(..) | Other::ToClose(..) if H::PAIRED => self.deadline.before(closing_timeout),
            Other::None | Other::Closing(..) | Other::ToAbort(..) | Other::ToClose(..) => self.deadline,
        }
    }
}
