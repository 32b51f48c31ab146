//! The Ready state: liveness, and what each report on the current connection means.

use super::signal::{How, Signal};
use super::{Effect, Step};
use crate::backoff::spread_around;
use crate::{
    Action, Age, Attempt, Closing, Draining, Handover, Instant, Older, Other, Pairing, Predecessor, Probe, Ready, State, Successor, Then,
    Verdict,
};

impl<H: Pairing> Step<'_, H> {
    pub(super) fn ready(&mut self, signal: Signal, ready: &mut Ready) -> Effect {
        if H::PAIRED && self.beside {
            return self.beside(signal, ready);
        }
        match signal {
            Signal::Stop => self.ends_both(How::Leave, ready),
            Signal::Drain => self.drains(ready),
            Signal::Timeout => self.ready_timeout(ready),
            Signal::Heard | Signal::Accepted | Signal::Pulse => {
                if signal == Signal::Pulse {
                    ready.pulse_by = self.until;
                }
                self.heard(ready)
            }
            // Without a second connection a renewal is an ending like any other that is asked for.
            Signal::Asked if H::PAIRED && matches!(self.verdict, Verdict::Renew { .. }) => {
                self.heard(ready);
                self.renews(ready)
            }
            Signal::Asked => self.ready_ends(How::Asked, ready),
            Signal::Closed => self.ready_ends(How::Closed, ready),
            Signal::Broken => self.ready_ends(How::Leave, ready),
            Signal::Lost => self.ready_ends(How::Lost, ready),
            Signal::Nothing | Signal::Start | Signal::Opened | Signal::Drained => self.ignored(),
        }
    }

    /// A connection that is accepted, or current again.
    pub(super) fn up(&self, attempt: Attempt, handover: Handover) -> Ready {
        let silent_at = self.unless_off(self.on.config.ping_after);
        Ready { attempt, probe: Probe::Quiet, silent_at, pulse_by: Instant::NEVER, handover }
    }

    pub(super) fn age(&self) -> Age {
        let lifetime = spread_around(self.on.config.lifetime_max, self.on.config.lifetime_spread_percent, self.roll);
        Age { stable_at: self.after(self.on.config.reset_after), renew_at: self.unless_off(lifetime) }
    }

    fn heard(&mut self, ready: &mut Ready) -> Effect {
        ready.probe = Probe::Quiet;
        ready.silent_at = self.unless_off(self.on.config.ping_after);
        self.stays()
    }

    /// What the end of the current connection means when nothing takes its place.
    fn fate(&mut self, ready: &Ready) {
        let stable = match ready.handover {
            Handover::Alone(age) => self.due(age.stable_at),
            _ if !H::PAIRED => false,
            Handover::Replaced(age, ..) => self.due(age.stable_at),
            Handover::Seeking(..) => false,
            Handover::Last(mut then) => {
                self.amend(&mut then);
                self.then = then;
                return;
            }
        };
        self.judge(stable);
    }

    /// The current connection ends. Another one may carry the link on, at once (then there is no time for a closing
    /// handshake), unless the peer wants us gone.
    pub(super) fn ready_ends(&mut self, how: How, ready: &mut Ready) -> Effect {
        if H::PAIRED && how != How::Asked && self.verdict != Verdict::GiveUp {
            let ended = ready.attempt;
            if let Some(effect) = self.takes_over(ready) {
                if how != How::Lost {
                    self.act(Action::Abort(ended));
                }
                return effect;
            }
        }
        self.fate(ready);
        self.ends_both(how, ready)
    }

    /// The current connection ends, and with it the one beside it.
    pub(super) fn ends_both(&mut self, how: How, ready: &Ready) -> Effect {
        if H::PAIRED {
            self.other = self.other(ready.handover);
        }
        self.ends(ready.attempt, how)
    }

    /// Goes on with what is in hand, on both connections if there are two; a successor in the making is dropped.
    #[cfg_attr(target_pointer_width = "64", inline(never))]
    fn drains(&mut self, ready: &Ready) -> Effect {
        let older = match ready.handover {
            _ if !H::PAIRED => Older::None,
            Handover::Alone(_) | Handover::Last(..) | Handover::Seeking(Successor::Backoff { .. }) => Older::None,
            Handover::Seeking(Successor::Connecting { attempt, .. } | Successor::Open { attempt, .. })
            | Handover::Replaced(_, Predecessor { attempt, closing: true, .. }) => {
                self.act(Action::Abort(attempt));
                Older::None
            }
            Handover::Replaced(_, old) => Older::Held(old.attempt, true),
        };
        self.to(State::Draining(Draining {
            attempt: ready.attempt,
            busy: true,
            code: self.code,
            until: self.until,
            then: Then::Stop,
            older,
        }))
    }

    /// Silence is looked at first: nothing else matters on a connection that is dead.
    #[inline(never)]
    fn ready_timeout(&mut self, ready: &mut Ready) -> Effect {
        let first = ready.silent_at.min(ready.pulse_by);
        if self.due(first) { self.silent(ready, first) } else { self.handover_timeout(ready) }
    }

    /// The peer is silent, or its own heartbeat is overdue (for which a pong does not answer). Where the clock has jumped,
    /// one ping more is sent, and either gets its time, before anything is given up.
    fn silent(&mut self, ready: &mut Ready, first: Instant) -> Effect {
        // So long after the first deadline that the process, not the peer, was silent.
        let late = self.due(first.plus(self.on.config.pong_timeout));
        let silent = self.due(ready.silent_at);
        let probe = match ready.probe {
            Probe::Quiet if silent => Probe::Pinged,
            Probe::Quiet | Probe::Pinged if late => Probe::Probed,
            Probe::Quiet | Probe::Pinged | Probe::Probed if silent => return self.dies(ready),
            Probe::Quiet | Probe::Pinged | Probe::Probed => {
                self.code = self.on.config.timeout_code;
                return self.ready_ends(How::Leave, ready);
            }
        };
        self.act(Action::Ping(ready.attempt));
        let answered_by = self.after(self.on.config.pong_timeout);
        if late && self.due(ready.pulse_by) {
            ready.pulse_by = answered_by;
        }
        (ready.probe, ready.silent_at) = (probe, answered_by);
        self.stays()
    }

    /// A predecessor that is closing keeps its time.
    fn dies(&mut self, ready: &mut Ready) -> Effect {
        match ready.handover {
            Handover::Replaced(_, old) if H::PAIRED && old.closing => {
                self.act(Action::Abort(ready.attempt));
                self.fate(ready);
                self.to(State::Closing(Closing { attempt: old.attempt, deadline: old.until, then: self.then, other: Other::None }))
            }
            Handover::Alone(_) | Handover::Seeking(_) | Handover::Last(_) | Handover::Replaced(..) => self.ready_ends(How::Dead, ready),
        }
    }
}
