//! Owns one step of the exploration: what was, what was told, what came of it.

use relink_core::{Action, Attempt, Config, Event, Handover, Instant, Link, Reaction, Report, State, Successor, Then, Verdict};

use super::conn::Conn;
use super::law::expected::ending;
use super::left::NOW;
use super::node::Node;
use super::world::World;

/// One step, before its outcome is renamed.
#[derive(Clone, Copy, Debug)]
pub struct Step<'a> {
    /// The link and the account before.
    pub before: &'a Node,
    /// What was told.
    pub event: Event,
    /// With which roll.
    pub roll: u32,
    /// What it came to.
    pub reaction: Reaction,
    /// The link after, with the names it had before.
    pub after: Link,
    /// The account after.
    pub world: World,
}

impl<'a> Step<'a> {
    /// Tells a node an event.
    #[must_use]
    pub fn take(before: &'a Node, event: Event, roll: u32) -> Self {
        let mut after = before.link;
        let reaction = after.step(NOW, roll, event);
        let mut world = before.world;
        if !is_stale(before, event) {
            world.told(event, reaction, before.link.config());
        }
        match after.state() {
            State::Shutdown { .. } => world.ended(),
            State::Ready(ready) if matches!(ready.handover, Handover::Seeking(_)) => world.seeks(),
            State::Ready(_) | State::Idle | State::Connecting { .. } | State::Open { .. } => {}
            State::Draining(_) | State::Closing(_) | State::Backoff { .. } => {}
        }
        let mut step = Self { before, event, roll, reaction, after, world };
        if after.failures() > before.link.failures()
            && let Some(ending) = ending(&step)
        {
            step.world.blames(ending.culprit.attempt, ending.stays);
        }
        step
    }

    /// The configuration.
    #[must_use]
    pub fn config(&self) -> &Config {
        self.before.link.config()
    }

    /// The action asked for.
    #[must_use]
    pub fn action(&self) -> Option<Action> {
        if let Reaction::Do(action) = self.reaction { Some(action) } else { None }
    }

    /// The report and the connection it is about, if that is held.
    #[must_use]
    pub fn report(&self) -> Option<(&'a Conn, Report)> {
        let Event::Of(attempt, report) = self.event else { return None };
        self.before.world.conn(attempt).map(|conn| (conn, report))
    }

    /// Whether the event is a report of something that is not held.
    #[must_use]
    pub fn is_stale(&self) -> bool {
        is_stale(self.before, self.event)
    }

    /// The verdict that came with the event.
    #[must_use]
    pub fn verdict(&self) -> Option<Verdict> {
        match self.event {
            Event::Of(_, Report::Asked(verdict) | Report::Closed(verdict) | Report::Lost(verdict)) => Some(verdict),
            Event::Of(_, Report::Opened | Report::Accepted | Report::Heard | Report::Pulse(_) | Report::Drained | Report::Broken(_))
            | Event::Start
            | Event::Stop(_)
            | Event::Drain(..)
            | Event::Timeout => None,
        }
    }

    /// Whether the user told it.
    #[must_use]
    pub fn is_users(&self) -> bool {
        matches!(self.event, Event::Start | Event::Stop(_) | Event::Drain(..))
    }
}

fn is_stale(before: &Node, event: Event) -> bool {
    matches!(event, Event::Of(attempt, _) if before.world.conn(attempt).is_none())
}

/// The dial that a link waits for, now or once its connections are gone.
#[must_use]
pub fn planned(link: &Link) -> Option<Instant> {
    match link.state() {
        State::Backoff { until } => Some(until),
        State::Draining(draining) => dial(draining.then),
        State::Closing(closing) => dial(closing.then),
        State::Ready(ready) => match ready.handover {
            Handover::Seeking(Successor::Backoff { until }) => Some(until),
            Handover::Seeking(Successor::Connecting { .. } | Successor::Open { .. }) => None,
            Handover::Alone(_) | Handover::Last(..) | Handover::Replaced(..) => None,
        },
        State::Idle | State::Connecting { .. } | State::Open { .. } | State::Shutdown { .. } => None,
    }
}

fn dial(then: Then) -> Option<Instant> {
    match then {
        Then::Dial(until) => Some(until),
        Then::Stop | Then::GiveUp | Then::Exhaust | Then::Over => None,
    }
}

/// The attempt that is renamed by nobody's account.
#[must_use]
pub fn concerns(action: Action) -> Attempt {
    match action {
        Action::Open(attempt) | Action::Ping(attempt) | Action::Close(attempt, _) | Action::Abort(attempt) => attempt,
    }
}
