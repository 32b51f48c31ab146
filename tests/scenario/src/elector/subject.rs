//! Owns the elector that scenarios run on, and what it says as text.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use relink_core::Instant;
use relink_core::elector::{Action, Elector, Reaction, State};
use relink_notation::Text;

use super::language::{Deed, Header};

/// An elector alone: the store is in the left halves.
pub(crate) struct Subject(Elector);

/// What follows from a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(super) state: State,
    pub(super) reaction: Reaction,
    pub(super) deadline: Option<Instant>,
}

impl Subject {
    pub(super) fn of(header: &Header) -> Self {
        Self(Elector::new(*header))
    }

    pub(super) fn take(&mut self, at: Instant, deed: &Deed) -> Outcome {
        // Where the clock went back, it shows less than the time of the scenario.
        let now = Instant::from_millis(at.as_millis().saturating_sub(u64::from(deed.back.get())));
        let reaction = self.0.step(now, deed.roll, deed.event);
        Outcome { state: self.0.state(), reaction, deadline: self.0.deadline() }
    }
}

impl Outcome {
    /// Its three columns.
    pub(super) fn columns(&self) -> Vec<String> {
        [state(&self.state).to_owned(), reaction(self.reaction), Text(self.deadline).to_string()].into()
    }
}

/// A state without its data.
pub(super) const fn state(state: &State) -> &'static str {
    match state {
        State::Idle => "idle",
        State::Waiting { .. } => "waiting",
        State::Resting { .. } => "resting",
        State::Asking { .. } => "asking",
        State::Unsure { .. } => "unsure",
        State::Leading(_) => "leading",
        State::Draining(_) => "draining",
        State::Releasing(_) => "releasing",
    }
}

/// The name of an action.
pub(super) const fn named(action: Action) -> &'static str {
    match action {
        Action::Acquire { .. } => "acquire",
        Action::Renew { .. } => "renew",
        Action::Release { .. } => "release",
        Action::Lead(_) => "lead",
        Action::StepDown { .. } => "step-down",
        Action::Halt => "halt",
    }
}

fn reaction(reaction: Reaction) -> String {
    match reaction {
        Reaction::Do(action @ (Action::Acquire { request, series } | Action::Renew { request, series })) if request == series => {
            format!("{} #{}", named(action), request.get())
        }
        Reaction::Do(action @ (Action::Acquire { request, series } | Action::Renew { request, series })) => {
            format!("{} #{} of #{}", named(action), request.get(), series.get())
        }
        Reaction::Do(Action::Release { request, lease }) => format!("release #{} of #{}", request.get(), lease.get()),
        Reaction::Do(Action::Lead(token)) => format!("lead {}", token.get()),
        Reaction::Do(Action::StepDown { until }) => format!("step-down by {}", Text(until)),
        Reaction::Do(Action::Halt) => "halt".to_owned(),
        Reaction::Wait => "wait".to_owned(),
        Reaction::Ignored => "ignored".to_owned(),
    }
}
