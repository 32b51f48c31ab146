//! Owns virtual time: a link, its dice, and a peer that answers each dial by a script; the clock moves from one event to the next.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use relink_core::{Action, Attempt, Config, Event, Instant, Link, Reaction, Report};

/// What a peer reports of one dial: how many milliseconds after it, and what.
pub(crate) type Answer = Vec<(u64, Report)>;

/// A link that lives in virtual time, and what it has done so far. All times are in milliseconds since its start.
pub(crate) struct World {
    pub(crate) link: Link,
    dice: fastrand::Rng,
    reports: BinaryHeap<Reverse<(u64, usize)>>,
    told: Vec<(Attempt, Report)>,
    /// When each dial was made.
    pub(crate) dials: Vec<u64>,
    /// When the link asked for something else than a dial.
    pub(crate) actions: Vec<(u64, Action)>,
    /// The failure count, and the ceiling the policy remembers, whenever the former grew.
    pub(crate) failures: Vec<(u32, u32)>,
    /// When the link became Ready.
    pub(crate) readies: Vec<u64>,
}

impl World {
    /// A link that is not started yet.
    pub(crate) fn new(config: Config, seed: u64) -> Self {
        let (dials, actions, failures, readies) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let dice = fastrand::Rng::with_seed(seed);
        Self { link: Link::new(config), dice, reports: BinaryHeap::new(), told: Vec::new(), dials, actions, failures, readies }
    }

    /// Has this reported of an attempt at this time.
    pub(crate) fn report(&mut self, at: u64, attempt: Attempt, report: Report) {
        self.reports.push(Reverse((at, self.told.len())));
        self.told.push((attempt, report));
    }

    /// Starts the link and lets it live `until` then; `peer` is asked what becomes of the dial made at a time.
    pub(crate) fn live(&mut self, until: u64, mut peer: impl FnMut(u64) -> Answer) {
        self.step(0, Event::Start, &mut peer);
        while let Some((at, event)) = self.next().filter(|(at, _)| *at < until) {
            self.step(at, event, &mut peer);
        }
    }

    /// What happens next: what is there to be read comes before the deadline of the same moment.
    fn next(&mut self) -> Option<(u64, Event)> {
        let deadline = self.link.deadline().map(Instant::as_millis);
        let reported = self.reports.peek().map(|Reverse((at, _))| *at);
        if reported.is_some_and(|at| deadline.is_none_or(|deadline| at <= deadline)) {
            let Reverse((at, number)) = self.reports.pop()?;
            let (attempt, report) = self.told[number];
            return Some((at, Event::Of(attempt, report)));
        }
        Some((deadline?, Event::Timeout))
    }

    fn step(&mut self, at: u64, event: Event, peer: &mut impl FnMut(u64) -> Answer) {
        let (failed, ready) = (self.link.failures(), is_ready(&self.link));
        let reaction = self.link.step(Instant::from_millis(at), self.dice.u32(..), event);
        if self.link.failures() > failed {
            self.failures.push((self.link.failures(), self.link.backoff_memory().get()));
        }
        if is_ready(&self.link) && !ready {
            self.readies.push(at);
        }
        match reaction {
            Reaction::Do(Action::Open(attempt)) => {
                self.dials.push(at);
                peer(at).into_iter().for_each(|(after, report)| self.report(at + after, attempt, report));
            }
            Reaction::Do(action) => self.actions.push((at, action)),
            Reaction::Wait | Reaction::Ignored => {}
        }
    }

    /// The times between one dial and the next.
    pub(crate) fn gaps(&self) -> Vec<u64> {
        self.dials.windows(2).map(|pair| pair[1] - pair[0]).collect()
    }
}

fn is_ready(link: &Link) -> bool {
    matches!(link.state(), relink_core::State::Ready(_))
}
