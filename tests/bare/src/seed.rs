//! Owns the hasher of the bare libraries.

use core::hash::{BuildHasher, Hasher};

/// The smallest hasher that takes a seed: enough to count bytes with, not to withstand a peer that chooses its ids.
pub struct Seed(pub u64);

/// FNV-1a, which begins at the seed.
pub struct Fnv(u64);

impl BuildHasher for Seed {
    type Hasher = Fnv;

    fn build_hasher(&self) -> Fnv {
        Fnv(self.0)
    }
}

impl Hasher for Fnv {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
    }
}
