//! A ledger's memory cell: what it can hold, and how it is linked to others.

use super::list::List;
use crate::place::Place;
use crate::{Attempt, Instant};

/// A cell of the memory that is lent to a [`Ledger`](super::Ledger). Never look into one: its content means something only there.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Slot<I, C = Attempt> {
    /// The first of the records whose hash leads to this slot's number; it has nothing to do with the record in it.
    pub(super) bucket: Option<Place>,
    /// The next of the records whose hash leads to the same number as this slot's record.
    pub(super) chained: Option<Place>,
    /// Its neighbours in the list of [`Row::Main`], and in that of [`Row::Side`].
    pub(super) links: [Links; 2],
    pub(super) record: Record<I, C>,
}

impl<I, C> Slot<I, C> {
    /// A slot to fill memory with: `[Slot::EMPTY; 64]`.
    pub const EMPTY: Self = Self { bucket: None, chained: None, links: [Links::NONE; 2], record: Record::Free };
}

impl<I, C> Default for Slot<I, C> {
    fn default() -> Self {
        Self::EMPTY
    }
}

/// The neighbours of a slot in one list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Links {
    pub(super) before: Option<Place>,
    pub(super) after: Option<Place>,
}

impl Links {
    pub(super) const NONE: Self = Self { before: None, after: None };
}

/// What a slot holds.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Record<I, C> {
    /// Nothing. Main: the list of free slots.
    Free,
    /// An envelope. Main: once it is acknowledged, the list of what is remembered.
    Envelope(Envelope<I>),
    /// An envelope on a connection. Main: the list of its stage; side: the list of its connection.
    Delivery(Delivery),
    /// A connection that waits for answers. Main: once it is lost, the list of lost ones.
    Connection(Connection<C>),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Envelope<I> {
    pub(super) id: I,
    /// Whether the peer delivers it again if it is not acknowledged.
    pub(super) redelivered: bool,
    pub(super) hold: Hold,
}

/// Where an envelope is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Hold {
    /// With the user. The first of its deliveries that wait for an answer; none if their connections are gone.
    InHand(Option<Place>),
    /// Acknowledged, last at this time.
    Acknowledged(Instant),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Delivery {
    pub(super) envelope: Place,
    pub(super) connection: Place,
    /// The next delivery of the same envelope, on another connection.
    pub(super) sibling: Option<Place>,
    /// When it came.
    pub(super) at: Instant,
    pub(super) stage: Stage,
}

/// How far the wait for an answer has gone. Each stage has a list in the order of arrival, which is also that of the deadlines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Stage {
    /// There is time.
    Fresh,
    /// It has been warned of.
    Pressed,
    /// It has been told late; nothing more will be due, and it is in no list.
    Late,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Connection<C> {
    pub(super) name: C,
    pub(super) lost: bool,
    pub(super) deliveries: List,
}
