//! The proof of the outbox: whatever is pushed and popped, it does what a plain list would.
#![allow(clippy::arithmetic_side_effects, clippy::expect_used, clippy::indexing_slicing, reason = "a test may panic")]

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use proptest::prelude::*;
use relink_core::{Outbox, Refused, WhenFull};

/// The same, without a ring, a bound on memory or arithmetic that can overflow.
struct Model {
    waiting: Vec<(u32, u64)>,
    number_max: usize,
    weight_max: u64,
    when_full: WhenFull,
}

impl Model {
    fn weight(&self) -> u64 {
        self.waiting.iter().map(|(weight, _)| u64::from(*weight)).sum()
    }

    fn fits(&self, weight: u32) -> bool {
        self.waiting.len() < self.number_max && self.weight() + u64::from(weight) <= self.weight_max
    }

    /// What is given back, and what is dropped.
    fn push(&mut self, message: u64, weight: u32) -> (Result<(), Refused<u64>>, Vec<u64>) {
        let mut dropped = Vec::new();
        if u64::from(weight) > self.weight_max || self.number_max == 0 {
            return (Err(Refused::TooHeavy(message)), dropped);
        }
        match self.when_full {
            WhenFull::Refuse if !self.fits(weight) => return (Err(Refused::Full(message)), dropped),
            WhenFull::DropNewest if !self.fits(weight) => return (Ok(()), vec![message]),
            WhenFull::Refuse | WhenFull::DropNewest => {}
            WhenFull::DropOldest => {
                while !self.fits(weight) {
                    dropped.push(self.waiting.remove(0).1);
                }
            }
        }
        self.waiting.push((weight, message));
        (Ok(()), dropped)
    }
}

#[derive(Clone, Copy, Debug)]
enum Deed {
    Push(u32),
    Pop,
}

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let weight = prop_oneof![0_u32..8, any::<u32>(), Just(u32::MAX)];
    let deed = prop_oneof![3 => weight.prop_map(Deed::Push), 2 => Just(Deed::Pop)];
    prop::collection::vec(deed, 0..60)
}

fn bound() -> impl Strategy<Value = u32> {
    prop_oneof![0_u32..20, any::<u32>(), Just(u32::MAX)]
}

fn policy() -> impl Strategy<Value = WhenFull> {
    prop_oneof![Just(WhenFull::Refuse), Just(WhenFull::DropOldest), Just(WhenFull::DropNewest)]
}

/// Does the same to both. Where each message went is known at the end: back, dropped, popped, or waiting.
fn walk<const N: usize>(weight_max: u32, when_full: WhenFull, deeds: &[Deed]) -> Result<Outbox<u64, N>, TestCaseError> {
    let mut outbox: Outbox<u64, N> = Outbox::new(weight_max, when_full);
    let mut model = Model { waiting: Vec::new(), number_max: N, weight_max: u64::from(weight_max), when_full };
    let mut gone = 0;
    for (message, deed) in (0_u64..).zip(deeds) {
        match *deed {
            Deed::Push(weight) => {
                let mut dropped = Vec::new();
                let pushed = outbox.push(message, weight, |message| dropped.push(message));
                gone += dropped.len() + usize::from(pushed.is_err());
                prop_assert_eq!((pushed, dropped), model.push(message, weight));
            }
            Deed::Pop => {
                let oldest = if model.waiting.is_empty() { None } else { Some(model.waiting.remove(0).1) };
                prop_assert_eq!(outbox.pop(), oldest);
                gone += 1;
            }
        }
        prop_assert_eq!(outbox.iter().copied().collect::<Vec<_>>(), model.waiting.iter().map(|(_, message)| *message).collect::<Vec<_>>());
        prop_assert_eq!(outbox.peek(), model.waiting.first().map(|(_, message)| message));
        prop_assert_eq!((outbox.len(), outbox.is_empty()), (model.waiting.len(), model.waiting.is_empty()));
        prop_assert_eq!(u64::from(outbox.weight()), model.weight());
        prop_assert!(outbox.len() <= N && outbox.weight() <= weight_max);
    }
    prop_assert!(outbox.len() + gone >= deeds.iter().filter(|deed| matches!(deed, Deed::Push(_))).count(), "a message has vanished");
    Ok(outbox)
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn it_is_a_bounded_list(weight_max in bound(), when_full in policy(), deeds in deeds()) {
        walk::<1>(weight_max, when_full, &deeds)?;
        walk::<4>(weight_max, when_full, &deeds)?;
    }

    /// However the ring lies: what waits, its weights and the bounds make two outboxes the same, and nothing else does.
    #[test]
    fn equal_is_what_holds_the_same(weights in prop::collection::vec(0_u32..9, 0..5), before in 0_usize..9, other in 0_u32..9) {
        let holding = |before: usize, weights: &[u32]| {
            let mut outbox: Outbox<usize, 4> = Outbox::new(100, WhenFull::DropNewest);
            for _ in 0..before {
                outbox.push(99, 1, drop).ok();
                outbox.pop();
            }
            weights.iter().enumerate().for_each(|(message, weight)| outbox.push(message, *weight, drop).unwrap_or_default());
            outbox
        };
        let (one, same) = (holding(0, &weights), holding(before, &weights));
        prop_assert!(one == same && hash(&one) == hash(&same));
        let mut changed = weights.clone();
        if let Some(weight) = changed.first_mut() {
            *weight = other;
        }
        let changed_is_same = weights.first().is_none_or(|weight| *weight == other);
        prop_assert_eq!(one == holding(0, &changed), changed_is_same);
        prop_assert_eq!(hash(&one) == hash(&holding(0, &changed)), changed_is_same);
        let bounds = [(99, WhenFull::DropNewest), (100, WhenFull::Refuse)].map(|(max, when)| Outbox::<usize, 4>::new(max, when));
        prop_assert!(bounds.iter().all(|outbox| *outbox != holding(0, &[]) && hash(outbox) != hash(&holding(0, &[]))));
    }
}
