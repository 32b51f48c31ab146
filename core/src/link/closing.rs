//! The Closing state: a Close frame was sent or received, the transport's end is awaited and in the end forced.

use super::signal::Signal;
use super::{Effect, Step};
use crate::{Action, Closing, Instant, Millis, Other, Pairing, Then};

impl<H: Pairing> Step<'_, H> {
    pub(super) fn closing(&mut self, signal: Signal, closing: &mut Closing) -> Effect {
        match signal {
            Signal::Start if self.on.config.redial => self.restarts(&mut closing.then),
            Signal::Stop | Signal::Drain if matches!(closing.then, Then::Dial(_)) => {
                closing.then = Then::Stop;
                self.stays()
            }
            Signal::Timeout if self.due(closing.due::<H>(self.on.config.closing_timeout)) => self.closing_timeout(closing),
            Signal::Lost => self.closing_lost(closing),
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
            Signal::Nothing | Signal::Timeout | Signal::Start | Signal::Stop | Signal::Drain | Signal::Broken => self.ignored(),
            Signal::Opened | Signal::Accepted | Signal::Heard | Signal::Pulse | Signal::Drained => self.ignored(),
        }
    }

    fn closing_amended(&mut self, closing: &mut Closing) -> Effect {
        self.amend(&mut closing.then);
        self.stays()
    }

    /// One thing at a time: first what is still to be done about the other connection, then the transports are forced.
    fn closing_timeout(&mut self, closing: &mut Closing) -> Effect {
        let (action, other) = match closing.other {
            Other::ToAbort(other) if H::PAIRED => (Action::Abort(other), Other::None),
            Other::ToClose(other, code) if H::PAIRED => (Action::Close(other, code), Other::Closing(other)),
            Other::Closing(other) if H::PAIRED => (Action::Abort(core::mem::replace(&mut closing.attempt, other)), Other::None),
            Other::None | Other::ToAbort(_) | Other::ToClose(..) | Other::Closing(_) => {
                self.act(Action::Abort(closing.attempt));
                self.then = closing.then;
                return self.gone();
            }
        };
        self.act(action);
        closing.other = other;
        self.stays()
    }

    /// The end of one of two connections leaves the other its deadline.
    #[cfg_attr(target_pointer_width = "64", inline(never))]
    fn closing_lost(&mut self, closing: &mut Closing) -> Effect {
        self.amend(&mut closing.then);
        self.then = closing.then;
        if !H::PAIRED {
            return self.gone();
        }
        if !self.beside {
            match closing.other {
                Other::ToClose(other, code) if H::PAIRED => {
                    self.act(Action::Close(other, code));
                    closing.attempt = other;
                }
                Other::Closing(other) if H::PAIRED => closing.attempt = other,
                Other::None | Other::ToAbort(_) | Other::ToClose(..) | Other::Closing(_) => {
                    self.other = closing.other;
                    return self.ends_other();
                }
            }
        }
        closing.other = Other::None;
        self.stays()
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
