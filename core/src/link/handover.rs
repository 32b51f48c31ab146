//! The change from one connection to the next while the first goes on: successor, predecessor, and who takes over.

use super::signal::{How, Signal};
use super::{Effect, Step};
use crate::{Action, Attempt, CloseCode, Handover, Millis, Other, Pairing, Predecessor, Ready, State, Successor, Then, Verdict};

impl<H: Pairing> Step<'_, H> {
    /// The peer asks for a renewal, or the connection's age does.
    pub(super) fn renews(&mut self, ready: &mut Ready) -> Effect {
        // Without overlap the connection is closed first, and then the next one dialled.
        if !H::PAIRED || !self.on.config.redial || self.on.config.overlap_max.is_zero() {
            return self.ready_ends(How::Asked, ready);
        }
        let stable = match &mut ready.handover {
            Handover::Alone(age) => self.due(age.stable_at),
            // One renewal at a time: with two connections in hand, the next one waits until the older is gone.
            Handover::Replaced(age, _) if !self.due(age.renew_at) => {
                age.renew_at = self.now;
                return self.stays();
            }
            Handover::Replaced(..) | Handover::Seeking(..) | Handover::Last(..) => return self.stays(),
        };
        self.judge(stable);
        // A stable link renews at once: its working connection is about to end.
        if stable {
            self.then = self.dial_from(self.now);
        }
        ready.handover = seeking(self.then);
        self.stays()
    }

    /// A report on the connection beside the current one.
    #[cfg_attr(target_pointer_width = "64", inline(never))]
    pub(super) fn beside(&mut self, signal: Signal, ready: &mut Ready) -> Effect {
        match ready.handover {
            Handover::Alone(_) | Handover::Last(..) | Handover::Seeking(Successor::Backoff { .. }) => self.ignored(),
            Handover::Seeking(Successor::Connecting { attempt, .. }) => self.successor(signal, attempt, false, ready),
            Handover::Seeking(Successor::Open { attempt, .. }) => self.successor(signal, attempt, true, ready),
            Handover::Replaced(..) => self.predecessor(signal, ready),
        }
    }

    fn successor(&mut self, signal: Signal, attempt: Attempt, opened: bool, ready: &mut Ready) -> Effect {
        let acceptance = self.on.config.acceptance_timeout;
        match signal {
            Signal::Opened if !opened && !acceptance.is_zero() => {
                ready.handover = Handover::Seeking(Successor::Open { attempt, deadline: self.after(acceptance) });
                self.stays()
            }
            Signal::Opened if !opened => self.succeeds(attempt, ready),
            Signal::Accepted if opened => self.succeeds(attempt, ready),
            Signal::Asked | Signal::Closed | Signal::Broken => self.successor_fails(attempt, How::Dead, ready),
            Signal::Lost => self.successor_fails(attempt, How::Lost, ready),
            Signal::Nothing | Signal::Start | Signal::Stop | Signal::Drain | Signal::Timeout => self.ignored(),
            Signal::Opened | Signal::Accepted | Signal::Heard | Signal::Pulse | Signal::Drained => self.ignored(),
        }
    }

    fn succeeds(&mut self, attempt: Attempt, ready: &mut Ready) -> Effect {
        let old = Predecessor { attempt: ready.attempt, until: self.after(self.on.config.overlap_max), closing: false };
        *ready = self.up(attempt, Handover::Replaced(self.age(), old));
        self.stays()
    }

    fn successor_fails(&mut self, attempt: Attempt, how: How, ready: &mut Ready) -> Effect {
        if how != How::Lost {
            self.act(Action::Abort(attempt));
        }
        self.judge(false);
        ready.handover = seeking(self.then);
        self.stays()
    }

    /// The replaced connection goes on receiving until its peer ends it, or the overlap does.
    fn predecessor(&mut self, signal: Signal, ready: &mut Ready) -> Effect {
        let Handover::Replaced(age, old) = &mut ready.handover else { return self.ignored() };
        match signal {
            Signal::Lost => ready.handover = Handover::Alone(*age),
            Signal::Broken if !old.closing => {
                self.act(Action::Close(old.attempt, self.code));
                self.closes_old(old);
            }
            Signal::Closed if !old.closing => self.closes_old(old),
            Signal::Asked | Signal::Closed => {}
            Signal::Nothing | Signal::Start | Signal::Stop | Signal::Drain | Signal::Timeout => return self.ignored(),
            Signal::Opened | Signal::Accepted | Signal::Heard | Signal::Pulse => return self.ignored(),
            Signal::Drained | Signal::Broken => return self.ignored(),
        }
        self.raise_floor();
        if self.verdict != Verdict::GiveUp {
            return self.stays();
        }
        self.then = Then::GiveUp;
        self.ends_both(How::Leave, ready)
    }

    fn closes_old(&self, old: &mut Predecessor) {
        old.until = self.after(self.on.config.closing_timeout);
        old.closing = true;
    }

    /// Lets another connection or attempt carry the link on when the current connection ends, if there is one.
    pub(super) fn takes_over(&mut self, ready: &mut Ready) -> Option<Effect> {
        match ready.handover {
            Handover::Seeking(successor) => Some(self.promotes(successor)),
            Handover::Replaced(age, old) if !old.closing => {
                self.judge(self.due(age.stable_at));
                *ready = self.up(old.attempt, seeking(self.then));
                Some(self.stays())
            }
            Handover::Replaced(..) | Handover::Alone(_) | Handover::Last(..) => None,
        }
    }

    /// The successor in the making is the attempt now.
    fn promotes(&mut self, successor: Successor) -> Effect {
        self.raise_floor();
        let state = match successor {
            Successor::Backoff { until } => State::Backoff { until: until.max(self.on.past.not_before) },
            Successor::Connecting { attempt, deadline } => State::Connecting { attempt, deadline },
            Successor::Open { attempt, deadline } => State::Open { attempt, deadline },
        };
        self.to(state)
    }

    /// What becomes of the connection beside a current one that ends.
    pub(super) fn other(&self, handover: Handover) -> Other {
        match handover {
            Handover::Alone(_) | Handover::Last(..) | Handover::Seeking(Successor::Backoff { .. }) => Other::None,
            Handover::Seeking(Successor::Connecting { attempt, .. } | Successor::Open { attempt, .. }) => Other::ToAbort(attempt),
            Handover::Replaced(_, old) if old.closing => Other::ToAbort(old.attempt),
            Handover::Replaced(_, old) => Other::ToClose(old.attempt, self.code),
        }
    }

    pub(super) fn handover_timeout(&mut self, ready: &mut Ready) -> Effect {
        match &mut ready.handover {
            Handover::Alone(age) if self.due(age.renew_at) => {
                self.verdict = Verdict::Renew { within: Millis::ZERO };
                // To a client 1000 says that all is done; this asks for another connection.
                if !self.on.config.redial {
                    self.code = CloseCode::GOING_AWAY;
                }
                self.renews(ready)
            }
            _ if !H::PAIRED => self.ignored(),
            Handover::Seeking(Successor::Backoff { until }) if self.due(*until) => {
                let attempt = self.open_next();
                let deadline = self.after(self.on.config.opening_timeout);
                ready.handover = Handover::Seeking(Successor::Connecting { attempt, deadline });
                self.stays()
            }
            Handover::Seeking(Successor::Connecting { attempt, deadline } | Successor::Open { attempt, deadline })
                if self.due(*deadline) =>
            {
                self.successor_fails(*attempt, How::Dead, ready)
            }
            Handover::Replaced(age, old) if self.due(old.until) => {
                let attempt = old.attempt;
                if old.closing {
                    self.act(Action::Abort(attempt));
                    ready.handover = Handover::Alone(*age);
                    return self.stays();
                }
                self.act(Action::Close(attempt, CloseCode::NORMAL));
                self.closes_old(old);
                self.stays()
            }
            Handover::Alone(_) | Handover::Seeking(..) | Handover::Last(..) | Handover::Replaced(..) => self.ignored(),
        }
    }
}

/// Waiting to dial a successor, or the current connection is the last.
const fn seeking(then: Then) -> Handover {
    match then {
        Then::Dial(until) => Handover::Seeking(Successor::Backoff { until }),
        Then::Stop | Then::GiveUp | Then::Exhaust | Then::Over => Handover::Last(then),
    }
}
