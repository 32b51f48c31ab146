//! Who comes and goes: the newest connection of an identity wins, and the end of an older one changes nothing for it.

use core::hash::{BuildHasher, Hash};

use super::slot::{Entry, Slot, Standing};
use super::table::Table;
use super::{Admitted, Gone, Key, Refusal, Refused, Registry, Removed};
use crate::place::Place;

impl<I, T, S, B, G> Registry<I, T, S, B, G>
where
    I: Eq + Hash,
    G: Eq + Hash,
    S: AsRef<[Slot<I, T, G>]> + AsMut<[Slot<I, T, G>]>,
    B: BuildHasher,
{
    /// Takes a connection in. `identity`: who it is, if that is known yet ([`identify`](Registry::identify) tells it later);
    /// a connection that has the same one is replaced: it does not serve any more, and no limit counts it.
    ///
    /// # Errors
    /// [`Refused`] gives the value back and says which limit is reached; nothing has changed.
    pub fn admit(&mut self, group: G, identity: Option<I>, value: T) -> Result<Admitted, Refused<T>> {
        let older = identity.as_ref().and_then(|identity| self.store.find_identity(identity));
        if let Some(because) = self.refusal(&group, older) {
            return Err(Refused { because, value });
        }
        let replaced = older.and_then(|older| self.replace(older));
        let taken = self.store.take().and_then(|at| Some((at, self.store.join(group)?)));
        let Some((at, group)) = taken else { return Err(Refused { because: Refusal::Memory, value }) };
        if let Some(slot) = self.store.slot_mut(at) {
            slot.entry = Some(Entry { identity, value, standing: Standing::Serving(group) });
        }
        self.store.chain(Table::Identities, at);
        self.serving = self.serving.saturating_add(1);
        Ok(Admitted { key: self.key(at), replaced })
    }

    /// Notes who a connection is, in place of what was known of it. Says which connection had that identity before: it does not
    /// serve any more, and is to be ended.
    ///
    /// # Errors
    /// [`Gone`]: the connection is not there, or it was replaced and is to be ended. Nothing has changed.
    pub fn identify(&mut self, key: Key, identity: I) -> Result<Option<Key>, Gone> {
        let at = self.place(key)?;
        if self.group_of(at).is_none() {
            return Err(Gone);
        }
        let older = self.store.find_identity(&identity).filter(|older| *older != at);
        let replaced = older.and_then(|older| self.replace(older));
        self.store.unchain(Table::Identities, at);
        if let Some(entry) = self.store.entry_mut(at) {
            entry.identity = Some(identity);
        }
        self.store.chain(Table::Identities, at);
        Ok(replaced)
    }

    /// The connection has ended. Whoever has its identity since stays where he is.
    ///
    /// # Errors
    /// [`Gone`]: it was removed before. Nothing has changed.
    pub fn remove(&mut self, key: Key) -> Result<Removed<I, T>, Gone> {
        let at = self.place(key)?;
        let replaced = self.group_of(at).is_none();
        if replaced {
            self.replaced = self.replaced.saturating_sub(1);
        } else {
            self.withdraw(at);
        }
        let Entry { identity, value, .. } = self.store.give(at).ok_or(Gone)?;
        Ok(Removed { identity, value, replaced })
    }

    /// Why no connection of this group can be admitted, if it is to replace this older one.
    fn refusal(&self, group: &G, older: Option<Place>) -> Option<Refusal> {
        let group = self.store.find_group(group);
        let leaves_group = group.is_some() && older.and_then(|older| self.group_of(older)) == group;
        let members = group.map_or(0, |group| self.store.members(group));
        if !self.limits.allow(self.serving.saturating_sub(u32::from(older.is_some()))) {
            Some(Refusal::InAll)
        } else if !self.limits.allow_in_group(members.saturating_sub(u32::from(leaves_group))) {
            Some(Refusal::OfGroup)
        } else if self.store.free.is_none() {
            Some(Refusal::Memory)
        } else {
            None
        }
    }

    /// A newer connection has the identity of this one, which serves.
    fn replace(&mut self, at: Place) -> Option<Key> {
        self.withdraw(at);
        self.replaced = self.replaced.saturating_add(1);
        self.store.entry_mut(at)?.standing = Standing::Replaced;
        Some(self.key(at))
    }

    /// Takes a connection that serves out of both tables.
    fn withdraw(&mut self, at: Place) {
        self.store.unchain(Table::Identities, at);
        self.group_of(at).into_iter().for_each(|group| self.store.leave(group));
        self.serving = self.serving.saturating_sub(1);
    }

    /// The slot of the group of a connection that serves.
    fn group_of(&self, at: Place) -> Option<Place> {
        match self.store.entry(at)?.standing {
            Standing::Serving(group) => Some(group),
            Standing::Replaced => None,
        }
    }
}
