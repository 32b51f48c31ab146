//! The walk: whatever happens to a ledger in whatever order, it says what the model says.

use std::hash::{BuildHasher, DefaultHasher, Hash, Hasher};

use proptest::prelude::*;
use relink_core::ledger::{Ledger, Notice, Received, Slot, Terms};
use relink_core::{Instant, Millis};

use super::hashers::{Colliding, Plain};
use super::model::{Id, Model, Name, Told};

const IDS: Id = 7;
const NAMES: Name = 4;

#[derive(Clone, Copy, Debug)]
enum Deed {
    Received(Id, Name, bool),
    Acknowledge(Id),
    Dropped(Id),
    Lost(Name),
    Timeout,
    Later(u64),
    Earlier(u64),
    Exchange(usize),
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        6 => (0..IDS, 0..NAMES, any::<bool>()).prop_map(|(id, name, again)| Deed::Received(id, name, again)),
        4 => (0..IDS).prop_map(Deed::Acknowledge),
        1 => (0..IDS).prop_map(Deed::Dropped),
        1 => (0..NAMES).prop_map(Deed::Lost),
        4 => Just(Deed::Timeout),
        4 => prop_oneof![Just(0), 1..4_u64, 1..30_u64, Just(5_000_000_000)].prop_map(Deed::Later),
        1 => (1..20_u64).prop_map(Deed::Earlier),
        1 => (0..16_usize).prop_map(Deed::Exchange),
    ]
}

fn terms() -> impl Strategy<Value = Terms> {
    let length = || prop_oneof![Just(0), 1..20_u32, Just(u32::MAX)].prop_map(Millis::new);
    (length(), length(), length()).prop_map(|(warn_after, due_after, remember_for)| Terms { warn_after, due_after, remember_for })
}

type Memory = Vec<Slot<Id, Name>>;

fn memory(slots: usize) -> Memory {
    let mut memory = Memory::new();
    memory.resize_with(slots, Slot::default);
    memory
}

fn told(notice: Notice<'_, Id, Name>) -> Told {
    match notice {
        Notice::Pressing { id, on, due } => Told::Pressing(*id, on, due),
        Notice::Late { id, on } => Told::Late(*id, on),
        Notice::Lost { id, on, fate } => Told::Lost(*id, on, fate),
    }
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

fn walk<B: BuildHasher + Clone>(hasher: B, slots: usize, terms: Terms, deeds: &[Deed]) -> Result<(), TestCaseError> {
    let mut ledger = Ledger::new(terms, memory(slots), hasher);
    let mut model = Model::new(slots, terms);
    let mut clock = 1_000;
    for deed in deeds {
        let now = Instant::from_millis(clock);
        let before = ledger.clone();
        match *deed {
            Deed::Received(id, on, again) => prop_assert_eq!(ledger.received(now, id, on, again), model.received(now, id, on, again)),
            Deed::Acknowledge(id) => prop_assert_eq!(ledger.acknowledge(now, &id), model.acknowledge(now, id)),
            Deed::Dropped(id) => prop_assert_eq!(ledger.dropped(&id), model.dropped(id)),
            Deed::Lost(on) => prop_assert_eq!(ledger.lost(now, on), model.lost(now, on)),
            Deed::Timeout => prop_assert_eq!(ledger.timeout(now).map(told), model.timeout(now)),
            Deed::Later(millis) => clock += millis,
            Deed::Earlier(millis) => clock -= millis.min(clock),
            Deed::Exchange(slots) => {
                let (same, is_more) = (ledger.exchange(memory(slots)).is_ok(), slots >= model.capacity);
                prop_assert_eq!(same, is_more);
                model.capacity = model.capacity.max(slots);
            }
        }
        prop_assert!(ledger == ledger.clone() && (before != ledger || hash(&before) == hash(&ledger)));
        agree(&ledger, &model, Instant::from_millis(clock))?;
    }
    empty(&mut ledger, &mut model, Instant::from_millis(clock))
}

fn agree<B: BuildHasher>(ledger: &Ledger<Id, Memory, B, Name>, model: &Model, now: Instant) -> Result<(), TestCaseError> {
    prop_assert_eq!(ledger.deadline(), model.deadline());
    for name in 0..NAMES {
        prop_assert_eq!(ledger.in_hand(name), model.in_hand(name));
    }
    prop_assert_eq!(ledger.in_hand_in_all(), model.in_hand_in_all());
    prop_assert_eq!((ledger.forgotten_early(), ledger.unrecorded()), (model.forgotten_early, model.unrecorded));
    prop_assert_eq!((ledger.capacity(), ledger.has_room(now)), (model.capacity, model.has_room(now)));
    prop_assert!(ledger.remembered() as usize >= model.known(now));
    Ok(())
}

/// Whatever happened, no slot has got lost: when nothing is in hand and all is old, the whole memory can be taken again.
fn empty<B: BuildHasher>(ledger: &mut Ledger<Id, Memory, B, Name>, model: &mut Model, now: Instant) -> Result<(), TestCaseError> {
    for id in 0..IDS {
        prop_assert_eq!(ledger.dropped(&id), model.dropped(id));
    }
    prop_assert_eq!((ledger.in_hand_in_all(), ledger.deadline()), (0, None));
    let much_later = Instant::from_millis(now.as_millis() + 2 * u64::from(u32::MAX));
    for id in 100..=u8::MAX {
        prop_assert_eq!(ledger.received(much_later, id, 0, true), model.received(much_later, id, 0, true));
    }
    agree(ledger, model, much_later)
}

#[test]
fn what_differs_is_not_equal() {
    let empty: Ledger<Id, Memory, Plain, Name> = Ledger::new(Terms::DEFAULT, memory(8), Plain);
    let mut holds = empty.clone();
    assert_eq!(holds.received(Instant::from_millis(1), 1, 1, true), Received::New);
    assert!(holds != empty && hash(&holds) != hash(&empty));
    let patient = Ledger::new(Terms { due_after: Millis::MAX, ..Terms::DEFAULT }, memory(8), Plain);
    assert!(patient != empty && hash(&patient) != hash(&empty));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn it_is_the_model(slots in 0..14_usize, terms in terms(), deeds in prop::collection::vec(deed(), 0..120)) {
        walk(Plain, slots, terms, &deeds)?;
        walk(Colliding(0), slots, terms, &deeds)?;
        walk(Colliding(u64::MAX), slots, terms, &deeds)?;
    }
}
