//! Owns the Draining state: nothing new, what is in hand is finished, then a Close.

use super::fate::due;
use super::{At, Link, Next};
use crate::{Action, CloseCode, Draining, End, Event, Instant, Older, Other, Pairing, Report, State, Then, Verdict};

impl<H: Pairing> Link<H> {
    pub(super) fn draining(&self, at: At, event: Event, draining: Draining<H>) -> Option<Next<H>> {
        match event {
            Event::Start => self.start_after_drain(at, draining),
            Event::Stop(code) => Some(self.drained(at, Draining { code, then: Then::End(End::Stopped), ..draining })),
            Event::Drain(until, code) => self.drain_sooner(draining, until, code),
            Event::Timeout if due(at, draining.until) => Some(self.drained(at, draining)),
            Event::Timeout => None,
            Event::Of(attempt, report) if attempt == draining.attempt => self.draining_current(at, report, draining),
            Event::Of(_, report) => self.draining_older(at, report, draining),
        }
    }

    fn start_after_drain(&self, at: At, draining: Draining<H>) -> Option<Next<H>> {
        if !self.config.redial || draining.then != Then::End(End::Stopped) {
            return None;
        }
        let (past, then) = self.restart(at);
        Some(self.to(State::Draining(Draining { then, ..draining })).with(past))
    }

    /// A second Drain can only shorten the first; like a Stop it takes back a Start.
    fn drain_sooner(&self, draining: Draining<H>, until: Instant, code: CloseCode) -> Option<Next<H>> {
        let sooner = Draining { until: until.min(draining.until), code, then: Then::End(End::Stopped), ..draining };
        if sooner.until == draining.until && draining.then == sooner.then {
            return None;
        }
        Some(self.to(State::Draining(sooner)))
    }

    fn draining_current(&self, at: At, report: Report, draining: Draining<H>) -> Option<Next<H>> {
        match report {
            Report::Drained if !draining.busy => None,
            Report::Drained => Some(self.settle(at, Draining { busy: false, ..draining })),
            Report::Asked(verdict) => self.draining_asked(at, verdict, draining),
            Report::Closed(verdict) => Some(self.draining_ends(at, verdict, draining, Ended::ByPeer)),
            Report::Broken(code) => Some(self.draining_ends(at, Verdict::Retry, draining, Ended::ByUs(code))),
            Report::Lost(verdict) => Some(self.draining_ends(at, verdict, draining, Ended::Gone)),
            Report::Opened | Report::Accepted | Report::Heard | Report::Pulse(_) => None,
        }
    }

    fn draining_asked(&self, at: At, verdict: Verdict, draining: Draining<H>) -> Option<Next<H>> {
        let (past, then) = self.amend(at, draining.then, verdict);
        if past == self.past && then == draining.then {
            return None;
        }
        Some(self.to(State::Draining(Draining { then, ..draining })).with(past))
    }

    /// The current connection ends by itself; an older one goes on draining in its place.
    fn draining_ends(&self, at: At, verdict: Verdict, draining: Draining<H>, how: Ended) -> Next<H> {
        let (past, then) = self.amend(at, draining.then, verdict);
        let attempt = draining.attempt;
        if let Older::Held(older, busy, _) = draining.older {
            let rest = Draining { attempt: older, busy, then, older: Older::None, ..draining };
            let next = if busy { self.to(State::Draining(rest)) } else { self.to(State::Draining(Draining { until: at.now, ..rest })) };
            let next = next.with(past);
            return match how {
                Ended::Gone => next,
                Ended::ByPeer | Ended::ByUs(_) => next.and(Action::Abort(attempt)),
            };
        }
        match how {
            Ended::Gone => self.gone((past, then)),
            Ended::ByPeer => self.closes(at, attempt, (past, then)),
            Ended::ByUs(code) => self.closes(at, attempt, (past, then)).and(Action::Close(attempt, code)),
        }
    }

    fn draining_older(&self, at: At, report: Report, draining: Draining<H>) -> Option<Next<H>> {
        let Older::Held(older, busy, second) = draining.older else { return None };
        let without = |verdict| {
            let (past, then) = self.amend(at, draining.then, verdict);
            let rest = Draining { then, older: Older::None, ..draining };
            let rest = if rest.busy { rest } else { Draining { until: at.now, ..rest } };
            self.to(State::Draining(rest)).with(past)
        };
        match report {
            Report::Drained if busy => Some(self.settle(at, Draining { older: Older::Held(older, false, second), ..draining })),
            Report::Asked(verdict) => self.draining_asked(at, verdict, draining),
            Report::Closed(verdict) => Some(without(verdict).and(Action::Abort(older))),
            Report::Broken(_) => Some(without(Verdict::Retry).and(Action::Abort(older))),
            Report::Lost(verdict) => Some(without(verdict)),
            Report::Opened | Report::Accepted | Report::Heard | Report::Pulse(_) | Report::Drained => None,
        }
    }

    /// Closes if nothing is in hand on either connection.
    fn settle(&self, at: At, draining: Draining<H>) -> Next<H> {
        let older_busy = matches!(draining.older, Older::Held(_, true, _));
        if draining.busy || older_busy { self.to(State::Draining(draining)) } else { self.drained(at, draining) }
    }

    fn drained(&self, at: At, draining: Draining<H>) -> Next<H> {
        let Draining { attempt, code, then, .. } = draining;
        let other = match draining.older {
            Older::None => Other::None,
            Older::Held(older, _, second) => Other::ToClose(older, code, second),
        };
        self.closes_both(at, attempt, other, (self.past, then)).and(Action::Close(attempt, code))
    }
}

/// How the current connection came to its end.
enum Ended {
    Gone,
    ByPeer,
    ByUs(CloseCode),
}
