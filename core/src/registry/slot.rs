//! A registry's memory cell: what it can hold, and how it is linked to others.

use crate::place::Place;

/// A cell of the memory that is lent to a [`Registry`](super::Registry). Never look into one: its content means something only there.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Slot<I, T, G = ()> {
    /// How many connections were in it before the one that is, or will be next.
    pub(super) generation: u32,
    /// Of the table of identities; of a free slot: the next free one.
    pub(super) identities: Chain,
    /// Of the table of groups; of a slot that holds none: the next such one.
    pub(super) groups: Chain,
    pub(super) entry: Option<Entry<I, T>>,
    /// A group; it has nothing to do with the connection beside it.
    pub(super) group: Option<Group<G>>,
}

impl<I, T, G> Slot<I, T, G> {
    /// A slot to fill memory with: `[Slot::EMPTY; 64]`.
    pub const EMPTY: Self = Self::from_generation(0);

    /// The generation at which a slot is retired: no connection ever has it.
    pub(super) const WORN: u32 = u32::MAX;

    /// A slot whose first key has this generation: as if it had held so many connections before. One from the last generation,
    /// 2³²−1, is never used.
    #[must_use]
    pub const fn from_generation(generation: u32) -> Self {
        Self { generation, identities: Chain::NONE, groups: Chain::NONE, entry: None, group: None }
    }
}

impl<I, T, G> Default for Slot<I, T, G> {
    fn default() -> Self {
        Self::EMPTY
    }
}

/// A slot's part in one table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Chain {
    /// The first of those whose hash leads to this slot's number.
    pub(super) bucket: Option<Place>,
    /// The next of those whose hash leads to the same number as that of what is in this slot.
    pub(super) next: Option<Place>,
}

impl Chain {
    pub(super) const NONE: Self = Self { bucket: None, next: None };
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Entry<I, T> {
    pub(super) identity: Option<I>,
    pub(super) value: T,
    pub(super) standing: Standing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Standing {
    /// Found by its identity, and a member of the group in this slot.
    Serving(Place),
    /// Neither: a newer connection has its identity.
    Replaced,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Group<G> {
    pub(super) name: G,
    /// At least one.
    pub(super) members: u32,
}
