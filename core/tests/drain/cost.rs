//! The proof that no step walks through who is there: every look at the memory is counted.

use std::cell::Cell;
use std::hash::RandomState;
use std::rc::Rc;

use relink_core::Instant;
use relink_core::drain::{Action, Drain, Event, Plan, Reaction, Seat, State, Tally};
use relink_core::registry::{Key, Limits, Registry, Slot};

const CONNECTIONS: u32 = 100_000;
/// The most looks at the memory in one step: three swaps, each of two seats and both their numbers.
const LOOKS_MAX: u64 = 24;

/// Memory that counts how often it is looked at: each look is at one seat, or at two for who is moved.
#[derive(Clone)]
struct Watched {
    seats: Vec<Seat<Key>>,
    looks: Rc<Cell<u64>>,
}

impl AsRef<[Seat<Key>]> for Watched {
    fn as_ref(&self) -> &[Seat<Key>] {
        self.looks.set(self.looks.get() + 1);
        &self.seats
    }
}

impl AsMut<[Seat<Key>]> for Watched {
    fn as_mut(&mut self) -> &mut [Seat<Key>] {
        self.looks.set(self.looks.get() + 1);
        &mut self.seats
    }
}

/// A drain of a registry's connections, and the looks of its dearest step.
struct Bill {
    drain: Drain<Key, Watched>,
    looks: Rc<Cell<u64>>,
    roll: u32,
    steps: u32,
    dearest: u64,
}

impl Bill {
    fn new(plan: Plan) -> Self {
        let looks = Rc::new(Cell::new(0));
        let memory = Watched { seats: vec![Seat::EMPTY; CONNECTIONS as usize], looks: looks.clone() };
        Self { drain: Drain::new(plan, memory), looks, roll: 1, steps: 0, dearest: 0 }
    }

    fn step(&mut self, now: Instant, event: Event<Key>) -> Reaction<Key> {
        let before = self.looks.get();
        self.roll = self.roll.wrapping_mul(0x9E37_79B1).wrapping_add(0x7F4A_7C15);
        let reaction = self.drain.step(now, self.roll, event);
        self.dearest = self.dearest.max(self.looks.get() - before);
        self.steps += 1;
        reaction
    }
}

/// A registry of a hundred thousand is drained: a tenth leaves when it is told of the end, a tenth never answers its Close.
#[test]
fn no_step_walks_through_100_000_members() {
    let mut registry = Registry::new(Limits::NONE, vec![Slot::<u32, u32, u32>::EMPTY; CONNECTIONS as usize], RandomState::new());
    assert!((0..CONNECTIONS).all(|number| registry.admit(number, None, number).is_ok()));
    let mut bill = Bill::new(Plan { farewell: true, ..Plan::DEFAULT });
    let mut now = Instant::from_millis(60_000);
    assert_eq!(bill.step(now, Event::Begin), Reaction::Do(Action::Refuse));
    for key in std::iter::successors(registry.after(None), |key| registry.after(Some(*key))) {
        assert_eq!(bill.step(now, Event::Joined(key)), Reaction::Wait);
    }
    let (mut told, mut over) = ([0_u32; 3], None);
    while let Some(deadline) = bill.drain.deadline() {
        now = now.max(deadline);
        let Reaction::Do(action) = bill.step(now, Event::Timeout) else { panic!("there is nothing to do at {deadline:?}") };
        let kind = |key: Key| registry.get(key).map_or(0, |number| number % 10);
        let (which, gone) = match action {
            Action::Refuse => panic!("it refuses already"),
            Action::Farewell(key) => (0, Some(key).filter(|key| kind(*key) == 0)),
            Action::Close(key) => (1, Some(key).filter(|key| kind(*key) != 1)),
            Action::Force(key) => (2, registry.remove(key).err().and(Some(key))),
            Action::Drained(tally) => {
                over = Some((tally, now.as_millis()));
                break;
            }
        };
        told[which] += 1;
        if let Some(key) = gone {
            assert!(registry.remove(key).is_ok());
            assert_eq!(bill.step(now, Event::Ended(key)), Reaction::Wait);
        }
    }
    println!("{} steps, the dearest with {} looks", bill.steps, bill.dearest);
    let tally = Tally { graceful: CONNECTIONS / 10 * 9, forced: CONNECTIONS / 10 };
    assert_eq!((told, over), ([CONNECTIONS, CONNECTIONS / 10 * 9, CONNECTIONS / 10], Some((tally, 70_000))));
    assert!(registry.is_empty() && bill.drain.state() == State::Drained && bill.drain.deadline().is_none());
    assert!(bill.dearest <= LOOKS_MAX, "{}", bill.dearest);
}
