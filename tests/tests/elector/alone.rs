//! Owns one elector as the walk sees it: what makes two of them the same, and the account that is kept beside it.

use relink_core::elector::{Action, Elector, Event, Leftover, Reaction, Release, Renewal, Reply, Sent, State, Terms, Then, Token};
use relink_core::{Instant, Millis};

const fn ms(millis: u32) -> Millis {
    Millis::new(millis)
}

/// Short, so that the space is small, and all different in sum.
pub(crate) const TERMS: Terms = Terms {
    lease: ms(9),
    renew_every: ms(2),
    margin: ms(2),
    drain: ms(2),
    request_timeout: ms(3),
    retry_every: ms(1),
    holding_max: ms(6),
    rest: ms(2),
};

/// What is past for so long, or ahead for so long, makes no difference.
const FAR: i64 = 10;

/// An elector, when it is, and what it must not do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Node {
    pub(crate) elector: Elector,
    pub(crate) now: u64,
    pub(crate) seen: u64,
    leads: bool,
    stepping_down: bool,
    since: u64,
    /// What is under way was sent then.
    sent: Option<u64>,
    series_at: u64,
    greatest: u64,
    wanted: bool,
}

impl Node {
    pub(crate) const fn new() -> Self {
        let elector = Elector::new(TERMS);
        let (now, seen) = (1_000_000, 1_000_000);
        Self { elector, now, seen, leads: false, stepping_down: false, since: 0, sent: None, series_at: 0, greatest: 0, wanted: false }
    }

    /// The next moment.
    pub(crate) const fn later(mut self) -> Self {
        self.now += 1;
        self
    }

    /// The same for all that do the same: points in time count from now, requests and tokens by what they are, not by number.
    pub(crate) fn key(&self) -> Vec<i64> {
        let rel = |at: Instant| at.as_millis().min(i64::MAX as u64) as i64 - self.now as i64;
        let sent = |sent: Sent| rel(sent.at);
        let mut key = match self.elector.state() {
            State::Idle => vec![0],
            State::Waiting { until } => vec![1, rel(until)],
            State::Resting { until } => vec![2, rel(until)],
            State::Asking { asked, wanted } => vec![3, sent(asked.sent), sent(asked.series.first), i64::from(wanted)],
            State::Unsure { until, series } => vec![4, rel(until), sent(series.first)],
            State::Leading(lead) => {
                let renewal = match lead.renewal {
                    Renewal::Due(at) => [0, rel(at), 0],
                    Renewal::Under(asked) => [1, sent(asked.sent), sent(asked.series.first)],
                    Renewal::Again(at, series) => [2, rel(at), sent(series.first)],
                };
                [5, rel(lead.since), rel(lead.serving_by)].into_iter().chain(renewal).collect()
            }
            State::Draining(draining) => {
                let leftover = if let Leftover::Under(under) = draining.renewal { sent(under) } else { FAR };
                vec![6, rel(draining.until), leftover, then(draining.then)]
            }
            State::Releasing(releasing) => {
                let [kind, at] = match releasing.release {
                    Release::Behind(under) => [0, sent(under)],
                    Release::Due(at) => [1, rel(at)],
                    Release::Under(under) => [2, sent(under)],
                };
                vec![7, kind, at, rel(releasing.by), then(releasing.then)]
            }
        };
        let own = |at: u64| at as i64 - self.now as i64;
        key.extend([self.leads, self.stepping_down, self.wanted].map(i64::from));
        // What the account does not look at any more is no difference either.
        let series = match self.elector.state() {
            State::Asking { .. } | State::Unsure { .. } | State::Leading(_) => own(self.series_at),
            State::Idle | State::Waiting { .. } | State::Resting { .. } | State::Draining(_) | State::Releasing(_) => -FAR,
        };
        let since = if self.leads { own(self.since) } else { -FAR };
        key.extend([since, self.sent.map_or(FAR, own), series]);
        key.iter().map(|number| (*number).clamp(-FAR, FAR)).collect()
    }

    /// All that can be told it; and how far the clock is behind then.
    pub(crate) fn moves(&self) -> Vec<(Event, bool)> {
        let state = self.elector.state();
        let ours = state.leads().unwrap_or_default();
        let (next, other) = (Token::new(self.greatest + 1), Token::new(self.greatest.saturating_sub(1)));
        let mut events = vec![Event::Start, Event::Stop, Event::Timeout, Event::Vacant];
        for token in [ours, other] {
            events.extend([Event::Lost(token), Event::Drained(token), Event::Serving(token), Event::DialFailed(token)]);
        }
        let under_way = state.under_way().map_or(0, relink_core::elector::Request::get);
        for request in [under_way, under_way.wrapping_sub(1)].map(relink_core::elector::Request::new) {
            let replies = [next, ours, other].into_iter().flat_map(|token| [Reply::Granted(token), Reply::Found(token)]);
            let others = [Reply::Refused(ms(0)), Reply::Refused(ms(1)), Reply::Unknown];
            events.extend(replies.chain(others).map(|reply| Event::Of(request, reply)));
        }
        events.into_iter().flat_map(|event| [(event, false), (event, true)]).collect()
    }

    /// Tells it, and says what came of it, and what should not have.
    pub(crate) fn tell(&mut self, event: Event, roll: u32, back: bool) -> (Reaction, Result<(), &'static str>) {
        let before = self.elector;
        if back {
            self.now = self.seen - 1;
        }
        let due = before.deadline().is_some_and(|deadline| deadline.as_millis() <= self.now);
        self.seen = self.now;
        self.hears(event, back);
        let reaction = self.elector.step(Instant::from_millis(self.now), roll, event);
        let silent = reaction == Reaction::Ignored;
        let mut held = if let Reaction::Do(action) = reaction { self.asks(action) } else { Ok(()) };
        // Waited for long enough, and not waited for any more.
        let given_up = self.elector.state().under_way().is_none();
        self.sent = self.sent.filter(|at| !given_up || self.now - at < 3);
        let mut law = |broken: bool, law| held = held.and(if broken { Err(law) } else { Ok(()) });
        law(silent && self.elector.state() != before.state(), "something is ignored and yet changes the elector");
        law(!back && event == Event::Timeout && silent == due, "a Timeout does something if it is due, and only then");
        law(self.elector.deadline().is_none() != (self.elector.state() == State::Idle), "only who is idle waits for nothing");
        law(self.leads != self.elector.state().leads().is_some(), "it leads from Lead until Drained or Halt");
        law(self.leads && (back || self.now >= self.since + 7), "nobody leads when the clock has gone back, or in the margin");
        (reaction, held)
    }

    fn hears(&mut self, event: Event, back: bool) {
        match event {
            Event::Start => self.wanted = true,
            Event::Stop => self.wanted = false,
            Event::Drained(token) if self.stepping_down && self.elector.state().leads() == Some(token) => self.leads = false,
            Event::Of(request, reply) if self.elector.state().under_way() == Some(request) => match (reply, self.sent.take()) {
                (Reply::Granted(_), Some(sent)) => self.since = sent,
                (Reply::Found(_), Some(_)) => self.since = self.series_at,
                (Reply::Granted(_) | Reply::Found(_) | Reply::Refused(_) | Reply::Unknown, _) => {}
            },
            Event::Timeout | Event::Vacant | Event::Lost(_) | Event::Drained(_) => {}
            Event::Serving(_) | Event::DialFailed(_) | Event::Of(..) => {}
        }
        if back && self.sent.is_some() && self.elector.state().under_way().is_some() {
            self.sent = Some(self.now);
        }
    }

    fn asks(&mut self, action: Action) -> Result<(), &'static str> {
        let right = match action {
            Action::Acquire { .. } => !self.leads && self.wanted,
            Action::Release { .. } => !self.leads,
            Action::Renew { .. } => self.leads && !self.stepping_down && self.wanted,
            Action::Lead(token) => !self.leads && self.wanted && token.get() > self.greatest,
            Action::StepDown { until } => self.leads && !self.stepping_down && until.as_millis() <= self.since + 7,
            Action::Halt => self.leads,
        };
        match action {
            Action::Acquire { request, series } | Action::Renew { request, series } => {
                if request == series {
                    self.series_at = self.now;
                }
                self.sends(right)
            }
            Action::Release { .. } => self.sends(right),
            Action::Lead(token) => {
                (self.leads, self.stepping_down, self.greatest) = (true, false, token.get());
                if right { Ok(()) } else { Err("it leads only if it is wanted, once, with a greater token") }
            }
            Action::StepDown { .. } => {
                self.stepping_down = true;
                if right { Ok(()) } else { Err("it steps down once, from a lead, in time") }
            }
            Action::Halt => {
                self.leads = false;
                if right { Ok(()) } else { Err("it halts only what leads") }
            }
        }
    }

    fn sends(&mut self, right: bool) -> Result<(), &'static str> {
        if self.sent.replace(self.now).is_some_and(|at| at <= self.now && self.now - at < 3) {
            return Err("one request is under way at a time");
        }
        if right { Ok(()) } else { Err("it renews while it leads, and asks for all else while it does not, if it is wanted") }
    }
}

const fn then(then: Then) -> i64 {
    match then {
        Then::Stop => 0,
        Then::Ask => 1,
        Then::Rest => 2,
    }
}
