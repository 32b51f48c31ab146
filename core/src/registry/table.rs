//! The hashed look-up of a registry's identities and groups: two tables of chains that run through the same slots.

use core::hash::{BuildHasher, Hash};

use super::slot::{Chain, Entry, Group, Slot, Standing};
use super::store::Store;
use crate::place::Place;

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Table {
    /// Connections that serve, by their identities.
    Identities,
    Groups,
}

impl<I, T, S, B, G> Store<I, T, S, B, G>
where
    I: Eq + Hash,
    G: Eq + Hash,
    S: AsRef<[Slot<I, T, G>]> + AsMut<[Slot<I, T, G>]>,
    B: BuildHasher,
{
    /// The connection that serves with this identity.
    pub(super) fn find_identity(&self, identity: &I) -> Option<Place> {
        let is_it = |slot: &Slot<I, T, G>| slot.entry.as_ref().is_some_and(|entry| entry.identity.as_ref() == Some(identity));
        self.find_in(Table::Identities, self.hasher.hash_one(identity), is_it)
    }

    /// The slot of the group of this name, if it has members.
    pub(super) fn find_group(&self, name: &G) -> Option<Place> {
        self.find_in(Table::Groups, self.hasher.hash_one(name), |slot| slot.group.as_ref().is_some_and(|group| group.name == *name))
    }

    /// The members of the group in this slot.
    pub(super) fn members(&self, at: Place) -> u32 {
        self.slot(at).and_then(|slot| slot.group.as_ref()).map_or(0, |group| group.members)
    }

    /// Adds a member to the group of this name. Says in which slot the group is; there is one, as a slot was free for the member.
    pub(super) fn join(&mut self, name: G) -> Option<Place> {
        let Some(at) = self.find_group(&name) else {
            let at = self.take_group_slot()?;
            self.slot_mut(at)?.group = Some(Group { name, members: 1 });
            self.chain(Table::Groups, at);
            return Some(at);
        };
        let group = self.slot_mut(at)?.group.as_mut()?;
        group.members = group.members.saturating_add(1);
        Some(at)
    }

    /// Takes a member out of the group in this slot.
    pub(super) fn leave(&mut self, at: Place) {
        let Some(group) = self.slot_mut(at).and_then(|slot| slot.group.as_mut()) else { return };
        group.members = group.members.saturating_sub(1);
        if group.members == 0 {
            self.unchain(Table::Groups, at);
            self.give_group_slot(at);
        }
    }

    /// Makes what is in this slot known in a table.
    pub(super) fn chain(&mut self, table: Table, at: Place) {
        let Some(bucket) = self.bucket(table, at) else { return };
        let first = self.part(table, bucket).bucket;
        self.change(table, at, |part| part.next = first);
        self.change(table, bucket, |part| part.bucket = Some(at));
    }

    /// Makes what is in this slot, and known in a table, unknown there.
    pub(super) fn unchain(&mut self, table: Table, at: Place) {
        let Some(bucket) = self.bucket(table, at) else { return };
        let next = self.part(table, at).next;
        let mut link = self.part(table, bucket).bucket;
        if link == Some(at) {
            self.change(table, bucket, |part| part.bucket = next);
        }
        // No chain is longer than there are slots: so this ends, whatever is in them.
        for _ in 0..self.capacity() {
            let Some(before) = link else { break };
            link = self.part(table, before).next;
            if link == Some(at) {
                self.change(table, before, |part| part.next = next);
                break;
            }
        }
        self.change(table, at, |part| part.next = None);
    }

    /// Makes everything in the first slots known again, now that there are more.
    pub(super) fn rehash(&mut self, used: usize) {
        self.memory.as_mut().iter_mut().for_each(|slot| (slot.identities.bucket, slot.groups.bucket) = (None, None));
        for at in (0..used).filter_map(Place::at) {
            self.chain(Table::Identities, at);
            self.chain(Table::Groups, at);
        }
    }

    fn find_in(&self, table: Table, hash: u64, is_it: impl Fn(&Slot<I, T, G>) -> bool) -> Option<Place> {
        let mut link = self.part(table, Place::of_hash(hash, self.capacity())?).bucket;
        for _ in 0..self.capacity() {
            let at = link?;
            let slot = self.slot(at)?;
            if is_it(slot) {
                return Some(at);
            }
            link = slot.part(table).next;
        }
        None
    }

    /// The slot whose `bucket` begins the chain of what is in this slot; none of what is not to be found.
    fn bucket(&self, table: Table, at: Place) -> Option<Place> {
        let slot = self.slot(at)?;
        let hash = match (table, &slot.entry, &slot.group) {
            (Table::Groups, _, Some(group)) => self.hasher.hash_one(&group.name),
            (Table::Identities, Some(Entry { identity: Some(identity), standing: Standing::Serving(_), .. }), _) => {
                self.hasher.hash_one(identity)
            }
            (Table::Identities | Table::Groups, _, _) => return None,
        };
        Place::of_hash(hash, self.capacity())
    }

    fn part(&self, table: Table, at: Place) -> Chain {
        self.slot(at).map_or(Chain::NONE, |slot| slot.part(table))
    }

    fn change(&mut self, table: Table, at: Place, change: impl FnOnce(&mut Chain)) {
        if let Some(slot) = self.slot_mut(at) {
            change(match table {
                Table::Identities => &mut slot.identities,
                Table::Groups => &mut slot.groups,
            });
        }
    }
}

impl<I, T, G> Slot<I, T, G> {
    const fn part(&self, table: Table) -> Chain {
        match table {
            Table::Identities => self.identities,
            Table::Groups => self.groups,
        }
    }
}
