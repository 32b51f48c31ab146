//! Owns the link: its data, and the one place where its state is written.
//!
//! The files beside this one hold one function for each state. Together they are the table of state × event.

mod closing;
mod draining;
mod fate;
mod handover;
mod opening;
mod ready;
mod view;
mod waiting;

use crate::{Action, Attempt, Config, Event, Instant, Millis, Overlap, Pairing, Reaction, State};

/// A long-lived connection, kept alive over many attempts: says what to do next, does nothing itself.
///
/// ```
/// use relink_core::{Action, Attempt, Config, Event, Instant, Link, Reaction, Report};
/// let mut link: Link = Link::new(Config::DEFAULT);
/// let now = Instant::from_millis(0);
/// let Reaction::Do(Action::Open(first)) = link.step(now, 0, Event::Start) else { panic!("a start dials") };
/// assert_eq!(link.deadline(), Some(Instant::from_millis(10_000)));
/// assert_eq!(link.step(now, 0, Event::Of(first, Report::Opened)), Reaction::Wait);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Link<H = Overlap> {
    config: Config,
    past: Past,
    state: State<H>,
}

/// What a link remembers beside its state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
struct Past {
    /// No dial before this, whoever asks: the gap since the last dial, or a `RetryAfter`.
    not_before: Instant,
    /// Failures since the link was last stable.
    failures: u32,
    /// What the backoff wants to see again: [`Draw::memory`](crate::Draw).
    backoff: Millis,
    /// The number of the latest attempt.
    attempts: u32,
}

/// The caller's clock and chance in this step.
#[derive(Clone, Copy)]
struct At {
    now: Instant,
    roll: u32,
}

/// What a step changes. A state function that changes nothing returns none.
struct Next<H> {
    state: State<H>,
    past: Past,
    action: Option<Action>,
}

impl<H: Pairing> Link<H> {
    /// A link that has not been started, with the [clamped](Config::clamped) configuration.
    #[must_use]
    pub const fn new(config: Config) -> Self {
        let past = Past { not_before: Instant::ZERO, failures: 0, backoff: Millis::ZERO, attempts: 0 };
        Self { config: config.clamped(), past, state: State::Idle }
    }

    /// Takes one event into account and says what to do.
    ///
    /// `now` must not go back between steps. `roll` must be uniformly random over all of `u32`, and differ between
    /// the members of a fleet: it is what spreads them. Total: any event in any state is fine, stale ones included.
    pub fn step(&mut self, now: Instant, roll: u32, event: Event) -> Reaction {
        let Some(next) = self.next(At { now, roll }, event) else { return Reaction::Ignored };
        self.state = next.state;
        self.past = next.past;
        match next.action {
            Some(action) => Reaction::Do(action),
            None => Reaction::Wait,
        }
    }

    fn next(&self, at: At, event: Event) -> Option<Next<H>> {
        if let Event::Of(attempt, _) = event
            && !self.state.holds(attempt)
        {
            return None;
        }
        match self.state {
            State::Idle => self.idle(at, event),
            State::Connecting { attempt, deadline } => self.connecting(at, event, attempt, deadline),
            State::Open { attempt, deadline } => self.open(at, event, attempt, deadline),
            State::Ready(ready) => self.ready(at, event, ready),
            State::Draining(draining) => self.draining(at, event, draining),
            State::Closing(closing) => self.closing(at, event, closing),
            State::Backoff { until } => self.backoff(at, event, until),
            State::Shutdown { .. } => self.shutdown(at, event),
        }
    }

    const fn to(&self, state: State<H>) -> Next<H> {
        Next { state, past: self.past, action: None }
    }
}

impl<H> Next<H> {
    fn and(mut self, action: Action) -> Self {
        self.action = Some(action);
        self
    }

    fn with(mut self, past: Past) -> Self {
        self.past = past;
        self
    }
}

impl<H: Pairing> State<H> {
    /// Whether a report of this attempt concerns the link: it is the current connection, or the one beside it.
    #[must_use]
    pub fn holds(&self, attempt: Attempt) -> bool {
        let (first, second) = self.attempts();
        first == Some(attempt) || second == Some(attempt)
    }
}
