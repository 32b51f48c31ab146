//! The lists that run through a ledger's slots: every slot can be taken out of one without walking it.

use super::slot::{Links, Slot};
use crate::place::Place;

/// The two ends of a list, and its length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct List {
    pub(super) first: Option<Place>,
    last: Option<Place>,
    pub(super) len: u32,
}

/// Through which of its two pairs of links a list runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Row {
    Main,
    Side,
}

impl List {
    pub(super) const EMPTY: Self = Self { first: None, last: None, len: 0 };

    /// Puts a slot, which is in no list of this row, behind the others.
    pub(super) fn push<I, C>(&mut self, row: Row, at: Place, slots: &mut impl AsMut<[Slot<I, C>]>) {
        let before = self.last;
        write(slots, row, at, |links| *links = Links { before, after: None });
        match before {
            Some(before) => write(slots, row, before, |links| links.after = Some(at)),
            None => self.first = Some(at),
        }
        self.last = Some(at);
        self.len = self.len.saturating_add(1);
    }

    /// Takes a slot, which is in this list, out of it.
    pub(super) fn remove<I, C>(&mut self, row: Row, at: Place, slots: &mut impl AsMut<[Slot<I, C>]>) {
        let mut old = Links::NONE;
        write(slots, row, at, |links| old = core::mem::replace(links, Links::NONE));
        match old.before {
            Some(before) => write(slots, row, before, |links| links.after = old.after),
            None => self.first = old.after,
        }
        match old.after {
            Some(after) => write(slots, row, after, |links| links.before = old.before),
            None => self.last = old.before,
        }
        self.len = self.len.saturating_sub(1);
    }
}

fn write<I, C>(slots: &mut impl AsMut<[Slot<I, C>]>, row: Row, at: Place, change: impl FnOnce(&mut Links)) {
    let Some(slot) = slots.as_mut().get_mut(at.index()) else { return };
    let [main, side] = &mut slot.links;
    change(match row {
        Row::Main => main,
        Row::Side => side,
    });
}
