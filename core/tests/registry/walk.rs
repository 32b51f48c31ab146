//! The walk: whoever comes and goes in whatever order, the registry says what the model says, and no key is given twice.

use std::hash::BuildHasher;

use proptest::prelude::*;
use relink_core::registry::{Admitted, Gone, Key, Limits, Registry, Slot};

use super::hashers::{Colliding, Plain};
use super::model::{Group, Id, Model};

const IDS: Id = 5;
const GROUPS: Group = 3;
/// Connections of long ago are asked for, too.
const BACK: usize = 12;

#[derive(Clone, Debug)]
enum Deed {
    Admit(Group, Option<Id>),
    Identify(usize, Id),
    Remove(usize),
    Set(usize),
    Exchange(Vec<u32>),
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        6 => (0..GROUPS, prop::option::of(0..IDS)).prop_map(|(group, identity)| Deed::Admit(group, identity)),
        3 => (0..BACK, 0..IDS).prop_map(|(back, identity)| Deed::Identify(back, identity)),
        5 => (0..BACK).prop_map(Deed::Remove),
        1 => (0..BACK).prop_map(Deed::Set),
        1 => prop::collection::vec(lives(), 0..14).prop_map(Deed::Exchange),
    ]
}

/// How many connections a slot can still hold.
fn lives() -> impl Strategy<Value = u32> {
    prop_oneof![0..4_u32, Just(u32::MAX)]
}

fn limits() -> impl Strategy<Value = Limits> {
    (0..6_u32, 0..4_u32).prop_map(|(connections_max, group_max)| Limits { connections_max, group_max })
}

/// What is kept for a connection: the number of its admission, and a mark.
type Value = (usize, bool);
type Memory = Vec<Slot<Id, Value, Group>>;

fn memory(lives: &[u32]) -> Memory {
    lives.iter().map(|left| Slot::from_generation(u32::MAX - left)).collect()
}

struct Walk<B> {
    registry: Registry<Id, Value, Memory, B, Group>,
    model: Model,
    /// All that were ever given.
    keys: Vec<Key>,
    marked: Vec<bool>,
}

impl<B: BuildHasher + Clone> Walk<B> {
    fn new(hasher: B, limits: Limits, lives: &[u32]) -> Self {
        let registry = Registry::new(limits, memory(lives), hasher);
        Self { registry, model: Model::new(limits, lives), keys: Vec::new(), marked: Vec::new() }
    }

    /// The number of a connection so far back.
    fn number(&self, back: usize) -> Option<usize> {
        self.keys.len().checked_sub(back + 1)
    }

    fn take(&mut self, deed: Deed) -> Result<(), TestCaseError> {
        match deed {
            Deed::Admit(group, identity) => self.admit(group, identity)?,
            Deed::Identify(back, identity) => {
                let Some(number) = self.number(back) else { return Ok(()) };
                let replaced = self.registry.identify(self.keys[number], identity);
                prop_assert_eq!(
                    replaced,
                    self.model.identify(number, identity).map(|older| older.map(|older| self.keys[older])).ok_or(Gone)
                );
            }
            Deed::Remove(back) => {
                let Some(number) = self.number(back) else { return Ok(()) };
                let removed = self.registry.remove(self.keys[number]).map(|removed| (removed.value, removed.identity, removed.replaced));
                let row = self.model.remove(number);
                prop_assert_eq!(removed, row.map(|row| ((row.number, self.marked[number]), row.identity, row.replaced)).ok_or(Gone));
            }
            Deed::Set(back) => {
                let Some(number) = self.number(back) else { return Ok(()) };
                let set = self.registry.get_mut(self.keys[number]).map(|value| value.1 = true);
                prop_assert_eq!(set.is_ok(), self.model.row(number).is_some());
                self.marked[number] |= set.is_ok();
            }
            Deed::Exchange(lives) => self.exchange(&lives)?,
        }
        Ok(())
    }

    fn admit(&mut self, group: Group, identity: Option<Id>) -> Result<(), TestCaseError> {
        let before = self.registry.clone();
        let value = (self.keys.len(), false);
        match (self.registry.admit(group, identity, value), self.model.admit(group, identity)) {
            (Ok(Admitted { key, replaced }), Ok((number, older))) => {
                prop_assert_eq!((number, replaced), (self.keys.len(), older.map(|older| self.keys[older])));
                prop_assert!(!self.keys.contains(&key), "a key is given twice: {:?}", key);
                prop_assert!(key.slot() < self.registry.capacity() && usize::from(key) == key.slot());
                self.keys.push(key);
                self.marked.push(false);
            }
            (Err(refused), Err(because)) => {
                prop_assert_eq!((refused.because, refused.value), (because, value));
                prop_assert!(self.registry == before, "a refusal changes something");
            }
            (real, model) => prop_assert!(false, "{:?}, but the model says {:?}", real, model),
        }
        Ok(())
    }

    fn exchange(&mut self, lives: &[u32]) -> Result<(), TestCaseError> {
        let had = self.registry.capacity();
        match self.registry.exchange(memory(lives)) {
            Ok(old) => prop_assert!(old.len() == had && lives.len() >= had),
            Err(new) => prop_assert!(new.len() == lives.len() && lives.len() < had),
        }
        self.model.grow(lives.get(had..).unwrap_or_default());
        Ok(())
    }

    fn agree(&self) -> Result<(), TestCaseError> {
        let (registry, model) = (&self.registry, &self.model);
        prop_assert_eq!((registry.len() as usize, registry.is_empty()), (model.rows.len(), model.rows.is_empty()));
        prop_assert_eq!((registry.replaced(), registry.retired()), (model.replaced(), model.retired()));
        prop_assert_eq!((registry.capacity(), registry.limits()), (model.capacity(), model.limits));
        for group in 0..GROUPS {
            prop_assert_eq!(registry.in_group(&group), model.in_group(group));
        }
        for identity in 0..IDS {
            prop_assert_eq!(registry.find(&identity), model.find(Some(identity)).map(|number| self.keys[number]));
        }
        for (number, key) in self.keys.iter().enumerate() {
            let row = model.row(number);
            prop_assert_eq!(registry.get(*key).copied(), row.map(|_| (number, self.marked[number])).ok_or(Gone));
            let seen = registry.connection(*key).map(|seen| (seen.key, seen.identity.copied(), seen.value.0, seen.replaced));
            prop_assert_eq!(seen, row.map(|row| (*key, row.identity, number, row.replaced)).ok_or(Gone));
        }
        let round: Vec<Key> = std::iter::successors(registry.after(None), |key| registry.after(Some(*key))).collect();
        let keys: Vec<Key> = model.round().into_iter().map(|number| self.keys[number]).collect();
        prop_assert_eq!(registry.iter().map(|seen| seen.key).collect::<Vec<_>>(), round.clone());
        prop_assert_eq!(round, keys);
        Ok(())
    }
}

fn walk<B: BuildHasher + Clone>(hasher: B, limits: Limits, lives: &[u32], deeds: &[Deed]) -> Result<(), TestCaseError> {
    let mut walk = Walk::new(hasher, limits, lives);
    for deed in deeds {
        walk.take(deed.clone())?;
        walk.agree()?;
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn it_is_the_model(
        limits in limits(),
        lives in prop::collection::vec(lives(), 0..8),
        deeds in prop::collection::vec(deed(), 0..80),
    ) {
        walk(Plain, limits, &lives, &deeds)?;
        walk(Colliding(0), limits, &lives, &deeds)?;
        walk(Colliding(u64::MAX), limits, &lives, &deeds)?;
    }
}
