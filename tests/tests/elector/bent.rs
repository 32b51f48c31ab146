//! Owns electors that are bent in one place each, so that the worlds can show that they would notice.

use relink_core::Instant;
use relink_core::elector::{Action, Elector, Event, Reaction, Reply, State, Terms};

/// What takes part in a world's election.
pub(crate) trait Candidate {
    fn step(&mut self, now: Instant, roll: u32, event: Event) -> Reaction;
    fn deadline(&self) -> Option<Instant>;
}

impl Candidate for Elector {
    fn step(&mut self, now: Instant, roll: u32, event: Event) -> Reaction {
        Elector::step(self, now, roll, event)
    }

    fn deadline(&self) -> Option<Instant> {
        Elector::deadline(self)
    }
}

/// In which place it is bent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How {
    /// In none.
    Not,
    /// The lease is counted from the answer.
    CountsFromTheAnswer,
    /// What an earlier request did counts as done by the latest.
    CountsFromTheLatest,
    /// Answers are taken for those of the latest request.
    BelievesOldAnswers,
    /// A deadline that comes late is taken for one in time: no pause and no jump of the clock is noticed.
    SleepsThroughPauses,
    /// A clock that goes back is taken for one that stands still.
    TrustsItsClock,
}

/// An elector that is told something else than what happens.
pub(crate) struct Bent {
    elector: Elector,
    how: How,
    /// What it was before its latest request.
    before: Elector,
    seen: Instant,
}

impl Bent {
    pub(crate) fn new(terms: Terms, how: How) -> Self {
        let elector = Elector::new(terms);
        Self { elector, how, before: elector, seen: Instant::ZERO }
    }

    fn told(&self, event: Event) -> Event {
        match (self.how, event) {
            (How::CountsFromTheLatest, Event::Of(request, Reply::Found(token))) => Event::Of(request, Reply::Granted(token)),
            (How::BelievesOldAnswers, Event::Of(_, reply)) => {
                self.elector.state().under_way().map_or(event, |request| Event::Of(request, reply))
            }
            (_, event) => event,
        }
    }

    fn clock(&self, now: Instant) -> Instant {
        match (self.how, self.elector.deadline()) {
            (How::SleepsThroughPauses, Some(deadline)) if self.elector.state().leads().is_some() => now.min(deadline.max(self.seen)),
            (How::TrustsItsClock, _) => now.max(self.seen),
            (_, _) => now,
        }
    }

    /// Sends the request that is answered only now, as far as anybody counts.
    fn sends_now(&mut self, now: Instant, event: Event) {
        let Event::Of(request, Reply::Granted(_)) = event else { return };
        let was = match self.before.state() {
            State::Idle => Event::Start,
            State::Leading(_) | State::Waiting { .. } | State::Unsure { .. } | State::Resting { .. } => Event::Timeout,
            State::Asking { .. } | State::Draining(_) | State::Releasing(_) => return,
        };
        let mut late = self.before;
        if self.elector.state().under_way() != Some(request) {
            return;
        }
        if let Reaction::Do(Action::Acquire { request: sent, .. } | Action::Renew { request: sent, .. }) = late.step(now, 0, was)
            && sent == request
        {
            self.elector = late;
        }
    }
}

impl Candidate for Bent {
    fn step(&mut self, now: Instant, roll: u32, event: Event) -> Reaction {
        let (now, event) = (self.clock(now), self.told(event));
        self.seen = now;
        if self.how == How::CountsFromTheAnswer {
            self.sends_now(now, event);
        }
        let before = self.elector;
        let reaction = self.elector.step(now, roll, event);
        if let Reaction::Do(Action::Acquire { .. } | Action::Renew { .. }) = reaction {
            self.before = before;
        }
        reaction
    }

    fn deadline(&self) -> Option<Instant> {
        self.elector.deadline()
    }
}
