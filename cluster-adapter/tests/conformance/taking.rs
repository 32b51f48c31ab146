//! How a partition changes hands: what is unanswered comes first and at once, its deliveries counted on, and an end waits for nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use relink_cluster::{Consumer, Delivery, Engine, Publisher, Reason, Settings, Token};

use crate::world::{World, envelope, group, next_within, one_partition};

/// Nothing of what is tested here may wait for it.
const ACK_WAIT: Duration = Duration::from_secs(60);
const SOON: Duration = Duration::from_secs(3);

fn settings() -> Settings {
    Settings { ack_wait: ACK_WAIT, ..one_partition() }
}

async fn fill<E: Engine>(publisher: &Publisher<E>, numbers: std::ops::Range<u32>) {
    for number in numbers {
        publisher.publish(&envelope(&number.to_string(), "k")).await.unwrap();
    }
}

/// All that comes until nothing does, by place in the queue, in the order in which it came.
async fn all<C: Consumer>(consumer: &mut C) -> Vec<C::Delivery> {
    let mut all = Vec::new();
    while let Some(delivery) = next_within(consumer, SOON / 3).await {
        all.push(delivery);
    }
    all
}

pub(crate) async fn what_another_left_comes_first_and_at_once<W: World>() {
    let world = W::new(settings());
    let (engine, other) = (world.client().await, world.client().await);
    let publisher = Publisher::take_over(engine.clone(), group(), Token::new(1)).await.unwrap();
    fill(&publisher, 0..20).await;
    let mut first = engine.consume(0).await.unwrap();
    let mut given = Vec::new();
    for _ in 0..10 {
        given.push(next_within(&mut first, SOON).await.expect("one of twenty"));
    }
    for done in [0, 4, 7] {
        given[done].ack().await.unwrap();
    }
    drop(first); // As one that is killed: what it had in hand is not answered, what it had fetched ahead neither.
    fill(&publisher, 20..30).await;

    let mut second = other.consume(0).await.unwrap();
    let left = second.take_over(&BTreeSet::new()).await.unwrap();
    assert!((7..=27).contains(&left.count), "{left:?}");
    let come = all(&mut second).await;
    let sequences: Vec<_> = come.iter().map(Delivery::sequence).collect();
    let newer = sequences.iter().position(|sequence| *sequence > left.last).expect("some are newer");
    assert!(sequences[newer..].iter().all(|sequence| *sequence > left.last) && sequences[newer..].is_sorted(), "{left:?}: {sequences:?}");
    let by_place: BTreeMap<_, _> = come.iter().map(|delivery| (delivery.sequence(), delivery)).collect();
    let ids: Vec<u32> = by_place.values().map(|delivery| delivery.envelope().id.parse().unwrap()).collect();
    assert_eq!(ids, Vec::from_iter((0..30).filter(|id| ![0, 4, 7].contains(id))), "each that was not answered, once");
    assert_eq!(by_place[&given[9].sequence()].delivered(), 2, "its deliveries are counted on");
    assert_eq!(second.unanswered().await.unwrap().count, 27);
    given[1].ack().await.expect("done by the one before: it counts");
    assert_eq!(second.unanswered().await.unwrap().count, 26);
}

pub(crate) async fn a_partition_that_nobody_has_is_taken_over_as_it_is<W: World>() {
    let engine = W::new(settings()).client().await;
    let mut consumer = engine.consume(0).await.unwrap();
    assert_eq!(consumer.take_over(&BTreeSet::new()).await.unwrap().count, 0);
    let publisher = Publisher::take_over(engine.clone(), group(), Token::new(1)).await.unwrap();
    fill(&publisher, 0..3).await;
    assert_eq!(all(&mut consumer).await.len(), 3);
}

pub(crate) async fn a_poison_ends_though_its_owners_do<W: World>() {
    let world = W::new(settings());
    let engine = world.client().await;
    let publisher = Publisher::take_over(engine.clone(), group(), Token::new(1)).await.unwrap();
    fill(&publisher, 0..2).await;
    for life in 1..=3 {
        let mut consumer = world.client().await.consume(0).await.unwrap();
        consumer.take_over(&BTreeSet::new()).await.unwrap();
        let poison = next_within(&mut consumer, SOON).await.expect("it is delivered anew");
        assert_eq!((&*poison.envelope().id, poison.delivered()), ("0", life), "it kills every owner");
    }
    let mut consumer = engine.consume(0).await.unwrap();
    consumer.take_over(&BTreeSet::new()).await.unwrap();
    assert!(all(&mut consumer).await.iter().all(|delivery| &*delivery.envelope().id != "0"), "once too often");
    let letters = engine.dead_letters(0).await.unwrap();
    let mut said: Vec<_> = letters.iter().map(|letter| (letter.envelope.as_ref().map(|envelope| &*envelope.id), &letter.reason)).collect();
    said.sort_by_key(|(id, _)| *id);
    assert_eq!(said[0], (Some("0"), &Reason::Deliveries(3)));
}

pub(crate) async fn what_was_fetched_ahead_is_handed_back_at_the_end<W: World>() {
    let world = W::new(settings());
    let (engine, other) = (world.client().await, world.client().await);
    let publisher = Publisher::take_over(engine.clone(), group(), Token::new(1)).await.unwrap();
    fill(&publisher, 0..100).await;
    let mut first = engine.consume(0).await.unwrap();
    let mut in_hand = Vec::new();
    for _ in 0..3 {
        in_hand.push(next_within(&mut first, SOON).await.unwrap());
    }
    first.close().await.unwrap();
    let mut second = other.consume(0).await.unwrap();
    let come = all(&mut second).await;
    let mut ids: Vec<u32> = come.iter().map(|delivery| delivery.envelope().id.parse().unwrap()).collect();
    ids.sort_unstable();
    assert_eq!(ids, Vec::from_iter(3..100), "all but those in hand, and at once");
    for delivery in in_hand.iter().chain(&come) {
        delivery.ack().await.expect("what is in hand is answered after the end");
    }
    assert_eq!(second.unanswered().await.unwrap().count, 0);
}

pub(crate) async fn what_another_is_given_leaves_a_gap_and_is_taken_over_anew<W: World>() {
    let world = W::new(settings());
    let (engine, other) = (world.client().await, world.client().await);
    let publisher = Publisher::take_over(engine.clone(), group(), Token::new(1)).await.unwrap();
    let (mut owner, mut thief) = (engine.consume(0).await.unwrap(), other.consume(0).await.unwrap());
    owner.take_over(&BTreeSet::new()).await.unwrap();
    fill(&publisher, 0..2).await;
    let mut in_hand = all(&mut owner).await;
    assert_eq!((in_hand.len(), owner.has_gap()), (2, false));
    // It asks as the owner does: sooner or later it is given something.
    let mut published = 2;
    let stolen = loop {
        fill(&publisher, published..published + 1).await;
        published += 1;
        if let Some(stolen) = next_within(&mut thief, Duration::from_millis(200)).await {
            break stolen;
        }
        assert!(published < 300, "never");
    };
    drop(thief);
    fill(&publisher, published..published + 60).await;
    in_hand.extend(all(&mut owner).await);
    assert!(owner.has_gap(), "{} came, of {}", in_hand.len(), published + 60);

    let places: BTreeSet<_> = in_hand.iter().map(Delivery::sequence).collect();
    let left = owner.take_over(&places).await.unwrap();
    assert!(left.count > places.len() as u64 && !owner.has_gap(), "{left:?}");
    let anew = all(&mut owner).await;
    assert!(anew.iter().any(|delivery| delivery.sequence() == stolen.sequence() && delivery.delivered() == 2), "it came at once");
    assert!(anew.iter().all(|delivery| !places.contains(&delivery.sequence())), "what is in hand is left there");
    assert_eq!(in_hand.len() + anew.len(), published as usize + 60);
    assert!(!owner.has_gap());
}

pub(crate) async fn one_by_one_means_that_nothing_else_is_delivered<W: World>() {
    let world = W::new(settings());
    let (engine, other) = (world.client().await, world.client().await);
    let publisher = Publisher::take_over(engine.clone(), group(), Token::new(1)).await.unwrap();
    fill(&publisher, 0..10).await;
    let mut first = engine.consume(0).await.unwrap();
    first.one_by_one(true);
    let mut given = vec![next_within(&mut first, SOON).await.expect("the first")];
    first.one_by_one(false);
    given.push(next_within(&mut first, SOON).await.expect("the second"));
    first.one_by_one(true);
    drop(first);
    let mut second = other.consume(0).await.unwrap();
    second.one_by_one(true);
    second.take_over(&BTreeSet::new()).await.unwrap();
    assert_eq!(next_within(&mut second, SOON).await.expect("the oldest").sequence(), given[0].sequence());
    drop(second);
    let mut third = other.consume(0).await.unwrap();
    third.take_over(&BTreeSet::new()).await.unwrap();
    let come = all(&mut third).await;
    let delivered: BTreeMap<_, _> = come.iter().map(|delivery| (delivery.sequence(), delivery.delivered())).collect();
    let counts: Vec<_> = delivered.into_values().collect();
    assert_eq!(counts.len(), 10, "{counts:?}");
    assert_eq!(counts[..2], [3, 2], "the first one was given to each, the second to the first");
    assert!(counts[2..].iter().all(|count| *count <= 2), "{counts:?}: nobody but the first has fetched ahead");
}
