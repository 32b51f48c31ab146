//! The lead: it is renewed, and it ends before its lease can.

use super::{Action, Asked, Draining, Event, Leading, Leftover, Next, Renewal, Reply, Series, State, Step, Then};
use crate::Instant;

impl Step<'_> {
    pub(super) fn leading(&mut self, event: Event, lead: Leading) -> Next {
        if self.now >= self.terms.halt_at(lead.since) {
            let then = if event == Event::Stop { Then::Stop } else { Then::Ask };
            return Some((self.give_back(lead.lease, event, &State::Leading(lead), then), Some(Action::Halt)));
        }
        match event {
            Event::Stop => self.step_down(lead, Then::Stop),
            Event::Timeout => self.leading_timeout(lead),
            // Seen, perhaps wrongly: what may be ours yet is given back.
            Event::Lost(_) => Some((self.give_back(lead.lease, event, &State::Leading(lead), Then::Ask), Some(Action::Halt))),
            Event::Serving(_) if lead.serving_by != Instant::NEVER => self.leads(Leading { serving_by: Instant::NEVER, ..lead }),
            // The first failure counts: a dial that fails over and over buys no time.
            Event::DialFailed(_) if lead.serving_by == Instant::NEVER && !self.terms.holding_max.is_zero() => {
                self.leads(Leading { serving_by: self.holding_ends(), ..lead })
            }
            Event::Of(_, reply) => self.renewed(reply, lead),
            Event::Start | Event::Vacant | Event::Drained(_) | Event::Serving(_) | Event::DialFailed(_) => None,
        }
    }

    /// The end of a lead comes before its renewal.
    fn leading_timeout(&mut self, lead: Leading) -> Next {
        if self.now >= self.terms.step_down_at(lead.since) {
            return self.step_down(lead, Then::Ask);
        }
        if self.now >= lead.serving_by {
            return self.step_down(lead, Then::Rest);
        }
        match lead.renewal {
            Renewal::Due(at) if self.now >= at => self.renew(lead, None),
            Renewal::Again(at, series) if self.now >= at => self.renew(lead, Some(series)),
            Renewal::Under(asked) if self.unanswered(asked.sent) => self.renewal_unknown(lead, asked),
            Renewal::Due(_) | Renewal::Again(..) | Renewal::Under(_) => None,
        }
    }

    fn renew(&mut self, lead: Leading, series: Option<Series>) -> Next {
        let asked = self.asks(series);
        let action = Action::Renew { request: asked.sent.request, series: asked.series.first.request };
        Some((State::Leading(Leading { renewal: Renewal::Under(asked), ..lead }), Some(action)))
    }

    fn renewed(&self, reply: Reply, lead: Leading) -> Next {
        let Renewal::Under(asked) = lead.renewal else { return None };
        let since = match reply {
            Reply::Granted(token) if token == lead.token => asked.sent.at,
            Reply::Found(token) if token == lead.token => asked.series.first.at,
            Reply::Unknown => return self.renewal_unknown(lead, asked),
            Reply::Granted(_) | Reply::Found(_) | Reply::Refused(_) => return self.lost(Then::Ask),
        };
        self.leads(Leading { since, renewal: Renewal::Due(since.plus(self.terms.renew_every)), ..lead })
    }

    fn renewal_unknown(&self, lead: Leading, asked: Asked) -> Next {
        self.leads(Leading { renewal: Renewal::Again(self.again_at(asked.sent), asked.series), ..lead })
    }

    fn leads(&self, lead: Leading) -> Next {
        Some((State::Leading(lead), None))
    }

    fn step_down(&self, lead: Leading, then: Then) -> Next {
        let until = self.now.plus(self.terms.drain).min(self.terms.halt_at(lead.since));
        let renewal = match lead.renewal {
            Renewal::Under(asked) => Leftover::Under(asked.sent),
            Renewal::Due(_) | Renewal::Again(..) => Leftover::None,
        };
        let draining = Draining { token: lead.token, lease: lead.lease, until, renewal, then };
        Some((State::Draining(draining), Some(Action::StepDown { until })))
    }

    /// Somebody else may lead already: there is no time to drain, and nothing to give back.
    fn lost(&self, then: Then) -> Next {
        Some((self.after(then), Some(Action::Halt)))
    }

    pub(super) fn draining(&mut self, event: Event, draining: Draining) -> Next {
        let state = State::Draining(draining);
        let drained = matches!(event, Event::Drained(_));
        if self.now >= draining.until && !drained {
            let then = draining.then.told(event).unwrap_or(draining.then);
            return Some((self.give_back(draining.lease, event, &state, then), Some(Action::Halt)));
        }
        let answered = Some((State::Draining(Draining { renewal: Leftover::None, ..draining }), None));
        match event {
            Event::Start | Event::Stop => {
                let then = draining.then.told(event)?;
                Some((State::Draining(Draining { then, ..draining }), None))
            }
            Event::Timeout => match draining.renewal {
                Leftover::Under(sent) if self.unanswered(sent) => answered,
                Leftover::Under(_) | Leftover::None => None,
            },
            Event::Lost(_) => Some((self.give_back(draining.lease, event, &state, draining.then), Some(Action::Halt))),
            Event::Drained(_) if state.under_way().is_none() => self.release(draining.lease, draining.then),
            Event::Drained(_) => Some((self.give_back(draining.lease, event, &state, draining.then), None)),
            Event::Of(_, Reply::Granted(token) | Reply::Found(token)) if token == draining.token => answered,
            Event::Of(_, Reply::Unknown) => answered,
            Event::Of(_, Reply::Granted(_) | Reply::Found(_) | Reply::Refused(_)) => self.lost(draining.then),
            Event::Vacant | Event::Serving(_) | Event::DialFailed(_) => None,
        }
    }
}
