//! The tests of generations: a slot is retired before a key could be given twice, and memory that is lent again knows no old key.

use std::hash::BuildHasher;

use relink_core::registry::{Gone, Key, Limits, Refusal, Registry, Slot};

use super::hashers::Plain;

type Memory<'a> = &'a mut [Slot<&'static str, u32>];

fn admit<B: BuildHasher>(registry: &mut Registry<&'static str, u32, Memory<'_>, B>, value: u32) -> Key {
    registry.admit((), Some("somebody"), value).expect("there is room").key
}

#[test]
fn a_slot_is_retired_after_the_last_generation() {
    let mut memory = [Slot::from_generation(u32::MAX - 2), Slot::from_generation(u32::MAX)];
    let mut registry = Registry::new(Limits::NONE, &mut memory[..], Plain);
    assert_eq!((registry.capacity(), registry.retired()), (2, 1));
    let mut keys = Vec::new();
    for value in 0..2 {
        let key = admit(&mut registry, value);
        assert_eq!((key.slot(), key.generation(), registry.get(key)), (0, u32::MAX - 2 + value, Ok(&value)));
        assert!(registry.remove(key).is_ok());
        keys.push(key);
    }
    assert_eq!(registry.retired(), 2);
    let refused = registry.admit((), Some("somebody"), 2).expect_err("both slots are worn out");
    assert_eq!((refused.because, refused.value), (Refusal::Memory, 2));
    assert!(keys.iter().all(|key| registry.get(*key) == Err(Gone) && registry.remove(*key).is_err()));
}

#[test]
fn keys_of_a_registry_that_had_the_memory_before_are_stale() {
    let mut memory = [Slot::EMPTY; 4];
    let mut keys = Vec::new();
    for round in 0..3 {
        let mut registry = Registry::new(Limits::NONE, &mut memory[..], Plain);
        assert!(registry.is_empty() && registry.find(&"somebody").is_none());
        assert!(keys.iter().all(|key| registry.get(*key).is_err()), "round {round}");
        keys.extend((0..3).map(|value| admit(&mut registry, value)));
        assert!(registry.remove(keys[keys.len() - 2]).is_ok());
    }
    let different: std::collections::HashSet<String> = keys.iter().map(|key| format!("{key:?}")).collect();
    assert_eq!(different.len(), keys.len());
}

/// The slots wear evenly: the one that has been free for longest is taken.
#[test]
fn slots_are_taken_in_turn() {
    let mut memory: [Slot<&str, u32>; 5] = [Slot::EMPTY; 5];
    let mut registry = Registry::new(Limits::NONE, &mut memory[..], Plain);
    let mut taken = Vec::new();
    for value in 0..10 {
        let key = registry.admit((), None, value).expect("there is room").key;
        taken.push(key.slot());
        assert!(registry.remove(key).is_ok());
    }
    assert_eq!(taken, [0, 1, 2, 3, 4, 0, 1, 2, 3, 4]);
}
