//! The states before a lead: nothing is held, or nothing that is known of.

use super::{Action, Asked, Event, Leading, Next, Releasing, Renewal, Reply, Sent, Series, State, Step, Then, Token};
use crate::backoff::scale;
use crate::{Instant, Millis};

impl Step<'_> {
    pub(super) fn idle(&mut self, event: Event) -> Next {
        match event {
            Event::Start => self.ask_afresh(),
            Event::Stop | Event::Timeout | Event::Vacant | Event::Lost(_) | Event::Drained(_) => None,
            Event::Serving(_) | Event::DialFailed(_) | Event::Of(..) => None,
        }
    }

    pub(super) fn waiting(&mut self, event: Event, until: Instant) -> Next {
        match event {
            Event::Stop => Some((State::Idle, None)),
            Event::Timeout if self.now >= until => self.ask_afresh(),
            Event::Vacant => self.ask_afresh(),
            Event::Start | Event::Timeout | Event::Lost(_) | Event::Drained(_) => None,
            Event::Serving(_) | Event::DialFailed(_) | Event::Of(..) => None,
        }
    }

    /// As waiting, but whoever has just given the lease away does not snatch it.
    pub(super) fn resting(&mut self, event: Event, until: Instant) -> Next {
        match event {
            Event::Stop => Some((State::Idle, None)),
            Event::Timeout if self.now >= until => self.ask_afresh(),
            Event::Start | Event::Timeout | Event::Vacant | Event::Lost(_) | Event::Drained(_) => None,
            Event::Serving(_) | Event::DialFailed(_) | Event::Of(..) => None,
        }
    }

    pub(super) fn asking(&mut self, event: Event, asked: Asked, wanted: bool) -> Next {
        match event {
            Event::Start if !wanted => Some((State::Asking { asked, wanted: true }, None)),
            Event::Stop if wanted => Some((State::Asking { asked, wanted: false }, None)),
            Event::Timeout if self.unanswered(asked.sent) => self.acquire_unknown(asked, wanted),
            Event::Of(_, Reply::Granted(token)) => self.acquired(asked, asked.sent.at, token, wanted),
            Event::Of(_, Reply::Found(token)) => self.acquired(asked, asked.series.first.at, token, wanted),
            Event::Of(_, Reply::Refused(left)) if wanted => Some((State::Waiting { until: self.poll(left) }, None)),
            Event::Of(_, Reply::Refused(_)) => Some((State::Idle, None)),
            Event::Of(_, Reply::Unknown) => self.acquire_unknown(asked, wanted),
            Event::Start | Event::Stop | Event::Timeout | Event::Vacant | Event::Lost(_) => None,
            Event::Drained(_) | Event::Serving(_) | Event::DialFailed(_) => None,
        }
    }

    pub(super) fn unsure(&mut self, event: Event, until: Instant, series: Series) -> Next {
        match event {
            Event::Stop => self.release(series.first.request, Then::Stop),
            Event::Timeout if self.now >= until => self.acquire(Some(series)),
            Event::Start | Event::Timeout | Event::Vacant | Event::Lost(_) | Event::Drained(_) => None,
            Event::Serving(_) | Event::DialFailed(_) | Event::Of(..) => None,
        }
    }

    fn ask_afresh(&mut self) -> Next {
        self.acquire(None)
    }

    fn acquire(&mut self, series: Option<Series>) -> Next {
        let asked = self.asks(series);
        let action = Action::Acquire { request: asked.sent.request, series: asked.series.first.request };
        Some((State::Asking { asked, wanted: true }, Some(action)))
    }

    /// The next request, of this series or the first of a new one.
    pub(super) fn asks(&mut self, series: Option<Series>) -> Asked {
        let sent = self.send();
        Asked { sent, series: series.unwrap_or(Series { first: sent }) }
    }

    /// A lease that is ours is led by, unless it is not wanted any more, or too old, or of a store that has forgotten its tokens.
    fn acquired(&mut self, asked: Asked, since: Instant, token: Token, wanted: bool) -> Next {
        let lease = asked.series.first.request;
        if !wanted {
            return self.release(lease, Then::Stop);
        }
        if token <= self.past.highest || self.now >= self.terms.step_down_at(since) {
            return self.release(lease, Then::Ask);
        }
        self.past.highest = token;
        let renewal = Renewal::Due(since.plus(self.terms.renew_every));
        let lead = Leading { token, lease, since, renewal, serving_by: self.holding_ends() };
        Some((State::Leading(lead), Some(Action::Lead(token))))
    }

    fn acquire_unknown(&mut self, asked: Asked, wanted: bool) -> Next {
        if !wanted {
            return self.release(asked.series.first.request, Then::Stop);
        }
        Some((State::Unsure { until: self.again_at(asked.sent), series: asked.series }, None))
    }

    /// When the lease may be free: soon, at random so that not all ask at once, and at its end if that is sooner.
    pub(super) fn poll(&self, left: Millis) -> Instant {
        let wait = self.terms.retry_every.0.wrapping_sub(scale(self.roll, self.terms.retry_every.0 / 2));
        self.now.plus(if left.is_zero() || left.0 > wait { Millis(wait) } else { left })
    }

    /// When a request is repeated whose outcome is not known.
    pub(super) fn again_at(&self, sent: Sent) -> Instant {
        sent.at.plus(self.terms.retry_every).max(self.now)
    }

    /// When a holder that does not serve has held for long enough.
    pub(super) fn holding_ends(&self) -> Instant {
        if self.terms.holding_max.is_zero() { Instant::NEVER } else { self.now.plus(self.terms.holding_max) }
    }

    /// What comes when the lease is given back, or lost.
    pub(super) fn after(&self, then: Then) -> State {
        match then {
            Then::Stop => State::Idle,
            Then::Ask => State::Waiting { until: self.poll(Millis::ZERO) },
            Then::Rest => State::Resting { until: self.now.plus(self.terms.rest) },
        }
    }

    /// The clock has gone back: nothing that was counted by it holds.
    ///
    /// A lead ends at once, for nobody knows when its lease does. What may be ours in the store is given back, and asked for afresh.
    pub(super) fn rewound(&mut self, event: Event, state: State) -> Next {
        let stops = event == Event::Stop;
        let then = if stops { Then::Stop } else { Then::Ask };
        let waits = |waiting| Some((if stops { State::Idle } else { waiting }, None));
        match state {
            State::Idle => self.idle(event),
            State::Waiting { .. } => waits(self.after(Then::Ask)),
            State::Resting { .. } => waits(self.after(Then::Rest)),
            State::Asking { asked, wanted } => {
                let then = if wanted || event == Event::Start { then } else { Then::Stop };
                Some((self.give_back(asked.series.first.request, event, &state, then), None))
            }
            State::Unsure { series, .. } => self.release(series.first.request, then),
            State::Leading(lead) => Some((self.give_back(lead.lease, event, &state, then), Some(Action::Halt))),
            State::Draining(draining) => {
                let then = draining.then.told(event).unwrap_or(draining.then);
                let action = if matches!(event, Event::Drained(_)) { None } else { Some(Action::Halt) };
                Some((self.give_back(draining.lease, event, &state, then), action))
            }
            State::Releasing(Releasing { lease, then, .. }) => {
                let then = then.told(event).unwrap_or(then);
                Some((self.give_back(lease, event, &state, then), None))
            }
        }
    }
}
