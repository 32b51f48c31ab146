//! Owns the drain that scenarios run on, and what it says as text.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use relink_core::Instant;
use relink_core::drain::{Action, Drain, Reaction, Seat, State, Tally};
use relink_notation::Text;

use super::language::{Deed, Header, Member, named};

/// A drain of connections that have numbers.
pub(crate) struct Subject(Drain<Member, Vec<Seat<Member>>>);

/// What follows from a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(super) state: State,
    pub(super) reaction: Reaction<Member>,
    pub(super) left: u32,
    pub(super) deadline: Option<Instant>,
}

impl Subject {
    pub(super) fn of(header: &Header) -> Self {
        Self(Drain::new(header.plan, vec![Seat::EMPTY; header.seats]))
    }

    pub(super) fn take(&mut self, at: Instant, deed: &Deed) -> Outcome {
        let reaction = self.0.step(at, deed.roll, deed.event);
        Outcome { state: self.0.state(), reaction, left: self.0.left(), deadline: self.0.deadline() }
    }
}

impl Outcome {
    /// Its four columns.
    pub(super) fn columns(&self) -> [String; 4] {
        let state = match self.state {
            State::Idle => "idle",
            State::Draining { .. } => "draining",
            State::Forcing { .. } => "forcing",
            State::Drained => "drained",
        };
        [state.to_owned(), reaction(self.reaction), format!("left={}", self.left), Text(self.deadline).to_string()]
    }
}

fn reaction(reaction: Reaction<Member>) -> String {
    match reaction {
        Reaction::Do(Action::Drained(Tally { graceful, forced })) => format!("drained {graceful} graceful, {forced} forced"),
        Reaction::Do(action) => match named(action) {
            (name, Some(member)) => format!("{name} {member}"),
            (name, None) => name.to_owned(),
        },
        Reaction::Wait => "wait".to_owned(),
        Reaction::Ignored => "ignored".to_owned(),
    }
}
