//! Owns what a scenario runs on: the core itself, or a shell around it.

use relink_core::{Event, Instant, Link, Overlap, Single, State};
use relink_notation::{Header, Outcome};

/// Something that behaves like a link: the core, or a shell whose clock and transport are the scenario's.
pub trait Subject {
    /// Moves the clock to `at`, lets `event` happen and says what followed. `roll` is the chance the link is given.
    fn step(&mut self, at: Instant, roll: u32, event: Event) -> Outcome;
}

/// The core itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Bare {
    /// A link that may hold two connections.
    Overlap(Link<Overlap>),
    /// A link that never does.
    Single(Link<Single>),
}

impl Bare {
    /// The link that a `link` line describes.
    #[must_use]
    pub fn new(header: &Header) -> Self {
        if header.single { Self::Single(Link::new(header.config)) } else { Self::Overlap(Link::new(header.config)) }
    }

    /// Where the link is.
    #[must_use]
    pub fn state(&self) -> State {
        match self {
            Self::Overlap(link) => link.state(),
            Self::Single(link) => link.state(),
        }
    }

    /// When it wants a Timeout.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        match self {
            Self::Overlap(link) => link.deadline(),
            Self::Single(link) => link.deadline(),
        }
    }
}

impl Subject for Bare {
    fn step(&mut self, at: Instant, roll: u32, event: Event) -> Outcome {
        match self {
            Self::Overlap(link) => {
                let reaction = link.step(at, roll, event);
                Outcome::of(link, reaction)
            }
            Self::Single(link) => {
                let reaction = link.step(at, roll, event);
                Outcome::of(link, reaction)
            }
        }
    }
}
