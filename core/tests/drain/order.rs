//! The tests of the order and the times of closes: every order is as likely as any other, and the times are even.

use std::collections::HashMap;

use relink_core::drain::{Action, Drain, Event, Plan, Reaction, Seat, Tally};
use relink_core::{Instant, Millis};

/// A sequence of rolls that is the same in every run.
struct Rolls(u64);

impl Rolls {
    fn next(&mut self) -> u32 {
        self.0 = self.0.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(0x1405_7B7E_F767_814F);
        (self.0 >> 32) as u32
    }
}

/// Drains so many that do as they are told, and says who was told to close when.
fn drained(plan: Plan, connections: u16, rolls: &mut Rolls) -> Vec<(u64, u16)> {
    let mut drain = Drain::new(plan, vec![Seat::EMPTY; usize::from(connections)]);
    let mut now = Instant::from_millis(1_000);
    assert_eq!(drain.step(now, 0, Event::Begin), Reaction::Do(Action::Refuse));
    assert!((0..connections).all(|member| drain.step(now, 0, Event::Joined(member)) == Reaction::Wait));
    let mut closed = Vec::new();
    while let Some(deadline) = drain.deadline() {
        now = now.max(deadline);
        let reaction = drain.step(now, rolls.next(), Event::Timeout);
        if let Reaction::Do(Action::Close(member)) = reaction {
            closed.push((now.as_millis() - 1_000, member));
            assert_eq!(drain.step(now, 0, Event::Ended(member)), Reaction::Wait);
        } else {
            let tally = Tally { graceful: u32::from(connections), forced: 0 };
            assert_eq!(reaction, Reaction::Do(Action::Drained(tally)), "at {now:?}");
        }
    }
    closed
}

#[test]
fn every_order_of_four_is_as_likely_as_any_other() {
    const ROUNDS: u32 = 24_000;
    let (mut seen, mut rolls) = (HashMap::<Vec<u16>, u32>::new(), Rolls(1));
    for _ in 0..ROUNDS {
        *seen.entry(drained(Plan::DEFAULT, 4, &mut rolls).into_iter().map(|(_, member)| member).collect()).or_default() += 1;
    }
    let (least, most) = (seen.values().min().expect("some"), seen.values().max().expect("some"));
    println!("{} orders, each {least} to {most} times in {ROUNDS}", seen.len());
    // A thousand each; four standard deviations of it are 124.
    assert!(seen.len() == 24 && *least > 876 && *most < 1124, "{seen:?}");
}

#[test]
fn ten_thousand_are_spread_evenly_over_five_seconds() {
    let plan = Plan { grace: Millis::from_secs(2), ..Plan::DEFAULT };
    let closed = drained(plan, 10_000, &mut Rolls(7));
    assert_eq!(closed.len(), 10_000);
    let mut each_second = [0; 5];
    for (number, (at, _)) in (0_u64..).zip(&closed) {
        assert_eq!(*at, 2_000 + number / 2, "number {number}");
        each_second[(at - 2_000) as usize / 1000] += 1;
    }
    assert_eq!(each_second, [2_000; 5]);
    let mut members: Vec<u16> = closed.iter().map(|(_, member)| *member).collect();
    // A member's place says nothing of its number: neighbours are as far apart as strangers.
    let apart: u64 = members.windows(2).map(|pair| u64::from(pair[0].abs_diff(pair[1]))).sum::<u64>() / 9_999;
    println!("neighbours in the order are {apart} apart on average");
    assert!((3_200..3_470).contains(&apart), "{apart}");
    members.sort_unstable();
    assert!((0..10_000).eq(members));
}

/// Who ends by itself leaves its time to the others; who joins late finds its place, and the end stays where it is.
#[test]
fn times_stay_within_the_spread_though_others_come_and_go() {
    let plan = Plan { spread: Millis::from_secs(10), ..Plan::DEFAULT };
    let mut drain = Drain::new(plan, [Seat::EMPTY; 20]);
    let at = Instant::from_millis;
    assert_eq!(drain.step(at(0), 0, Event::Begin), Reaction::Do(Action::Refuse));
    assert!((0..10_u8).all(|member| drain.step(at(0), 0, Event::Joined(member)) == Reaction::Wait));
    // With rolls of 0, the first in the row goes, and the last takes its place.
    for (number, member) in [(0, 0), (1, 9), (2, 8), (3, 7), (4, 6)] {
        assert_eq!(drain.step(at(number * 1000), 0, Event::Timeout), Reaction::Do(Action::Close(member)));
    }
    assert_eq!(drain.deadline(), Some(at(5_000)));
    assert!((1..5).all(|member| drain.step(at(4_000), 0, Event::Ended(member)) == Reaction::Wait));
    assert_eq!((drain.deadline(), drain.left()), (Some(at(8_333)), 6));
    assert!((10..14).all(|member| drain.step(at(5_000), 0, Event::Joined(member)) == Reaction::Wait));
    assert_eq!(drain.deadline(), Some(at(5_000)));
    let mut closed = Vec::new();
    while drain.deadline() < Some(at(10_000)) {
        let now = drain.deadline().expect("it is not over");
        assert!(matches!(drain.step(now, u32::MAX, Event::Timeout), Reaction::Do(Action::Close(_))));
        closed.push(now.as_millis());
    }
    assert_eq!((closed, drain.deadline()), (vec![5_000, 6_000, 7_000, 8_000, 9_000], Some(at(15_000))));
}
