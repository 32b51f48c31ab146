//! Owns the rules of the house for electors: an account of our own, kept from what happens and what is asked for alone.

use relink_core::Instant;
use relink_core::elector::{Action, Event, Reaction, Reply, Request, Terms, Token};

use super::subject::Subject;
use crate::machine::Seen;

/// A request that may still be answered in time.
#[derive(Clone, Copy)]
struct Sent {
    request: Request,
    at: Instant,
    /// When the first one of its series was sent.
    series_at: Instant,
}

struct Account {
    terms: Terms,
    under_way: Option<Sent>,
    /// When the first request of the latest series was sent.
    series_at: Instant,
    /// The lead, and from where its lease is counted.
    leads: Option<Token>,
    since: Instant,
    stepping_down: bool,
    greatest: Token,
    /// What the clock showed last.
    clock: Instant,
}

/// The first step that breaks a rule of the house, and the rule.
pub(super) fn broken<'a>(terms: &Terms, path: &'a [Seen<Subject>]) -> Option<(&'a Seen<Subject>, &'static str)> {
    let mut account = Account {
        terms: terms.clamped(),
        under_way: None,
        series_at: Instant::ZERO,
        leads: None,
        since: Instant::ZERO,
        stepping_down: false,
        greatest: Token::default(),
        clock: Instant::ZERO,
    };
    let befores = core::iter::once(None).chain(path.iter().map(Some));
    path.iter().zip(befores).find_map(|(seen, before)| {
        let silent = before.is_some_and(|before| seen.outcome.reaction == Reaction::Ignored && before.outcome.state != seen.outcome.state);
        let rule = if silent { Some("something is ignored and yet changes the elector") } else { account.book(seen) };
        Some((seen, rule?))
    })
}

impl Account {
    fn book(&mut self, seen: &Seen<Subject>) -> Option<&'static str> {
        let now = Instant::from_millis(seen.at.as_millis().saturating_sub(u64::from(seen.deed.back.get())));
        let back = now < self.clock;
        self.hear(seen.deed.event, now, back.then_some(self.clock));
        self.clock = now;
        let rule = if let Reaction::Do(action) = seen.outcome.reaction { self.asks(action, now) } else { None };
        let over = self.leads.is_some() && (back || now >= self.terms.halt_at(self.since));
        rule.or(over.then_some("it leads where its lease may be over"))
    }

    fn hear(&mut self, event: Event, now: Instant, back_from: Option<Instant>) {
        match event {
            Event::Drained(token) if self.leads == Some(token) && self.stepping_down => self.leads = None,
            Event::Of(request, reply) => self.answered(request, reply),
            Event::Drained(_) | Event::Start | Event::Stop | Event::Timeout | Event::Vacant => {}
            Event::Lost(_) | Event::Serving(_) | Event::DialFailed(_) => {}
        }
        let patience = u64::from(self.terms.request_timeout.get());
        // What has been waited for long enough by the old clock is not waited for again.
        self.under_way = match self.under_way {
            Some(sent) if back_from.is_some_and(|clock| clock.since(sent.at) < patience) => Some(Sent { at: now, series_at: now, ..sent }),
            Some(_) if back_from.is_some() => None,
            under_way => under_way,
        };
    }

    fn answered(&mut self, request: Request, reply: Reply) {
        let Some(sent) = self.under_way.filter(|sent| sent.request == request) else { return };
        self.under_way = None;
        match reply {
            Reply::Granted(_) => self.since = sent.at,
            Reply::Found(_) => self.since = sent.series_at,
            Reply::Refused(_) | Reply::Unknown => {}
        }
    }

    fn asks(&mut self, action: Action, now: Instant) -> Option<&'static str> {
        match action {
            Action::Acquire { .. } | Action::Release { .. } if self.leads.is_some() => Some("it asks for a lease while it leads by one"),
            Action::Renew { .. } if self.leads.is_none() || self.stepping_down => Some("it renews what it does not lead by"),
            Action::Acquire { request, series } | Action::Renew { request, series } => self.sends(request, series, now),
            Action::Release { request, .. } => self.sends(request, request, now),
            Action::Lead(_) if self.leads.is_some() => Some("it leads twice at once"),
            Action::Lead(token) if token <= self.greatest => Some("a token does not grow"),
            Action::Lead(token) => {
                (self.leads, self.greatest, self.stepping_down) = (Some(token), token, false);
                None
            }
            Action::StepDown { .. } | Action::Halt if self.leads.is_none() => Some("it ends a lead that is not there"),
            Action::StepDown { .. } if core::mem::replace(&mut self.stepping_down, true) => Some("it steps down twice"),
            Action::StepDown { until } => (until > self.terms.halt_at(self.since)).then_some("a drain is to last beyond the lead"),
            Action::Halt => {
                self.leads = None;
                None
            }
        }
    }

    fn sends(&mut self, request: Request, series: Request, now: Instant) -> Option<&'static str> {
        let patience = u64::from(self.terms.request_timeout.get());
        let at_once = self.under_way.is_some_and(|sent| now.since(sent.at) < patience);
        let first = if request == series { now } else { self.series_at };
        self.series_at = first;
        self.under_way = Some(Sent { request, at: now, series_at: first });
        at_once.then_some("two requests are under way")
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use relink_core::elector::{Action, Event, Reaction, Reply, Request, State, Terms, Token};
    use relink_core::{Instant, Millis};

    use super::super::language::Deed;
    use super::super::subject::{Outcome, Subject};
    use super::broken;
    use crate::machine::Seen;

    const ONE: Token = Token::new(1);

    /// What is said of these steps, had an elector done this at these seconds.
    fn said(steps: &[(u64, Event, Reaction)]) -> Option<&'static str> {
        let seen = steps.iter().map(|(at, event, reaction)| {
            let outcome = Outcome { state: State::Idle, reaction: *reaction, deadline: None };
            let deed = Deed { event: *event, roll: 0, back: Millis::ZERO };
            Seen { line: 1, at: Instant::from_millis(at * 1000), deed, outcome }
        });
        let seen: Vec<Seen<Subject>> = seen.collect();
        broken(&Terms::DEFAULT, &seen).map(|(_, rule)| rule)
    }

    #[test]
    fn the_rules_of_the_house_are_kept_without_being_written() {
        let request = Request::new;
        let does = Reaction::Do;
        let acquire = (0, Event::Start, does(Action::Acquire { request: request(1), series: request(1) }));
        let lead = (1, Event::Of(request(1), Reply::Granted(ONE)), does(Action::Lead(ONE)));
        let halt = (2, Event::Lost(ONE), does(Action::Halt));
        let renew = (3, Event::Timeout, does(Action::Renew { request: request(2), series: request(2) }));
        let step_down = |until| (4, Event::Stop, does(Action::StepDown { until: Instant::from_millis(until) }));
        let ask = (1, Event::Timeout, does(Action::Acquire { request: request(3), series: request(3) }));
        for (steps, rule) in [
            (&[acquire, ask][..], "two requests are under way"),
            (&[acquire, lead, ask], "it asks for a lease while it leads by one"),
            (&[acquire, lead, halt, renew], "it renews what it does not lead by"),
            (&[acquire, lead, step_down(5000), renew], "it renews what it does not lead by"),
            (&[acquire, lead, lead], "it leads twice at once"),
            (&[acquire, lead, halt, (2, Event::Timeout, does(Action::Lead(ONE)))], "a token does not grow"),
            (&[acquire, lead, halt, halt], "it ends a lead that is not there"),
            (&[acquire, lead, step_down(5000), step_down(5000)], "it steps down twice"),
            (&[acquire, lead, step_down(12_001)], "a drain is to last beyond the lead"),
            (&[acquire, lead, (12, Event::Timeout, Reaction::Wait)], "it leads where its lease may be over"),
        ] {
            assert_eq!(said(steps), Some(rule), "{steps:?}");
        }
        assert_eq!(said(&[acquire, lead, renew, step_down(5000), (4, Event::Drained(ONE), Reaction::Wait)]), None);
    }
}
