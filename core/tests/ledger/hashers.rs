//! The hashers of the tests: an ordinary one, and two that hash everything to the same number.

use std::hash::{BuildHasher, DefaultHasher, Hasher};

/// The standard library's hasher with a fixed key: a test that fails once fails again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Plain;

/// Everything collides with everything, at this number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Colliding(pub(crate) u64);

pub(crate) struct Same(u64);

impl BuildHasher for Plain {
    type Hasher = DefaultHasher;

    fn build_hasher(&self) -> DefaultHasher {
        DefaultHasher::new()
    }
}

impl BuildHasher for Colliding {
    type Hasher = Same;

    fn build_hasher(&self) -> Same {
        Same(self.0)
    }
}

impl Hasher for Same {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _: &[u8]) {}
}
