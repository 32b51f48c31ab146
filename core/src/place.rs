//! The numbers of cells in memory that the caller has lent, and the way from a hash to one of them.

use core::num::NonZeroU32;

/// The number of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub(crate) struct Place(NonZeroU32);

impl Place {
    /// The cell at this index; none beyond what 32 bits can name.
    pub(crate) fn at(index: usize) -> Option<Self> {
        u32::try_from(index).ok().and_then(|index| NonZeroU32::new(index.wrapping_add(1))).map(Self)
    }

    /// The cell, among so many, that a hash leads to: by its upper half, after a multiplication that moves the bits of poor
    /// hashes up there, in proportion to the number of cells.
    pub(crate) fn of_hash(hash: u64, cells: usize) -> Option<Self> {
        const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;
        let cells = u32::try_from(cells).unwrap_or(u32::MAX);
        let upper = hash.wrapping_mul(GOLDEN) >> 32;
        Self::at((upper.wrapping_mul(u64::from(cells)) >> 32) as usize)
    }

    pub(crate) const fn index(self) -> usize {
        self.0.get().wrapping_sub(1) as usize
    }
}
