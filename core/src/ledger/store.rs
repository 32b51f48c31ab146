//! A ledger's memory: which slots are free, and the hashed look-up of envelopes and connections.

use core::hash::{BuildHasher, Hash};
use core::marker::PhantomData;

use super::list::{List, Row};
use super::slot::{Connection, Delivery, Envelope, Hold, Links, Record, Slot};
use crate::place::Place;

/// Memory, and what is found in it. Every slot is reached through [`Store::slot`] and [`Store::slot_mut`], one at a time.
#[derive(Clone, Debug)]
pub(super) struct Store<I, S, B, C> {
    pub(super) memory: S,
    hasher: B,
    pub(super) free: List,
    records: PhantomData<(I, C)>,
}

impl<I, S, B, C> Store<I, S, B, C>
where
    I: Eq + Hash,
    S: AsRef<[Slot<I, C>]> + AsMut<[Slot<I, C>]>,
    B: BuildHasher,
    C: Copy + Eq + Hash,
{
    /// All of this memory is free; what was in it is dropped.
    pub(super) fn new(memory: S, hasher: B) -> Self {
        let mut store = Self { memory, hasher, free: List::EMPTY, records: PhantomData };
        store.memory.as_mut().fill_with(|| Slot::EMPTY);
        store.free_from(0);
        store
    }

    /// Moves everything into larger memory; every record keeps its place. Gives back the old memory, or the new one if it is smaller.
    pub(super) fn exchange(&mut self, mut memory: S) -> Result<S, S> {
        let old = self.memory.as_ref().len();
        if memory.as_ref().len() < old {
            return Err(memory);
        }
        memory.as_mut().fill_with(|| Slot::EMPTY);
        for (old, new) in self.memory.as_mut().iter_mut().zip(memory.as_mut()) {
            core::mem::swap(old, new);
        }
        let before = core::mem::replace(&mut self.memory, memory);
        self.rehash(old);
        self.free_from(old);
        Ok(before)
    }

    pub(super) fn capacity(&self) -> usize {
        self.memory.as_ref().len()
    }

    pub(super) fn slot(&self, at: Place) -> Option<&Slot<I, C>> {
        self.memory.as_ref().get(at.index())
    }

    pub(super) fn slot_mut(&mut self, at: Place) -> Option<&mut Slot<I, C>> {
        self.memory.as_mut().get_mut(at.index())
    }

    /// Takes a free slot for this record.
    pub(super) fn take(&mut self, record: Record<I, C>) -> Option<Place> {
        let at = self.free.first?;
        self.free.remove(Row::Main, at, &mut self.memory);
        self.slot_mut(at)?.record = record;
        Some(at)
    }

    /// Takes a free slot for this record and makes it known under its key.
    pub(super) fn take_known(&mut self, record: Record<I, C>) -> Option<Place> {
        let at = self.take(record)?;
        self.chain(at);
        Some(at)
    }

    /// Gives a slot back, which is in no list and not known under a key.
    pub(super) fn give(&mut self, at: Place) {
        if let Some(slot) = self.slot_mut(at) {
            (slot.record, slot.chained) = (Record::Free, None);
        }
        self.free.push(Row::Main, at, &mut self.memory);
    }

    pub(super) fn push(&mut self, list: &mut List, row: Row, at: Place) {
        list.push(row, at, &mut self.memory);
    }

    pub(super) fn remove(&mut self, list: &mut List, row: Row, at: Place) {
        list.remove(row, at, &mut self.memory);
    }

    /// The slot behind this one in its main list.
    pub(super) fn after(&self, at: Place) -> Option<Place> {
        let [Links { after, .. }, _] = self.slot(at)?.links;
        after
    }

    /// The envelope with this id.
    pub(super) fn find(&self, id: &I) -> Option<Place> {
        self.find_in(self.hasher.hash_one(id), |record| matches!(record, Record::Envelope(envelope) if envelope.id == *id))
    }

    /// The connection of this name, unless it is lost.
    pub(super) fn find_connection(&self, name: C) -> Option<Place> {
        self.find_in(self.hasher.hash_one(name), |record| matches!(record, Record::Connection(one) if one.name == name))
    }

    pub(super) fn envelope(&self, at: Place) -> Option<&Envelope<I>> {
        if let Record::Envelope(envelope) = &self.slot(at)?.record { Some(envelope) } else { None }
    }

    pub(super) fn hold_mut(&mut self, at: Place) -> Option<&mut Hold> {
        if let Record::Envelope(envelope) = &mut self.slot_mut(at)?.record { Some(&mut envelope.hold) } else { None }
    }

    pub(super) fn delivery(&self, at: Place) -> Option<Delivery> {
        if let Record::Delivery(delivery) = &self.slot(at)?.record { Some(*delivery) } else { None }
    }

    pub(super) fn delivery_mut(&mut self, at: Place) -> Option<&mut Delivery> {
        if let Record::Delivery(delivery) = &mut self.slot_mut(at)?.record { Some(delivery) } else { None }
    }

    pub(super) fn connection(&self, at: Place) -> Option<&Connection<C>> {
        if let Record::Connection(connection) = &self.slot(at)?.record { Some(connection) } else { None }
    }

    pub(super) fn connection_mut(&mut self, at: Place) -> Option<&mut Connection<C>> {
        if let Record::Connection(connection) = &mut self.slot_mut(at)?.record { Some(connection) } else { None }
    }

    /// Makes a record unknown under its key.
    pub(super) fn unchain(&mut self, at: Place) {
        let Some((bucket, next)) = self.slot(at).and_then(|slot| Some((self.bucket_of(&slot.record)?, slot.chained))) else { return };
        let mut link = self.slot(bucket).and_then(|slot| slot.bucket);
        if link == Some(at) {
            self.set_bucket(bucket, next);
            return;
        }
        while let Some(before) = link {
            let Some(slot) = self.slot_mut(before) else { return };
            if slot.chained == Some(at) {
                slot.chained = next;
                return;
            }
            link = slot.chained;
        }
    }

    fn chain(&mut self, at: Place) {
        let Some(bucket) = self.slot(at).and_then(|slot| self.bucket_of(&slot.record)) else { return };
        let first = self.slot(bucket).and_then(|slot| slot.bucket);
        if let Some(slot) = self.slot_mut(at) {
            slot.chained = first;
        }
        self.set_bucket(bucket, Some(at));
    }

    fn find_in(&self, hash: u64, is_it: impl Fn(&Record<I, C>) -> bool) -> Option<Place> {
        let mut link = self.slot(self.bucket(hash)?)?.bucket;
        while let Some(at) = link {
            let slot = self.slot(at)?;
            if is_it(&slot.record) {
                return Some(at);
            }
            link = slot.chained;
        }
        None
    }

    fn bucket_of(&self, record: &Record<I, C>) -> Option<Place> {
        match record {
            Record::Envelope(envelope) => self.bucket(self.hasher.hash_one(&envelope.id)),
            Record::Connection(connection) if !connection.lost => self.bucket(self.hasher.hash_one(connection.name)),
            Record::Connection(_) | Record::Delivery(_) | Record::Free => None,
        }
    }

    /// The slot whose `bucket` begins the chain of this hash.
    fn bucket(&self, hash: u64) -> Option<Place> {
        Place::of_hash(hash, self.capacity())
    }

    fn set_bucket(&mut self, bucket: Place, first: Option<Place>) {
        if let Some(slot) = self.slot_mut(bucket) {
            slot.bucket = first;
        }
    }

    fn rehash(&mut self, used: usize) {
        self.memory.as_mut().iter_mut().for_each(|slot| slot.bucket = None);
        (0..used).filter_map(Place::at).for_each(|at| self.chain(at));
    }

    fn free_from(&mut self, first: usize) {
        (first..self.capacity()).map_while(Place::at).for_each(|at| self.free.push(Row::Main, at, &mut self.memory));
    }
}
