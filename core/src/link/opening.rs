//! The states of an attempt that has yet to be Ready: Connecting and Open.

use super::signal::{How, Signal};
use super::{Effect, Step};
use crate::{Attempt, Handover, Instant, Pairing, State};

impl<H: Pairing> Step<'_, H> {
    pub(super) fn connecting(&mut self, signal: Signal, attempt: Attempt, deadline: Instant) -> Effect {
        match signal {
            Signal::Stop | Signal::Drain => self.ends(attempt, How::Dead),
            Signal::Opened if self.on.config.acceptance_timeout.is_zero() => self.accepted(attempt),
            Signal::Opened => self.to(State::Open { attempt, deadline: self.after(self.on.config.acceptance_timeout) }),
            Signal::Lost => self.never_up(attempt, How::Lost),
            // There is no WebSocket yet on which a Close could be sent.
            Signal::Timeout if self.due(deadline) => self.never_up(attempt, How::Dead),
            Signal::Asked | Signal::Closed | Signal::Broken => self.never_up(attempt, How::Dead),
            Signal::Nothing | Signal::Timeout | Signal::Start | Signal::Accepted | Signal::Heard | Signal::Pulse | Signal::Drained => {
                self.ignored()
            }
        }
    }

    pub(super) fn open(&mut self, signal: Signal, attempt: Attempt, deadline: Instant) -> Effect {
        match signal {
            Signal::Stop | Signal::Drain => self.ends(attempt, How::Leave),
            Signal::Accepted => self.accepted(attempt),
            Signal::Timeout if self.due(deadline) => {
                self.code = self.on.config.timeout_code;
                self.never_up(attempt, How::Leave)
            }
            Signal::Asked | Signal::Broken => self.never_up(attempt, How::Leave),
            Signal::Closed => self.never_up(attempt, How::Closed),
            Signal::Lost => self.never_up(attempt, How::Lost),
            Signal::Nothing | Signal::Timeout | Signal::Start | Signal::Opened | Signal::Heard | Signal::Pulse | Signal::Drained => {
                self.ignored()
            }
        }
    }

    fn accepted(&mut self, attempt: Attempt) -> Effect {
        let ready = self.up(attempt, Handover::Alone(self.age()));
        self.to(State::Ready(ready))
    }

    #[cfg_attr(target_pointer_width = "64", inline(never))]
    fn never_up(&mut self, attempt: Attempt, how: How) -> Effect {
        self.judge(false);
        self.ends(attempt, how)
    }
}
