//! The proof that no call walks through who is there, and that a hundred thousand need no stack: every look at the memory
//! is counted.

use std::cell::Cell;
use std::hash::BuildHasher;
use std::rc::Rc;
use std::thread;

use relink_core::registry::{Key, Limits, Registry, Slot};

use super::hashers::{Colliding, Plain};

const CONNECTIONS: u32 = 100_000;
/// The most looks at the memory in one call; most are links set anew, the rest depends on how identities happen to be spread.
const LOOKS_MAX: u64 = 80;
const STACK_BYTES: usize = 64 << 10;

type Cell64 = Slot<u64, u32, u16>;

/// Memory that counts how often it is looked at: each look is at one slot.
#[derive(Clone)]
struct Watched {
    slots: Vec<Cell64>,
    looks: Rc<Cell<u64>>,
}

impl AsRef<[Cell64]> for Watched {
    fn as_ref(&self) -> &[Cell64] {
        self.looks.set(self.looks.get() + 1);
        &self.slots
    }
}

impl AsMut<[Cell64]> for Watched {
    fn as_mut(&mut self) -> &mut [Cell64] {
        self.looks.set(self.looks.get() + 1);
        &mut self.slots
    }
}

/// A registry, and the looks of its dearest call and of all together.
struct Bill<B> {
    registry: Registry<u64, u32, Watched, B, u16>,
    looks: Rc<Cell<u64>>,
    /// A dearer call fails at once, so that nobody has to wait for a walk of all.
    most: u64,
    dearest: u64,
    all: u64,
    calls: u64,
}

impl<B: BuildHasher> Bill<B> {
    fn new(slots: u32, hasher: B, most: u64) -> Self {
        let looks = Rc::new(Cell::new(0));
        let memory = Watched { slots: vec![Slot::EMPTY; slots as usize], looks: looks.clone() };
        Self { registry: Registry::new(Limits::NONE, memory, hasher), looks, most, dearest: 0, all: 0, calls: 0 }
    }

    /// Calls, and puts it on the bill.
    fn call<T>(&mut self, call: impl FnOnce(&mut Registry<u64, u32, Watched, B, u16>) -> T) -> T {
        let before = self.looks.get();
        let value = call(&mut self.registry);
        let cost = self.looks.get() - before;
        assert!(cost <= self.most, "a call looks {cost} times");
        (self.dearest, self.all, self.calls) = (self.dearest.max(cost), self.all + cost, self.calls + 1);
        value
    }

    fn print(&self, what: &str) {
        println!("{what}: {} calls, {} looks each, {} the dearest", self.calls, self.all / self.calls.max(1), self.dearest);
    }
}

/// Everybody comes, is replaced by a second connection, says more of himself, is sent to, and goes; the ends of the replaced ones
/// come last, and stale.
fn live<B: BuildHasher>(bill: &mut Bill<B>, connections: u32) {
    let group = |number: u32| (number % 7000) as u16;
    let identity = |number: u32| u64::from(number).wrapping_mul(0x1_0001);
    let old: Vec<Key> = (0..connections)
        .map(|number| bill.call(|registry| registry.admit(group(number), Some(identity(number)), number)).expect("there is room").key)
        .collect();
    let mut new = Vec::new();
    for (number, old) in (0..connections).zip(&old) {
        let admitted = bill.call(|registry| registry.admit(group(number), Some(identity(number)), number)).expect("there is room");
        assert_eq!(admitted.replaced, Some(*old));
        assert!(bill.call(|registry| registry.in_group(&group(number))) > 0);
        new.push(admitted.key);
    }
    for (number, key) in (0..connections).zip(&new) {
        assert_eq!(bill.call(|registry| registry.get(*key).copied()), Ok(number));
        assert_eq!(bill.call(|registry| registry.find(&identity(number))), Some(*key));
        assert_eq!(bill.call(|registry| registry.identify(*key, identity(number) + 1)), Ok(None));
    }
    for (old, new) in old.iter().zip(&new) {
        assert!(bill.call(|registry| registry.remove(*new)).is_ok());
        assert!(bill.call(|registry| registry.remove(*old)).is_ok());
        assert!(bill.call(|registry| registry.remove(*old)).is_err());
    }
    assert!(bill.registry.is_empty());
}

#[test]
fn no_call_walks_through_100_000_connections() {
    let mut bill = Bill::new(2 * CONNECTIONS, Plain, LOOKS_MAX);
    live(&mut bill, CONNECTIONS);
    bill.print("100,000 connections, each replaced by another");
}

/// What is counted would be seen: with a hasher that always collides, a look-up does walk.
#[test]
fn a_walk_would_be_counted() {
    let mut bill = Bill::new(1000, Colliding(1), u64::MAX);
    live(&mut bill, 500);
    assert!(bill.dearest > 500, "{}", bill.dearest);
}

#[test]
fn a_round_looks_at_each_slot_once_though_others_come_and_go() {
    let mut bill = Bill::new(CONNECTIONS, Plain, LOOKS_MAX);
    let keys: Vec<Key> =
        (0..CONNECTIONS / 2).map(|number| bill.call(|registry| registry.admit(0, None, number)).expect("there is room").key).collect();
    for key in keys.iter().skip(1).step_by(2) {
        assert!(bill.call(|registry| registry.remove(*key)).is_ok());
    }
    let (mut met, mut looks, mut latest) = (0, 0, None);
    loop {
        let before = bill.looks.get();
        latest = bill.registry.after(latest);
        looks += bill.looks.get() - before;
        let Some(key) = latest else { break };
        met += 1;
        // Whoever is met ends, and so does somebody who was met before; somebody else comes.
        assert!(bill.call(|registry| registry.remove(key)).is_ok());
        assert!(met > CONNECTIONS / 4 || bill.call(|registry| registry.admit(1, None, 0)).is_ok());
    }
    println!("a round through {CONNECTIONS} slots met {met} and looked {looks} times");
    assert!(met >= CONNECTIONS / 4, "{met}");
    assert!(looks <= 2 * u64::from(CONNECTIONS) + u64::from(met), "{looks}");
}

#[test]
fn a_hundred_thousand_do_not_need_a_stack() {
    let work = || {
        let mut registry = Registry::new(Limits::NONE, vec![Slot::<u64, u32, u32>::EMPTY; 8], Plain);
        let mut keys = Vec::new();
        for number in 0..CONNECTIONS {
            if registry.len() as usize == registry.capacity() {
                assert!(registry.exchange(vec![Slot::EMPTY; registry.capacity() * 2]).is_ok());
            }
            // Some have identities: what the look-up costs is counted elsewhere.
            let identity = (number % 100 == 0).then_some(u64::from(number));
            keys.push(registry.admit(number, identity, number).expect("there is room").key);
        }
        assert!(registry.exchange(vec![Slot::EMPTY; 8]).is_err());
        let found = (0..CONNECTIONS).zip(&keys).all(|(number, key)| {
            let named = number % 100 != 0 || registry.find(&u64::from(number)) == Some(*key);
            named && registry.get(*key) == Ok(&number)
        });
        (found, registry.len(), registry.capacity())
    };
    let thread = thread::Builder::new().stack_size(STACK_BYTES).spawn(work).expect("a thread can be started");
    assert_eq!(thread.join().expect("it needs no more stack"), (true, CONNECTIONS, 131_072));
}
