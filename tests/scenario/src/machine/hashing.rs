//! Owns the hasher of the machines.

use core::hash::{BuildHasher, Hasher};

use rustc_hash::FxHasher;

/// Hashes that are the same everywhere, or, to show that it makes no difference, always.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hashing {
    pub(crate) collide: bool,
}

pub(crate) struct Hash {
    hasher: FxHasher,
    collide: bool,
}

impl BuildHasher for Hashing {
    type Hasher = Hash;

    fn build_hasher(&self) -> Hash {
        Hash { hasher: FxHasher::default(), collide: self.collide }
    }
}

impl Hasher for Hash {
    fn finish(&self) -> u64 {
        if self.collide { 0 } else { self.hasher.finish() }
    }

    fn write(&mut self, bytes: &[u8]) {
        self.hasher.write(bytes);
    }
}
