//! Owns the count of which cells of the table scenarios have visited.

use core::cell::RefCell;

use relink_core::{Event, Instant};
use relink_notation::{Header, Outcome};

use super::cells::{Cell, Cells, Place};
use super::kind::Kind;
use super::subject::{Bare, Subject};

/// The links that an atlas is drawn of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum World {
    /// Links that dial again, with and without an overlap.
    Dialling,
    /// The same without a limit on failures and without a spread of the first dial: what the diagram shows.
    Plain,
    /// Accepted connections, which end once and for all.
    Accepted,
}

/// The cells visited so far, for links that dial again and for accepted connections.
#[derive(Debug, Default)]
pub struct Coverage {
    dialling: RefCell<Cells>,
    accepted: RefCell<Cells>,
}

impl Coverage {
    /// The link that a `link` line describes; where it goes is noted here.
    pub fn watch(&self, header: &Header) -> Watched<'_> {
        let world = if header.config.redial { World::Dialling } else { World::Accepted };
        Watched { link: Bare::new(header), cells: self.of(world) }
    }

    /// The cells visited by the links of a world.
    #[must_use]
    pub fn cells(&self, world: World) -> Cells {
        self.of(world).borrow().clone()
    }

    const fn of(&self, world: World) -> &RefCell<Cells> {
        match world {
            World::Dialling | World::Plain => &self.dialling,
            World::Accepted => &self.accepted,
        }
    }
}

/// The core, watched.
#[derive(Debug)]
pub struct Watched<'a> {
    link: Bare,
    cells: &'a RefCell<Cells>,
}

impl Subject for Watched<'_> {
    fn step(&mut self, at: Instant, roll: u32, event: Event) -> Outcome {
        let state = self.link.state();
        let kind = Kind::of(&state, self.link.deadline(), at, &event);
        self.cells.borrow_mut().visit(Cell { place: Place::of(&state), kind });
        self.link.step(at, roll, event)
    }
}
