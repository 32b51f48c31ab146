//! Owns the change from one connection to the next while the first goes on: successor, predecessor, and who takes over.

use super::fate::due;
use super::{At, Link, Next, Past};
use crate::{
    Action, Age, Attempt, CloseCode, End, Handover, Older, Other, Pairing, Predecessor, Ready, Report, State, Successor, Then, Verdict,
};

impl<H: Pairing> Link<H> {
    /// The peer asks for a renewal, or the connection's age does.
    pub(super) fn renews(&self, at: At, verdict: Verdict, ready: Ready<H>) -> Option<Next<H>> {
        let age = match ready.handover {
            Handover::Alone(age) => age,
            // One renewal at a time: with two connections in hand, the next one waits until the older is gone.
            Handover::Replaced(age, old, second) if !due(at, age.renew_at) => {
                let age = Age { renew_at: at.now, ..age };
                return Some(self.to(State::Ready(ready.within(Handover::Replaced(age, old, second)))));
            }
            Handover::Replaced(..) | Handover::Seeking(..) | Handover::Last(..) => return None,
        };
        let stable = due(at, age.stable_at);
        match H::second() {
            Some(second) if self.config.redial && !self.config.overlap_max.is_zero() => {
                let (mut past, then) = self.judge(at, stable, verdict);
                let then = match then {
                    // A stable link renews at once: its working connection is about to end.
                    Then::Dial(_) if stable => {
                        past.forgive();
                        Then::Dial(at.now.max(past.not_before))
                    }
                    Then::Dial(_) | Then::End(_) => then,
                };
                Some(self.seeks(ready, second, (past, then)))
            }
            Some(_) | None => {
                let fate = self.judge(at, stable, verdict);
                Some(self.closes_all(at, ready, CloseCode::NORMAL, fate))
            }
        }
    }

    /// Keeps the current connection and waits to dial its successor, or never dials one again.
    fn seeks(&self, ready: Ready<H>, second: H, (past, then): (Past, Then)) -> Next<H> {
        let handover = match then {
            Then::Dial(until) => Handover::Seeking(Successor::Backoff { until }, second),
            Then::End(because) => Handover::Last(because, second),
        };
        self.to(State::Ready(ready.within(handover))).with(past)
    }

    /// A report on the connection beside the current one.
    pub(super) fn beside(&self, at: At, report: Report, ready: Ready<H>) -> Option<Next<H>> {
        match ready.handover {
            Handover::Alone(_) | Handover::Last(..) | Handover::Seeking(Successor::Backoff { .. }, _) => None,
            Handover::Seeking(Successor::Connecting { attempt, .. }, second) => {
                if report == Report::Opened && !self.config.acceptance_timeout.is_zero() {
                    let deadline = at.now.after(self.config.acceptance_timeout);
                    let handover = Handover::Seeking(Successor::Open { attempt, deadline }, second);
                    return Some(self.to(State::Ready(ready.within(handover))));
                }
                self.successor(at, report, Report::Opened, attempt, ready, second)
            }
            Handover::Seeking(Successor::Open { attempt, .. }, second) => {
                self.successor(at, report, Report::Accepted, attempt, ready, second)
            }
            Handover::Replaced(age, old, second) => self.predecessor(at, report, ready, age, old, second),
        }
    }

    /// `up` is the report that makes this successor the current connection.
    fn successor(&self, at: At, report: Report, up: Report, attempt: Attempt, ready: Ready<H>, second: H) -> Option<Next<H>> {
        if report == up {
            let old = Predecessor { attempt: ready.attempt, until: at.now.after(self.config.overlap_max), closing: false };
            let handover = Handover::Replaced(self.age(at), old, second);
            return Some(self.to(State::Ready(self.fresh(at, attempt, handover))));
        }
        let fails = |verdict| self.seeks(ready, second, self.judge(at, false, verdict));
        match report {
            Report::Asked(verdict) | Report::Closed(verdict) => Some(fails(verdict).and(Action::Abort(attempt))),
            Report::Broken(_) => Some(fails(Verdict::Retry).and(Action::Abort(attempt))),
            Report::Lost(verdict) => Some(fails(verdict)),
            Report::Opened | Report::Accepted | Report::Heard | Report::Pulse(_) | Report::Drained => None,
        }
    }

    /// The replaced connection goes on receiving until its peer ends it, or the overlap does.
    fn predecessor(&self, at: At, report: Report, ready: Ready<H>, age: Age, old: Predecessor, second: H) -> Option<Next<H>> {
        let closing = || {
            let old = Predecessor { until: at.now.after(self.config.closing_timeout), closing: true, ..old };
            self.to(State::Ready(ready.within(Handover::Replaced(age, old, second))))
        };
        let alone = || self.to(State::Ready(ready.within(Handover::Alone(age))));
        let fatal = (self.past, Then::End(End::GivenUp));
        match report {
            Report::Lost(Verdict::GiveUp) if !old.closing => {
                Some(self.closes(at, ready.attempt, fatal).and(Action::Close(ready.attempt, CloseCode::NORMAL)))
            }
            Report::Lost(_) => Some(alone()),
            Report::Asked(_) | Report::Closed(_) | Report::Broken(_) if old.closing => None,
            Report::Asked(Verdict::GiveUp) => Some(self.closes_all(at, ready, CloseCode::NORMAL, fatal)),
            Report::Closed(Verdict::GiveUp) => {
                let next = self.closes_both(at, ready.attempt, Other::Closing(old.attempt, second), fatal);
                Some(next.and(Action::Close(ready.attempt, CloseCode::NORMAL)))
            }
            Report::Closed(_) => Some(closing()),
            Report::Broken(code) => Some(closing().and(Action::Close(old.attempt, code))),
            Report::Asked(_) | Report::Opened | Report::Accepted | Report::Heard | Report::Pulse(_) | Report::Drained => None,
        }
    }

    /// The state in which another connection or attempt carries the link on when the current connection ends; none if
    /// there is none, or the verdict ends the link.
    pub(super) fn takes_over(&self, at: At, verdict: Verdict, ready: &Ready<H>) -> Option<Next<H>> {
        if verdict == Verdict::GiveUp {
            return None;
        }
        match ready.handover {
            Handover::Seeking(successor, _) => Some(self.promotes(at, verdict, successor)),
            Handover::Replaced(age, old, second) if !old.closing => {
                let fate = self.judge(at, due(at, age.stable_at), verdict);
                let old = self.fresh(at, old.attempt, ready.handover);
                Some(self.seeks(old, second, fate))
            }
            Handover::Replaced(..) | Handover::Alone(_) | Handover::Last(..) => None,
        }
    }

    /// The successor in the making is the attempt now.
    fn promotes(&self, at: At, verdict: Verdict, successor: Successor) -> Next<H> {
        let mut past = self.past;
        self.raise_floor(at, &mut past, verdict);
        let state = match successor {
            Successor::Backoff { until } => State::Backoff { until: until.max(past.not_before) },
            Successor::Connecting { attempt, deadline } => State::Connecting { attempt, deadline },
            Successor::Open { attempt, deadline } => State::Open { attempt, deadline },
        };
        self.to(state).with(past)
    }

    /// The current connection is gone and the link is not carried on: ends what is beside it.
    pub(super) fn leaves_other(&self, at: At, handover: &Handover<H>, fate: (Past, Then)) -> Next<H> {
        match handover {
            Handover::Alone(_) | Handover::Last(..) | Handover::Seeking(Successor::Backoff { .. }, _) => self.gone(fate),
            Handover::Seeking(Successor::Connecting { attempt, .. } | Successor::Open { attempt, .. }, _) => {
                self.gone(fate).and(Action::Abort(*attempt))
            }
            Handover::Replaced(_, old, _) if old.closing => self.closes(at, old.attempt, fate),
            Handover::Replaced(_, old, _) => self.closes(at, old.attempt, fate).and(Action::Close(old.attempt, CloseCode::NORMAL)),
        }
    }

    /// What becomes of the connection beside a current one that is closed.
    pub(super) fn other(&self, handover: &Handover<H>, code: CloseCode) -> Other<H> {
        match *handover {
            Handover::Alone(_) | Handover::Last(..) | Handover::Seeking(Successor::Backoff { .. }, _) => Other::None,
            Handover::Seeking(Successor::Connecting { attempt, .. } | Successor::Open { attempt, .. }, second) => {
                Other::ToAbort(attempt, second)
            }
            Handover::Replaced(_, old, second) if old.closing => Other::Closing(old.attempt, second),
            Handover::Replaced(_, old, second) => Other::ToClose(old.attempt, code, second),
        }
    }

    /// What becomes of the connection beside a current one that is drained.
    pub(super) fn older(&self, handover: &Handover<H>) -> (Older<H>, Option<Action>) {
        match *handover {
            Handover::Alone(_) | Handover::Last(..) | Handover::Seeking(Successor::Backoff { .. }, _) => (Older::None, None),
            Handover::Seeking(Successor::Connecting { attempt, .. } | Successor::Open { attempt, .. }, _) => {
                (Older::None, Some(Action::Abort(attempt)))
            }
            Handover::Replaced(_, old, _) if old.closing => (Older::None, Some(Action::Abort(old.attempt))),
            Handover::Replaced(_, old, second) => (Older::Held(old.attempt, true, second), None),
        }
    }

    pub(super) fn handover_timeout(&self, at: At, ready: Ready<H>) -> Option<Next<H>> {
        match ready.handover {
            Handover::Alone(age) if due(at, age.renew_at) => self.renews(at, Verdict::Renew { within: crate::Millis::ZERO }, ready),
            Handover::Seeking(Successor::Backoff { until }, second) if due(at, until) => {
                let (past, attempt) = self.next_attempt(at, self.past);
                let deadline = at.now.after(self.config.opening_timeout);
                let handover = Handover::Seeking(Successor::Connecting { attempt, deadline }, second);
                Some(self.to(State::Ready(ready.within(handover))).with(past).and(Action::Open(attempt)))
            }
            Handover::Seeking(Successor::Connecting { attempt, deadline } | Successor::Open { attempt, deadline }, second)
                if due(at, deadline) =>
            {
                let next = self.seeks(ready, second, self.judge(at, false, Verdict::Retry));
                Some(next.and(Action::Abort(attempt)))
            }
            Handover::Replaced(age, old, _) if due(at, old.until) && old.closing => {
                Some(self.to(State::Ready(ready.within(Handover::Alone(age)))).and(Action::Abort(old.attempt)))
            }
            Handover::Replaced(age, old, second) if due(at, old.until) => {
                let until = at.now.after(self.config.closing_timeout);
                let handover = Handover::Replaced(age, Predecessor { until, closing: true, ..old }, second);
                Some(self.to(State::Ready(ready.within(handover))).and(Action::Close(old.attempt, CloseCode::NORMAL)))
            }
            Handover::Alone(_) | Handover::Seeking(..) | Handover::Last(..) | Handover::Replaced(..) => None,
        }
    }
}
