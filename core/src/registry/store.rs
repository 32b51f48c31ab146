//! A registry's memory: which slots are free, and which are worn out.

use core::hash::{BuildHasher, Hash};
use core::marker::PhantomData;

use super::slot::{Entry, Slot};
use crate::place::Place;

/// Memory, and what is found in it. Every slot is reached through [`Store::slot`] and [`Store::slot_mut`], one at a time.
#[derive(Clone, Debug)]
pub(super) struct Store<I, T, S, B, G> {
    pub(super) memory: S,
    pub(super) hasher: B,
    /// The free slots, in the order in which they became free: so all of them wear evenly.
    pub(super) free: Option<Ends>,
    /// The first slot that holds no group.
    pub(super) groupless: Option<Place>,
    pub(super) retired: u32,
    entries: PhantomData<(I, T, G)>,
}

/// The two ends of a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ends {
    first: Place,
    last: Place,
}

impl<I, T, S, B, G> Store<I, T, S, B, G>
where
    S: AsRef<[Slot<I, T, G>]> + AsMut<[Slot<I, T, G>]>,
{
    /// All of this memory is free; what was in it is dropped, and its generations go on.
    pub(super) fn new(memory: S, hasher: B) -> Self {
        let mut store = Self { memory, hasher, free: None, groupless: None, retired: 0, entries: PhantomData };
        store.memory.as_mut().iter_mut().for_each(Slot::clear);
        store.add_from(0);
        store
    }

    pub(super) fn capacity(&self) -> usize {
        self.memory.as_ref().len()
    }

    pub(super) fn slot(&self, at: Place) -> Option<&Slot<I, T, G>> {
        self.memory.as_ref().get(at.index())
    }

    pub(super) fn slot_mut(&mut self, at: Place) -> Option<&mut Slot<I, T, G>> {
        self.memory.as_mut().get_mut(at.index())
    }

    pub(super) fn entry(&self, at: Place) -> Option<&Entry<I, T>> {
        self.slot(at)?.entry.as_ref()
    }

    pub(super) fn entry_mut(&mut self, at: Place) -> Option<&mut Entry<I, T>> {
        self.slot_mut(at)?.entry.as_mut()
    }

    /// The next free slot, which is free no longer.
    pub(super) fn take(&mut self) -> Option<Place> {
        let Ends { first, last } = self.free?;
        let next = self.slot_mut(first)?.identities.next.take();
        self.free = next.map(|first| Ends { first, last });
        Some(first)
    }

    /// Empties a slot; it is free again, unless it is worn out.
    pub(super) fn give(&mut self, at: Place) -> Option<Entry<I, T>> {
        let slot = self.slot_mut(at)?;
        let entry = slot.entry.take();
        slot.generation = slot.generation.saturating_add(1);
        self.queue(at);
        entry
    }

    /// Takes over these slots from the memory before, which had so many.
    pub(super) fn add_from(&mut self, first: usize) {
        for at in (first..self.capacity()).map_while(Place::at) {
            self.queue(at);
            self.give_group_slot(at);
        }
    }

    /// Moves everything into larger memory; every entry keeps its place. Gives back the old memory, or the new one if it is smaller.
    pub(super) fn exchange(&mut self, mut memory: S) -> Result<S, S>
    where
        I: Eq + Hash,
        G: Eq + Hash,
        B: BuildHasher,
    {
        let old = self.capacity();
        if memory.as_ref().len() < old {
            return Err(memory);
        }
        memory.as_mut().iter_mut().for_each(Slot::clear);
        for (old, new) in self.memory.as_mut().iter_mut().zip(memory.as_mut()) {
            core::mem::swap(old, new);
        }
        let before = core::mem::replace(&mut self.memory, memory);
        self.rehash(old);
        self.add_from(old);
        Ok(before)
    }

    pub(super) fn take_group_slot(&mut self) -> Option<Place> {
        let first = self.groupless?;
        self.groupless = self.slot_mut(first)?.groups.next.take();
        Some(first)
    }

    pub(super) fn give_group_slot(&mut self, at: Place) {
        let next = self.groupless;
        if let Some(slot) = self.slot_mut(at) {
            slot.group = None;
            slot.groups.next = next;
            self.groupless = Some(at);
        }
    }

    /// Puts an empty slot behind the free ones. One more connection in a worn slot would have the key of its first one: it is
    /// never used again.
    fn queue(&mut self, at: Place) {
        let Some(slot) = self.slot_mut(at) else { return };
        if slot.generation == Slot::<I, T, G>::WORN {
            self.retired = self.retired.saturating_add(1);
            return;
        }
        slot.identities.next = None;
        let first = match self.free {
            None => at,
            Some(Ends { first, last }) => {
                self.slot_mut(last).into_iter().for_each(|last| last.identities.next = Some(at));
                first
            }
        };
        self.free = Some(Ends { first, last: at });
    }
}

impl<I, T, G> Slot<I, T, G> {
    /// Drops what is in it: its key is stale.
    fn clear(&mut self) {
        let held = u32::from(self.entry.take().is_some());
        *self = Self::from_generation(self.generation.saturating_add(held));
    }
}
