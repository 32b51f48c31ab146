//! Owns the states of an attempt that has yet to be Ready: Connecting and Open.

use super::fate::due;
use super::{At, Link, Next};
use crate::{Action, Attempt, CloseCode, Event, Handover, Instant, Pairing, Report, State, Verdict};

impl<H: Pairing> Link<H> {
    pub(super) fn connecting(&self, at: At, event: Event, attempt: Attempt, deadline: Instant) -> Option<Next<H>> {
        match event {
            Event::Stop(_) | Event::Drain(..) => Some(self.gone(self.stopped()).and(Action::Abort(attempt))),
            Event::Timeout if due(at, deadline) => Some(self.abandons(at, attempt, Verdict::Retry)),
            Event::Start | Event::Timeout => None,
            Event::Of(_, report) => match report {
                Report::Opened => Some(self.opened(at, attempt)),
                // There is no WebSocket yet on which a Close could be sent.
                Report::Asked(verdict) | Report::Closed(verdict) => Some(self.abandons(at, attempt, verdict)),
                Report::Broken(_) => Some(self.abandons(at, attempt, Verdict::Retry)),
                Report::Lost(verdict) => Some(self.gone(self.judge(at, false, verdict))),
                Report::Accepted | Report::Heard | Report::Pulse(_) | Report::Drained => None,
            },
        }
    }

    pub(super) fn open(&self, at: At, event: Event, attempt: Attempt, deadline: Instant) -> Option<Next<H>> {
        match event {
            Event::Stop(code) | Event::Drain(_, code) => Some(self.closes(at, attempt, self.stopped()).and(Action::Close(attempt, code))),
            Event::Timeout if due(at, deadline) => Some(self.leaves(at, attempt, self.config.timeout_code, Verdict::Retry)),
            Event::Start | Event::Timeout => None,
            Event::Of(_, report) => match report {
                Report::Accepted => Some(self.to(self.accepted(at, attempt))),
                Report::Asked(verdict) => Some(self.leaves(at, attempt, CloseCode::NORMAL, verdict)),
                Report::Broken(code) => Some(self.leaves(at, attempt, code, Verdict::Retry)),
                Report::Closed(verdict) => Some(self.closes(at, attempt, self.judge(at, false, verdict))),
                Report::Lost(verdict) => Some(self.gone(self.judge(at, false, verdict))),
                Report::Opened | Report::Heard | Report::Pulse(_) | Report::Drained => None,
            },
        }
    }

    fn opened(&self, at: At, attempt: Attempt) -> Next<H> {
        if self.config.acceptance_timeout.is_zero() {
            return self.to(self.accepted(at, attempt));
        }
        self.to(State::Open { attempt, deadline: at.now.after(self.config.acceptance_timeout) })
    }

    fn accepted(&self, at: At, attempt: Attempt) -> State<H> {
        State::Ready(self.fresh(at, attempt, Handover::Alone(self.age(at))))
    }

    /// Drops an attempt that never came up.
    fn abandons(&self, at: At, attempt: Attempt, verdict: Verdict) -> Next<H> {
        self.gone(self.judge(at, false, verdict)).and(Action::Abort(attempt))
    }

    /// Closes a connection that was never accepted.
    fn leaves(&self, at: At, attempt: Attempt, code: CloseCode, verdict: Verdict) -> Next<H> {
        self.closes(at, attempt, self.judge(at, false, verdict)).and(Action::Close(attempt, code))
    }
}
