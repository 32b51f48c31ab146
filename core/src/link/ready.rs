//! Owns the Ready state: liveness, and what each report on the current connection means.

use super::fate::due;
use super::{At, Link, Next};
use crate::backoff::spread_around;
use crate::{Action, Age, Attempt, CloseCode, Draining, Event, Handover, Instant, Pairing, Probe, Ready, Report, State, Then, Verdict};

impl<H: Pairing> Link<H> {
    pub(super) fn ready(&self, at: At, event: Event, ready: Ready<H>) -> Option<Next<H>> {
        match event {
            Event::Start => None,
            Event::Stop(code) => Some(self.closes_all(at, ready, code, self.stopped())),
            Event::Drain(until, code) => Some(self.drains(ready, until, code)),
            Event::Timeout => self.ready_timeout(at, ready),
            Event::Of(attempt, report) if attempt == ready.attempt => self.current(at, report, ready),
            Event::Of(_, report) => self.beside(at, report, ready),
        }
    }

    /// A connection that was accepted just now.
    pub(super) fn fresh(&self, at: At, attempt: Attempt, handover: Handover<H>) -> Ready<H> {
        Ready { attempt, probe: Probe::Quiet, silent_at: self.silence(at), pulse_by: Instant::NEVER, handover }
    }

    pub(super) fn age(&self, at: At) -> Age {
        let lifetime = self.config.lifetime_max;
        let renew_at = if lifetime.is_zero() {
            Instant::NEVER
        } else {
            at.now.after(spread_around(lifetime, self.config.lifetime_spread_percent, at.roll))
        };
        Age { stable_at: at.now.after(self.config.reset_after), renew_at }
    }

    fn silence(&self, at: At) -> Instant {
        if self.config.ping_after.is_zero() { Instant::NEVER } else { at.now.after(self.config.ping_after) }
    }

    fn heard(&self, at: At, ready: Ready<H>) -> Ready<H> {
        Ready { probe: Probe::Quiet, silent_at: self.silence(at), ..ready }
    }

    fn current(&self, at: At, report: Report, ready: Ready<H>) -> Option<Next<H>> {
        match report {
            Report::Heard | Report::Accepted => Some(self.to(State::Ready(self.heard(at, ready)))),
            Report::Pulse(next) => {
                let pulse_by = if next.is_zero() { Instant::NEVER } else { at.now.after(next) };
                Some(self.to(State::Ready(Ready { pulse_by, ..self.heard(at, ready) })))
            }
            Report::Asked(verdict) => self.asked(at, verdict, self.heard(at, ready)),
            Report::Closed(verdict) => Some(self.closed(at, verdict, ready)),
            Report::Broken(code) => Some(self.breaks(at, code, ready)),
            Report::Lost(verdict) => Some(self.loses(at, verdict, ready)),
            Report::Opened | Report::Drained => None,
        }
    }

    fn asked(&self, at: At, verdict: Verdict, ready: Ready<H>) -> Option<Next<H>> {
        if let Verdict::Renew { .. } = verdict {
            return self.renews(at, verdict, ready);
        }
        let fate = self.fate(at, verdict, &ready.handover);
        Some(self.closes_all(at, ready, CloseCode::NORMAL, fate))
    }

    /// What the end of the current connection means when nothing takes its place.
    pub(super) fn fate(&self, at: At, verdict: Verdict, handover: &Handover<H>) -> (super::Past, Then) {
        match handover {
            Handover::Alone(age) | Handover::Replaced(age, ..) => self.judge(at, due(at, age.stable_at), verdict),
            Handover::Seeking(..) => self.judge(at, false, verdict),
            Handover::Last(because, _) => (self.past, Then::End(*because)),
        }
    }

    /// The peer's Close: the shell has answered it, the transport's end is awaited unless another connection takes over.
    fn closed(&self, at: At, verdict: Verdict, ready: Ready<H>) -> Next<H> {
        if let Some(next) = self.takes_over(at, verdict, &ready) {
            return next.and(Action::Abort(ready.attempt));
        }
        let fate = self.fate(at, verdict, &ready.handover);
        self.closes_both(at, ready.attempt, self.other(&ready.handover, CloseCode::NORMAL), fate)
    }

    /// The peer broke its word: close properly, unless another connection takes over at once.
    fn breaks(&self, at: At, code: CloseCode, ready: Ready<H>) -> Next<H> {
        if let Some(next) = self.takes_over(at, Verdict::Retry, &ready) {
            return next.and(Action::Abort(ready.attempt));
        }
        let fate = self.fate(at, Verdict::Retry, &ready.handover);
        self.closes_all(at, ready, code, fate)
    }

    fn loses(&self, at: At, verdict: Verdict, ready: Ready<H>) -> Next<H> {
        if let Some(next) = self.takes_over(at, verdict, &ready) {
            return next;
        }
        let fate = self.fate(at, verdict, &ready.handover);
        self.leaves_other(at, &ready.handover, fate)
    }

    /// No answer to the last ping.
    fn dies(&self, at: At, ready: Ready<H>) -> Next<H> {
        self.loses(at, Verdict::Retry, ready).and(Action::Abort(ready.attempt))
    }

    pub(super) fn closes_all(&self, at: At, ready: Ready<H>, code: CloseCode, fate: (super::Past, Then)) -> Next<H> {
        self.closes_both(at, ready.attempt, self.other(&ready.handover, code), fate).and(Action::Close(ready.attempt, code))
    }

    /// Goes on with what is in hand, on both connections if there are two; a successor in the making is dropped.
    fn drains(&self, ready: Ready<H>, until: Instant, code: CloseCode) -> Next<H> {
        let (older, action) = self.older(&ready.handover);
        let then = Then::End(crate::End::Stopped);
        let next = self.to(State::Draining(Draining { attempt: ready.attempt, busy: true, code, until, then, older }));
        match action {
            Some(action) => next.and(action),
            None => next,
        }
    }

    fn ready_timeout(&self, at: At, ready: Ready<H>) -> Option<Next<H>> {
        if due(at, ready.silent_at) {
            return Some(self.silent(at, ready));
        }
        if due(at, ready.pulse_by) {
            return Some(self.overdue(at, ready));
        }
        self.handover_timeout(at, ready)
    }

    fn silent(&self, at: At, ready: Ready<H>) -> Next<H> {
        match ready.probe {
            Probe::Quiet => self.pings(at, ready, Probe::Pinged),
            Probe::Pinged if self.late(at, ready.silent_at) => self.pings(at, ready, Probe::Probed),
            Probe::Pinged | Probe::Probed => self.dies(at, ready),
        }
    }

    /// The peer's own heartbeat is overdue. A pong does not answer for it, but after a jump of the clock it gets one more pong time.
    fn overdue(&self, at: At, ready: Ready<H>) -> Next<H> {
        if ready.probe == Probe::Probed || !self.late(at, ready.pulse_by) {
            return self.breaks(at, self.config.timeout_code, ready);
        }
        let pulse_by = at.now.after(self.config.pong_timeout);
        self.pings(at, Ready { pulse_by, ..ready }, Probe::Probed)
    }

    fn pings(&self, at: At, ready: Ready<H>, probe: Probe) -> Next<H> {
        let silent_at = at.now.after(self.config.pong_timeout);
        self.to(State::Ready(Ready { probe, silent_at, ..ready })).and(Action::Ping(ready.attempt))
    }

    /// Whether a Timeout comes so late that the process, not the peer, was silent.
    fn late(&self, at: At, deadline: Instant) -> bool {
        due(at, deadline.after(self.config.pong_timeout))
    }
}

impl<H> Ready<H> {
    /// The same connection, elsewhere in its handover.
    pub(super) fn within(self, handover: Handover<H>) -> Self {
        Self { handover, ..self }
    }
}
