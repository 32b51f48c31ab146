//! The proof that no call walks through what is held: every look at the memory is counted.

use std::cell::Cell;
use std::hash::BuildHasher;
use std::rc::Rc;

use relink_core::ledger::{Answer, Fate, Ledger, Notice, Received, Slot, Terms};
use relink_core::{Attempt, Instant};

use super::hashers::{Colliding, Plain};

/// 200 a second for ten minutes.
const REMEMBERED: u32 = 120_000;
const EVERY_MILLIS: u64 = 5;
/// The most looks at the memory in one call. Most are links set anew; the rest depends on how the ids happen to be spread.
const LOOKS_MAX: u64 = 100;

const FIRST: Attempt = Attempt::from_number(1);
const SECOND: Attempt = Attempt::from_number(2);

/// Memory that counts how often it is looked at: each look is at one slot.
#[derive(Clone)]
struct Watched {
    slots: Vec<Slot<u128>>,
    looks: Rc<Cell<u64>>,
}

impl AsRef<[Slot<u128>]> for Watched {
    fn as_ref(&self) -> &[Slot<u128>] {
        self.looks.set(self.looks.get() + 1);
        &self.slots
    }
}

impl AsMut<[Slot<u128>]> for Watched {
    fn as_mut(&mut self) -> &mut [Slot<u128>] {
        self.looks.set(self.looks.get() + 1);
        &mut self.slots
    }
}

/// A ledger, and the looks of its dearest call and of all together.
struct Bill<B> {
    ledger: Ledger<u128, Watched, B>,
    looks: Rc<Cell<u64>>,
    /// A dearer call fails at once, so that nobody has to wait for a walk of all.
    most: u64,
    dearest: u64,
    all: u64,
    calls: u64,
}

impl<B: BuildHasher> Bill<B> {
    fn new(slots: usize, hasher: B, most: u64) -> Self {
        let looks = Rc::new(Cell::new(0));
        let ledger = Ledger::new(Terms::DEFAULT, memory(slots, &looks), hasher);
        Self { ledger, looks, most, dearest: 0, all: 0, calls: 0 }
    }

    /// Calls, and puts it on the bill.
    fn call<T>(&mut self, call: impl FnOnce(&mut Ledger<u128, Watched, B>) -> T) -> T {
        let before = self.looks.get();
        let value = call(&mut self.ledger);
        let cost = self.looks.get() - before;
        assert!(cost <= self.most, "a call looks {cost} times");
        (self.dearest, self.all, self.calls) = (self.dearest.max(cost), self.all + cost, self.calls + 1);
        value
    }

    fn received(&mut self, at: u64, id: u128, on: Attempt) -> Received<u128> {
        self.call(|ledger| ledger.has_room(Instant::from_millis(at)));
        self.call(|ledger| ledger.received(Instant::from_millis(at), id, on, true))
    }

    fn acknowledge(&mut self, at: u64, id: u128) -> Answer {
        self.call(|ledger| ledger.acknowledge(Instant::from_millis(at), &id))
    }

    fn print(&self, what: &str) {
        println!("{what}: {} calls, {} looks each, {} the dearest", self.calls, self.all / self.calls.max(1), self.dearest);
    }
}

fn memory(slots: usize, looks: &Rc<Cell<u64>>) -> Watched {
    let mut memory = Watched { slots: Vec::new(), looks: looks.clone() };
    memory.slots.resize_with(slots, Slot::default);
    memory
}

/// Ids as a peer draws them.
fn id(number: u64) -> u128 {
    u128::from(number) << 64 | u128::from(number.wrapping_mul(0x9E37_79B9_7F4A_7C15))
}

/// One second after it came, an envelope is acknowledged; every tenth came on a second connection, too, and one of three
/// that were acknowledged 5 min ago comes again.
fn live<B: BuildHasher>(bill: &mut Bill<B>, envelopes: u64) {
    for number in 0..envelopes {
        let at = number * EVERY_MILLIS;
        assert_eq!(bill.received(at, id(number), FIRST), Received::New);
        if number % 10 == 0 {
            assert_eq!(bill.received(at, id(number), SECOND), Received::Joined);
        }
        assert!(bill.call(|ledger| ledger.timeout(Instant::from_millis(at)).is_none()));
        if let Some(done) = number.checked_sub(200) {
            assert_eq!(bill.acknowledge(at, id(done)), Answer::On(FIRST));
            let second = bill.acknowledge(at, id(done));
            assert_eq!(second, if done % 10 == 0 { Answer::On(SECOND) } else { Answer::Done });
        }
        if let Some(again) = number.checked_sub(60_000).filter(|again| again % 3 == 0) {
            assert_eq!(bill.received(at, id(again), SECOND), Received::Known);
        }
    }
}

#[test]
fn no_call_walks_through_120_000_that_are_remembered_nor_through_those_that_expire() {
    let mut bill = Bill::new(REMEMBERED as usize * 3 / 2, Plain, LOOKS_MAX);
    live(&mut bill, 3 * u64::from(REMEMBERED));
    bill.print("three times ten minutes at 200/s");
    // One in three came again after five minutes and is remembered from then on, for fifteen minutes in all.
    let remembered = REMEMBERED + REMEMBERED / 6;
    assert!(bill.ledger.remembered().abs_diff(remembered) < 1_000, "{}", bill.ledger.remembered());
    assert_eq!((bill.ledger.forgotten_early(), bill.ledger.unrecorded()), (0, 0));
}

#[test]
fn no_call_walks_through_what_is_full_of_remembered_ones() {
    let mut bill = Bill::new(50_000, Plain, LOOKS_MAX);
    live(&mut bill, 120_000 - 60_000);
    bill.print("full");
    assert!(bill.ledger.forgotten_early() > 9_000);
}

#[test]
fn no_call_walks_through_120_000_in_hand_nor_through_a_lost_connection() {
    let mut bill = Bill::new(3 * REMEMBERED as usize + 2, Plain, LOOKS_MAX);
    for number in 0..u64::from(REMEMBERED) {
        assert_eq!(bill.received(0, id(number), FIRST), Received::New);
        if number % 2 == 0 {
            assert_eq!(bill.received(0, id(number), SECOND), Received::Joined);
        }
    }
    let mut told = [0_u32; 4];
    let now = Instant::from_millis(2500);
    while bill.call(|ledger| ledger.timeout(now).is_some_and(|notice| matches!(notice, Notice::Pressing { .. }))) {
        told[0] += 1;
    }
    assert_eq!(bill.call(|ledger| ledger.lost(now, FIRST)), REMEMBERED);
    let fate = |notice: Notice<'_, u128>| match notice {
        Notice::Lost { fate: Fate::Again, .. } => 1,
        Notice::Lost { fate: Fate::Elsewhere, .. } => 2,
        Notice::Lost { fate: Fate::Never, .. } | Notice::Pressing { .. } | Notice::Late { .. } => 3,
    };
    while let Some(what) = bill.call(|ledger| ledger.timeout(now).map(fate)) {
        told[what] += 1;
    }
    assert_eq!(told, [REMEMBERED * 3 / 2, REMEMBERED / 2, REMEMBERED / 2, 0]);
    let in_hand = bill.call(|ledger| (ledger.in_hand(FIRST), ledger.in_hand(SECOND), ledger.in_hand_in_all()));
    assert_eq!(in_hand, (0, REMEMBERED / 2, REMEMBERED));
    for number in (0..u64::from(REMEMBERED)).rev() {
        assert!(bill.call(|ledger| ledger.dropped(&id(number)).is_some()));
    }
    bill.print("120,000 in hand");
}

/// What is counted would be seen: with a hasher that always collides, a look-up does walk.
#[test]
fn a_walk_would_be_counted() {
    let mut bill = Bill::new(1_000, Colliding(1), u64::MAX);
    live(&mut bill, 400);
    assert!(bill.dearest > 400, "{}", bill.dearest);
}

/// A server's ledger starts small, and grows before anything is forgotten.
#[test]
fn it_grows_from_8_slots_to_120_000_ids_and_forgets_nothing() {
    let mut ledger = Ledger::new(Terms::DEFAULT, vec![Slot::<u128>::EMPTY; 8], Plain);
    let mut grown = 0;
    for number in 0..u64::from(REMEMBERED) {
        let now = Instant::from_millis(number * EVERY_MILLIS);
        if !ledger.has_room(now) {
            let old = ledger.exchange(vec![Slot::EMPTY; ledger.capacity() * 2]).expect("it is larger");
            assert!(old.len() * 2 == ledger.capacity() && ledger.capacity() <= 131_072);
            grown += 1;
        }
        assert_eq!(ledger.received(now, id(number), FIRST, true), Received::New);
        assert_eq!(ledger.acknowledge(now, &id(number)), Answer::On(FIRST));
    }
    let smaller = ledger.exchange(vec![Slot::EMPTY; 8]).expect_err("it is smaller");
    assert_eq!((grown, smaller.len(), ledger.capacity()), (14, 8, 131_072));
    let now = Instant::from_millis(u64::from(REMEMBERED) * EVERY_MILLIS - 1);
    for number in 0..u64::from(REMEMBERED) {
        assert_eq!(ledger.received(now, id(number), SECOND, true), Received::Known);
    }
    assert_eq!((ledger.remembered(), ledger.forgotten_early(), ledger.unrecorded()), (REMEMBERED, 0, 0));
}
