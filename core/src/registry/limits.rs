//! The limits of a registry.

/// How many connections may serve at once, beside what memory there is. Every value is valid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Limits {
    /// In all; 0: as many as there is memory for.
    pub connections_max: u32,
    /// Of one group, such as one peer address; 0: as many as in all.
    pub group_max: u32,
}

impl Limits {
    /// As many as there is memory for.
    pub const NONE: Self = Self { connections_max: 0, group_max: 0 };

    /// Whether so many in all leave room for one more.
    pub(super) const fn allow(&self, serving: u32) -> bool {
        self.connections_max == 0 || serving < self.connections_max
    }

    /// Whether so many of one group leave room for one more.
    pub(super) const fn allow_in_group(&self, members: u32) -> bool {
        self.group_max == 0 || members < self.group_max
    }
}
