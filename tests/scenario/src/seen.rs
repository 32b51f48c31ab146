//! Owns what was seen on one path through a scenario, and the account of which connections are held.

use alloc::vec::Vec;

use relink_core::{Action, Attempt, Event, Instant, Reaction, Report};
use relink_notation::Outcome;

/// One step that was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The line it stands on.
    pub line: u32,
    /// When.
    pub at: Instant,
    /// What happened.
    pub event: Event,
    /// What followed.
    pub outcome: Outcome,
}

impl Seen {
    /// The attempt that a report is on, or that an action is about.
    pub(super) const fn attempt(action: Action) -> Attempt {
        match action {
            Action::Open(attempt) | Action::Ping(attempt) | Action::Close(attempt, _) | Action::Abort(attempt) => attempt,
        }
    }

    /// The action it asked for.
    pub(super) const fn action(&self) -> Option<Action> {
        match self.outcome.reaction {
            Reaction::Do(action) => Some(action),
            Reaction::Wait | Reaction::Ignored => None,
        }
    }
}

/// One path through a scenario, from the beginning of its link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Path {
    /// The steps taken.
    pub(super) steps: Vec<Seen>,
    /// Whether the last state lasts for ever: so it does on the main path, not on an alternative that was only tried.
    pub(super) lasts: bool,
}

impl Path {
    /// Each step with the time at which the next one ends its state; an alternative's last state is a mere instant.
    pub(super) fn spans(&self) -> impl Iterator<Item = (&Seen, Instant)> {
        let ends = self.steps.iter().skip(1).map(|next| next.at);
        let last = self.steps.last().map(|last| if self.lasts { Instant::NEVER } else { Instant::from_millis(last.at.as_millis() + 1) });
        self.steps.iter().zip(ends.chain(last))
    }
}

/// Which connections are held, by the actions and the reports alone: the link's own word is not asked.
#[derive(Clone, Debug, Default)]
pub(super) struct Account {
    held: Vec<Attempt>,
    opening: Vec<Attempt>,
    closed: Vec<Attempt>,
}

impl Account {
    /// Takes a whole step into account.
    pub(super) fn book(&mut self, seen: &Seen) {
        self.hear(seen.event);
        if let Some(action) = seen.action() {
            self.act(action);
        }
    }

    /// Takes into account what happened.
    pub(super) fn hear(&mut self, event: Event) {
        match event {
            Event::Of(attempt, Report::Lost(_)) => self.drop(attempt),
            Event::Of(attempt, Report::Opened) => self.opening.retain(|&other| other != attempt),
            Event::Start | Event::Stop(_) | Event::Drain(..) | Event::Timeout | Event::Of(..) => {}
        }
    }

    /// Takes into account what was asked for.
    pub(super) fn act(&mut self, action: Action) {
        match action {
            Action::Open(attempt) => {
                self.held.push(attempt);
                self.opening.push(attempt);
            }
            Action::Abort(attempt) => self.drop(attempt),
            Action::Close(attempt, _) => self.closed.push(attempt),
            Action::Ping(_) => {}
        }
    }

    /// The connections and dials that are neither aborted nor reported lost.
    pub(super) fn held(&self) -> &[Attempt] {
        &self.held
    }

    /// The dials that are neither open, aborted nor lost.
    pub(super) fn opening(&self) -> &[Attempt] {
        &self.opening
    }

    /// Whether a Close was sent on this one.
    pub(super) fn is_closed(&self, attempt: Attempt) -> bool {
        self.closed.contains(&attempt)
    }

    fn drop(&mut self, attempt: Attempt) {
        self.held.retain(|&other| other != attempt);
        self.opening.retain(|&other| other != attempt);
        self.closed.retain(|&other| other != attempt);
    }
}
