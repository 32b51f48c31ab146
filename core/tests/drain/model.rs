//! The model: three plain lists and the times that a plan gives, computed anew for every question.
//!
//! Which of those that wait is closed next is chance, so there the model only says whether it may be this one.

use relink_core::Instant;
use relink_core::drain::{Action, Event, Plan, Reaction, Tally};

/// A number, and which of those that had it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Name(pub(crate) u8, pub(crate) u8);

impl From<Name> for usize {
    fn from(name: Name) -> Self {
        Self::from(name.0)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Idle,
    Draining(u64),
    Forcing(u64),
    Over,
}

#[derive(Clone, Debug)]
pub(crate) struct Model {
    plan: Plan,
    seats: usize,
    phase: Phase,
    ungreeted: Vec<Name>,
    waiting: Vec<Name>,
    closing: Vec<Name>,
    closed: u64,
    tally: Tally,
}

impl Model {
    pub(crate) fn new(plan: Plan, seats: usize) -> Self {
        let (ungreeted, waiting, closing) = (Vec::new(), Vec::new(), Vec::new());
        Self { plan, seats, phase: Phase::Idle, ungreeted, waiting, closing, closed: 0, tally: Tally::default() }
    }

    pub(crate) fn left(&self) -> usize {
        self.ungreeted.len() + self.waiting.len() + self.closing.len()
    }

    pub(crate) fn tally(&self) -> Tally {
        self.tally
    }

    pub(crate) fn refuses(&self) -> bool {
        self.phase != Phase::Idle
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        let at = match self.phase {
            Phase::Idle | Phase::Over => return None,
            Phase::Forcing(since) => since,
            Phase::Draining(since) if self.left() == 0 || !self.ungreeted.is_empty() => since,
            Phase::Draining(since) => self.close_at(since).unwrap_or(self.over_at(since)),
        };
        Some(Instant::from_millis(at))
    }

    /// Whether this is what a step may come to, and what it then is.
    pub(crate) fn step(&mut self, now: Instant, event: Event<Name>, reaction: Reaction<Name>) -> bool {
        let now = now.as_millis();
        match (self.phase, event) {
            (Phase::Idle, Event::Begin) => {
                self.phase = Phase::Draining(now);
                reaction == Reaction::Do(Action::Refuse)
            }
            (Phase::Idle, Event::Force) => {
                self.phase = Phase::Forcing(now);
                reaction == Reaction::Do(Action::Refuse)
            }
            (Phase::Idle, _) | (Phase::Draining(_), Event::Begin) | (Phase::Forcing(_), Event::Begin | Event::Force) => {
                reaction == Reaction::Ignored
            }
            (Phase::Over, Event::Joined(name)) => reaction == Reaction::Do(Action::Force(name)),
            (Phase::Over, _) => reaction == Reaction::Ignored,
            (Phase::Draining(_) | Phase::Forcing(_), Event::Ended(name)) => self.ended(name, Tally { graceful: 1, forced: 0 }, reaction),
            (Phase::Draining(_) | Phase::Forcing(_), Event::Dropped(name)) => self.ended(name, Tally { graceful: 0, forced: 1 }, reaction),
            (Phase::Draining(_), Event::Joined(name)) => self.joined(name, reaction),
            (Phase::Forcing(_), Event::Joined(name)) => {
                self.tally.forced += 1;
                reaction == Reaction::Do(Action::Force(name))
            }
            (Phase::Forcing(_), Event::Timeout) => self.forced(reaction),
            (Phase::Draining(_), Event::Force) => {
                self.phase = Phase::Forcing(now);
                self.forced(reaction)
            }
            (Phase::Draining(since), Event::Timeout) => self.timeout(now, since, reaction),
        }
    }

    fn joined(&mut self, name: Name, reaction: Reaction<Name>) -> bool {
        if usize::from(name.0) >= self.seats {
            self.tally.forced += 1;
            return reaction == Reaction::Do(Action::Force(name));
        }
        if self.rows().any(|row| row.contains(&name)) {
            return reaction == Reaction::Ignored;
        }
        let before = self.left();
        self.rows().for_each(|row| row.retain(|other| other.0 != name.0));
        self.tally.graceful += (before - self.left()) as u32;
        if self.plan.farewell { &mut self.ungreeted } else { &mut self.waiting }.push(name);
        reaction == Reaction::Wait
    }

    fn ended(&mut self, name: Name, how: Tally, reaction: Reaction<Name>) -> bool {
        if !self.take(name) {
            return reaction == Reaction::Ignored;
        }
        self.tally = Tally { graceful: self.tally.graceful + how.graceful, forced: self.tally.forced + how.forced };
        reaction == Reaction::Wait
    }

    fn timeout(&mut self, now: u64, since: u64, reaction: Reaction<Name>) -> bool {
        if now >= self.over_at(since) || self.left() == 0 {
            self.phase = Phase::Forcing(now);
            return self.forced(reaction);
        }
        if let Reaction::Do(Action::Farewell(name)) = reaction {
            self.waiting.push(name);
            return move_out(&mut self.ungreeted, name);
        }
        let due = self.ungreeted.is_empty() && self.close_at(since).is_some_and(|at| now >= at);
        if let Reaction::Do(Action::Close(name)) = reaction {
            self.closed += 1;
            self.closing.push(name);
            return due && move_out(&mut self.waiting, name);
        }
        !due && self.ungreeted.is_empty() && reaction == Reaction::Ignored
    }

    fn forced(&mut self, reaction: Reaction<Name>) -> bool {
        if let Reaction::Do(Action::Force(name)) = reaction {
            self.tally.forced += 1;
            return self.take(name);
        }
        self.phase = Phase::Over;
        self.left() == 0 && reaction == Reaction::Do(Action::Drained(self.tally))
    }

    fn take(&mut self, name: Name) -> bool {
        self.rows().any(|row| move_out(row, name))
    }

    fn rows(&mut self) -> impl Iterator<Item = &mut Vec<Name>> {
        [&mut self.ungreeted, &mut self.waiting, &mut self.closing].into_iter()
    }

    /// The n-th close of all is due when this part of the spread has passed.
    fn close_at(&self, since: u64) -> Option<u64> {
        let waiting = (self.ungreeted.len() + self.waiting.len()) as u64;
        let begin = since + u64::from(self.plan.grace.get());
        (waiting > 0).then(|| begin + u64::from(self.plan.spread.get()) * self.closed / (self.closed + waiting))
    }

    fn over_at(&self, since: u64) -> u64 {
        since + u64::from(self.plan.grace.get()) + u64::from(self.plan.spread.get()) + u64::from(self.plan.closing_timeout.get())
    }
}

fn move_out(row: &mut Vec<Name>, name: Name) -> bool {
    let before = row.len();
    row.retain(|other| *other != name);
    row.len() < before
}
