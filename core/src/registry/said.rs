//! What a registry says: keys, who is gone, why somebody is not admitted, who was removed.

use core::fmt;

use crate::place::Place;

/// The name of one connection: the slot it is in, and how many were in that slot before it.
///
/// Once the connection is removed its key is stale for ever, also when the slot holds another one: every question about it
/// is answered with [`Gone`]. A key means something only to the registry it is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Key {
    pub(super) place: Place,
    pub(super) generation: u32,
}

impl Key {
    /// The number of its slot, from 0: no two connections that are there have the same, but those of later ones repeat it.
    #[must_use]
    pub const fn slot(self) -> usize {
        self.place.index()
    }

    /// How many connections were in its slot before it.
    #[must_use]
    pub const fn generation(self) -> u32 {
        self.generation
    }
}

/// [`Key::slot`].
impl From<Key> for usize {
    fn from(key: Key) -> Self {
        key.slot()
    }
}

/// The connection is not there any more: it was removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Gone;

impl fmt::Display for Gone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("this connection has ended")
    }
}

impl core::error::Error for Gone {}

/// A connection that was admitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[must_use = "the connection whose place it takes is to be ended"]
pub struct Admitted {
    /// Its name from now on.
    pub key: Key,
    /// The connection that had the same identity, and is now to be ended. It is there, without serving, until it is removed.
    pub replaced: Option<Key>,
}

/// A connection that was not admitted; nothing has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Refused<T> {
    /// Why.
    pub because: Refusal,
    /// What was to be kept for it.
    pub value: T,
}

/// Why a connection is not admitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Refusal {
    /// There are [`connections_max`](super::Limits::connections_max).
    InAll,
    /// There are [`group_max`](super::Limits::group_max) of its group.
    OfGroup,
    /// All memory is taken: by those that serve, and those that were replaced and have not ended yet.
    /// [`exchange`](super::Registry::exchange) can give more.
    Memory,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::InAll => "the limit on connections is reached: try again later, or raise it",
            Self::OfGroup => "the limit on connections of one group is reached: end another one first, or raise it",
            Self::Memory => "the memory for connections is full: try again later, or lend more",
        })
    }
}

impl core::error::Error for Refusal {}

/// A connection that is there, as it is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Connection<'a, I, T> {
    /// Its name.
    pub key: Key,
    /// Who it is, if that is known; still so when it is replaced.
    pub identity: Option<&'a I>,
    /// What is kept for it.
    pub value: &'a T,
    /// Whether a newer connection has taken over its identity: it is to be ended, and not to be served.
    pub replaced: bool,
}

/// A connection that was removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Removed<I, T> {
    /// Who it was, if that was known.
    pub identity: Option<I>,
    /// What was kept for it.
    pub value: T,
    /// Whether a newer connection had taken over its identity.
    pub replaced: bool,
}
