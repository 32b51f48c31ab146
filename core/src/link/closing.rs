//! Owns the Closing state: a Close frame was sent or received, the transport's end is awaited and in the end forced.

use super::fate::due;
use super::{At, Link, Next};
use crate::{Action, Closing, End, Event, Instant, Other, Pairing, Report, State, Then, Verdict};

impl<H: Pairing> Link<H> {
    pub(super) fn closing(&self, at: At, event: Event, closing: Closing<H>) -> Option<Next<H>> {
        match event {
            Event::Start => self.start_after_close(at, closing),
            Event::Stop(_) | Event::Drain(..) => self.stop_after_close(closing),
            Event::Timeout if due(at, self.closing_due(&closing)) => Some(self.closing_timeout(closing)),
            Event::Timeout => None,
            Event::Of(attempt, report) if attempt == closing.attempt => self.closing_first(at, report, closing),
            Event::Of(_, report) => self.closing_other(at, report, closing),
        }
    }

    /// What is still to be done about the other connection is due since the closing began.
    pub(super) fn closing_due(&self, closing: &Closing<H>) -> Instant {
        match closing.other {
            Other::None | Other::Closing(..) => closing.deadline,
            Other::ToAbort(..) | Other::ToClose(..) => closing.deadline.before(self.config.closing_timeout),
        }
    }

    fn start_after_close(&self, at: At, closing: Closing<H>) -> Option<Next<H>> {
        let (past, then) = match closing.then {
            Then::Dial(until) => (self.past, Then::Dial(until.min(at.now.max(self.past.not_before)))),
            Then::End(_) if self.config.redial => self.restart(at),
            Then::End(_) => return None,
        };
        if then == closing.then {
            return None;
        }
        Some(self.to(State::Closing(Closing { then, ..closing })).with(past))
    }

    fn stop_after_close(&self, closing: Closing<H>) -> Option<Next<H>> {
        match closing.then {
            Then::Dial(_) => Some(self.to(State::Closing(Closing { then: Then::End(End::Stopped), ..closing }))),
            Then::End(_) => None,
        }
    }

    fn closing_timeout(&self, closing: Closing<H>) -> Next<H> {
        let Closing { attempt, then, .. } = closing;
        match closing.other {
            Other::None => self.gone((self.past, then)).and(Action::Abort(attempt)),
            Other::ToAbort(other, _) => self.to(State::Closing(Closing { other: Other::None, ..closing })).and(Action::Abort(other)),
            Other::ToClose(other, code, second) => {
                let next = self.to(State::Closing(Closing { other: Other::Closing(other, second), ..closing }));
                next.and(Action::Close(other, code))
            }
            Other::Closing(other, _) => {
                let rest = Closing { attempt: other, other: Other::None, ..closing };
                self.to(State::Closing(rest)).and(Action::Abort(attempt))
            }
        }
    }

    fn closing_first(&self, at: At, report: Report, closing: Closing<H>) -> Option<Next<H>> {
        match report {
            Report::Asked(verdict) | Report::Closed(verdict) => self.closing_amended(at, verdict, closing),
            Report::Lost(verdict) => {
                let (past, then) = self.amend(at, closing.then, verdict);
                let rest = |other| self.to(State::Closing(Closing { attempt: other, then, other: Other::None, ..closing })).with(past);
                Some(match closing.other {
                    Other::None => self.gone((past, then)),
                    Other::ToAbort(other, _) => self.gone((past, then)).and(Action::Abort(other)),
                    Other::ToClose(other, code, _) => rest(other).and(Action::Close(other, code)),
                    Other::Closing(other, _) => rest(other),
                })
            }
            Report::Opened | Report::Accepted | Report::Heard | Report::Pulse(_) | Report::Drained | Report::Broken(_) => None,
        }
    }

    fn closing_other(&self, at: At, report: Report, closing: Closing<H>) -> Option<Next<H>> {
        match report {
            Report::Asked(verdict) | Report::Closed(verdict) => self.closing_amended(at, verdict, closing),
            Report::Lost(verdict) => {
                let (past, then) = self.amend(at, closing.then, verdict);
                Some(self.to(State::Closing(Closing { then, other: Other::None, ..closing })).with(past))
            }
            Report::Opened | Report::Accepted | Report::Heard | Report::Pulse(_) | Report::Drained | Report::Broken(_) => None,
        }
    }

    fn closing_amended(&self, at: At, verdict: Verdict, closing: Closing<H>) -> Option<Next<H>> {
        let (past, then) = self.amend(at, closing.then, verdict);
        if past == self.past && then == closing.then {
            return None;
        }
        Some(self.to(State::Closing(Closing { then, ..closing })).with(past))
    }
}
