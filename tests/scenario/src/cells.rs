//! Owns the rows of the state × event table, and which of its cells have been visited.

use alloc::borrow::ToOwned;
use alloc::string::ToString;
use alloc::vec;
use alloc::vec::Vec;

use core::fmt;

use relink_core::{End, Probe, State};
use relink_notation::{Beside, Elder, Ending, Next, StateWord, Text};

use super::kind::Kind;

/// A row of the table: a state, what stands beside its connection, how far a silence has gone. Why a link ends is left
/// out, because no decision depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    word: StateWord,
    probe: Probe,
}

impl Place {
    /// The number of places.
    pub const COUNT: usize = 34;

    /// Where a link in this state is.
    #[must_use]
    pub fn of(state: &State) -> Self {
        let probe = match state {
            // How far a silence has gone is told apart only where the connection is alone: it means the same beside another.
            State::Ready(ready) if StateWord::from(state) == StateWord::Ready(Beside::Nothing) => ready.probe,
            State::Idle | State::Connecting { .. } | State::Open { .. } | State::Ready(_) | State::Draining(_) => Probe::Quiet,
            State::Closing(_) | State::Backoff { .. } | State::Shutdown { .. } => Probe::Quiet,
        };
        let word = match StateWord::from(state) {
            StateWord::Draining { busy, older, then } => StateWord::Draining { busy, older, then: whether(then) },
            StateWord::Closing(ending, then) => StateWord::Closing(ending, whether(then)),
            StateWord::Shutdown(_) => StateWord::Shutdown(End::Stopped),
            word @ (StateWord::Idle | StateWord::Connecting | StateWord::Open | StateWord::Ready(_) | StateWord::Backoff) => word,
        };
        Self { word, probe }
    }

    /// Its number, below [`Place::COUNT`]: the compiler makes sure that each has one.
    #[must_use]
    pub const fn index(self) -> usize {
        match self.word {
            StateWord::Idle => 0,
            StateWord::Connecting => 1,
            StateWord::Open => 2,
            StateWord::Ready(Beside::Nothing) => match self.probe {
                Probe::Quiet => 3,
                Probe::Pinged => 4,
                Probe::Probed => 5,
            },
            StateWord::Ready(Beside::Backoff) => 6,
            StateWord::Ready(Beside::Connecting) => 7,
            StateWord::Ready(Beside::Open) => 8,
            StateWord::Ready(Beside::Last) => 9,
            StateWord::Ready(Beside::Old) => 10,
            StateWord::Ready(Beside::OldClosing) => 11,
            StateWord::Draining { busy: true, older: Elder::Nothing, then } => 12 + ends(then),
            StateWord::Draining { busy: true, older: Elder::Old, then } => 14 + ends(then),
            StateWord::Draining { busy: true, older: Elder::OldDrained, then } => 16 + ends(then),
            StateWord::Draining { busy: false, older: Elder::Nothing, then } => 18 + ends(then),
            StateWord::Draining { busy: false, older: Elder::Old, then } => 20 + ends(then),
            StateWord::Draining { busy: false, older: Elder::OldDrained, then } => 22 + ends(then),
            StateWord::Closing(Ending::Nothing, then) => 24 + ends(then),
            StateWord::Closing(Ending::Abort, then) => 26 + ends(then),
            StateWord::Closing(Ending::Close, then) => 28 + ends(then),
            StateWord::Closing(Ending::Closing, then) => 30 + ends(then),
            StateWord::Backoff => 32,
            StateWord::Shutdown(_) => 33,
        }
    }
}

const fn whether(then: Next) -> Next {
    match then {
        Next::Dial => Next::Dial,
        Next::End(_) => Next::End(End::Stopped),
    }
}

const fn ends(then: Next) -> usize {
    match then {
        Next::Dial => 0,
        Next::End(_) => 1,
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = Text(self.word).to_string();
        let name = if matches!(self.word, StateWord::Shutdown(_)) { "shutdown".to_owned() } else { word.replace(":stopped", ":end") };
        match self.probe {
            Probe::Quiet => f.write_str(&name),
            Probe::Pinged => write!(f, "{name} (pinged)"),
            Probe::Probed => write!(f, "{name} (probed)"),
        }
    }
}

/// A cell of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Cell {
    /// Its row.
    pub place: Place,
    /// Its column.
    pub kind: Kind,
}

impl Cell {
    const fn index(self) -> usize {
        self.place.index() * Kind::COUNT + self.kind.index()
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} × {}", self.place, self.kind)
    }
}

/// A set of cells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cells(Vec<Option<Cell>>);

impl Default for Cells {
    fn default() -> Self {
        Self(vec![None; Place::COUNT * Kind::COUNT])
    }
}

impl Cells {
    /// Adds a cell; says whether it is new.
    pub fn visit(&mut self, cell: Cell) -> bool {
        self.0.get_mut(cell.index()).is_some_and(|slot| slot.replace(cell).is_none())
    }

    /// The cells, by rows.
    pub fn iter(&self) -> impl Iterator<Item = Cell> {
        self.0.iter().copied().flatten()
    }

    /// The number of cells.
    #[must_use]
    pub fn count(&self) -> usize {
        self.iter().count()
    }

    /// The cells that are here but not there.
    pub fn without(&self, there: &Self) -> impl Iterator<Item = Cell> {
        self.0.iter().zip(&there.0).filter_map(|(here, there)| if there.is_none() { *here } else { None })
    }
}
