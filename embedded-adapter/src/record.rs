//! Owns the flight recorder of a device: what a link was told and what it decided, as lines of a scenario.
//!
//! Print the header once and each [`User::step`](crate::User::step) as it comes, to whatever console there is: what comes out is a scenario
//! that `cargo run --bin scenario -- FILE` replays on a desk. Times are those of the device's clock.

use core::fmt;

use relink_core::{Instant, Link, Pairing};
use relink_notation::{Header, Left, Outcome, Said, Text};

use crate::user::Step;

/// Turns steps into lines.
#[derive(Clone, Copy, Debug, Default)]
pub struct Recorder {
    /// When the step before was, and the deadline after it.
    before: Option<(Instant, Option<Instant>)>,
}

/// One line, without its end.
#[derive(Clone, Copy, Debug)]
pub struct Line {
    left: Left,
    right: Outcome,
}

impl Recorder {
    /// A recorder at the beginning of a link.
    #[must_use]
    pub const fn new() -> Self {
        Self { before: None }
    }

    /// The first line: how the link is configured.
    #[must_use]
    pub fn header<H: Pairing>(link: &Link<H>, single: bool) -> impl fmt::Display + use<H> {
        Text(Header { single, config: *link.config() })
    }

    /// The line of a step. All of them, in order, or the lines are no scenario.
    pub fn line<H: Pairing>(&mut self, step: &Step<'_, H>) -> Line {
        let late = self.before.is_some_and(|(at, deadline)| Left::is_late(step.now, at, deadline));
        let right = Outcome::of(step.link, step.reaction);
        self.before = Some((step.now, right.deadline));
        Line { left: Left { alternative: false, at: step.now, late, said: Said::Whole(step.event), roll: step.roll }, right }
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} -> {}", Text(self.left), Text(self.right))
    }
}
