//! Amounts of messages: how many, how heavy, and how much of it the driver has handed over.

use std::sync::atomic::{AtomicU64, Ordering};

/// An amount of messages; both numbers wrap, only differences mean something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Load {
    pub(crate) messages: u32,
    pub(crate) bytes: u32,
}

impl Load {
    pub(crate) const fn of(weight: u32) -> Self {
        Self { messages: 1, bytes: weight }
    }

    pub(crate) const fn plus(self, other: Self) -> Self {
        Self { messages: self.messages.wrapping_add(other.messages), bytes: self.bytes.wrapping_add(other.bytes) }
    }

    pub(crate) const fn minus(self, other: Self) -> Self {
        Self { messages: self.messages.wrapping_sub(other.messages), bytes: self.bytes.wrapping_sub(other.bytes) }
    }
}

/// What the driver has handed over since the beginning. Written by the driver alone, without the outbox's lock.
#[derive(Default)]
pub(crate) struct Handed(AtomicU64);

impl Handed {
    pub(crate) fn get(&self) -> Load {
        let both = self.0.load(Ordering::SeqCst);
        Load { messages: (both >> 32) as u32, bytes: both as u32 }
    }

    pub(crate) fn add(&self, load: Load) {
        let sum = self.get().plus(load);
        self.0.store(u64::from(sum.messages) << 32 | u64::from(sum.bytes), Ordering::SeqCst);
    }
}
