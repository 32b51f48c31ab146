//! What goes well: stored in order, acknowledged after, known when it comes again.

use std::time::Duration;

use relink_cluster::receiver::{Options, Why};
use tokio::time::sleep;

use crate::world::World;

#[tokio::test(start_paused = true)]
async fn what_comes_in_is_stored_in_the_order_of_its_key_and_then_acknowledged() {
    let world = World::new();
    let leader = world.leader(Options::default()).await;
    let ids = |key: usize| (0..50).map(move |number| format!("{key}-{number}"));
    for number in 0..50 {
        for key in 0..10 {
            world.peer.deliver(&format!("{key}-{number}"), &format!("key-{key}"));
        }
    }
    world.peer.until(|book| book.acked.len() == 500).await;
    let (stored, acked) = (world.stored_ids().await, world.peer.acked());
    assert_eq!(stored.len(), 500);
    for key in 0..10 {
        let of_key = |all: &[String]| all.iter().filter(|id| id.starts_with(&format!("{key}-"))).cloned().collect::<Vec<_>>();
        assert_eq!(of_key(&stored), ids(key).collect::<Vec<_>>(), "key {key}");
        assert_eq!(of_key(&acked), ids(key).collect::<Vec<_>>(), "acknowledged in that order, too");
    }
    let stats = leader.receiver.stats();
    assert_eq!((stats.received, stats.stored, stats.acknowledged, stats.in_hand), (500, 500, 500, 0));
}

#[tokio::test(start_paused = true)]
async fn a_slow_lane_holds_up_nobody_else() {
    let world = World::new();
    let _leader = world.leader(Options::default()).await;
    let began = tokio::time::Instant::now();
    for number in 0..200 {
        world.peer.deliver(&format!("same-{number}"), "same");
    }
    world.peer.deliver("other", "another");
    world.peer.until(|book| book.acked.iter().any(|acked| acked.id == "other")).await;
    assert!(
        began.elapsed() < Duration::from_millis(20),
        "two hundred are before it, 2 ms each, but in another lane: {:?}",
        began.elapsed()
    );
    world.peer.until(|book| book.acked.len() == 201).await;
}

#[tokio::test(start_paused = true)]
async fn what_comes_again_is_stored_once_and_acknowledged_again() {
    let world = World::new();
    let leader = world.leader(Options::default()).await;
    for id in ["a", "b", "a", "a"] {
        world.peer.deliver(id, "k");
    }
    world.peer.until(|book| book.acked.len() == 4).await;
    assert_eq!(world.stored_ids().await, ["a", "b"]);
    assert_eq!((leader.receiver.stats().stored, leader.receiver.stats().duplicates), (2, 2));
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_held_is_left_to_come_again() {
    let world = World::new();
    let leader = world.leader(Options { in_hand_max: 5, ..Options::default() }).await;
    for number in 0..20 {
        world.peer.deliver(&number.to_string(), "k");
    }
    sleep(Duration::from_secs(1)).await;
    assert_eq!(world.peer.acked(), ["0", "1", "2", "3", "4"]);
    assert_eq!(world.stored_ids().await, world.peer.acked(), "what is not acknowledged was not stored");
    assert_eq!(leader.receiver.stats().left_because(Why::Beyond), 15);
    world.peer.deliver("5", "k");
    world.peer.until(|book| book.acked.len() == 6).await;
}

#[tokio::test(start_paused = true)]
async fn what_the_queue_never_takes_is_told_and_harms_no_other() {
    let world = World::new();
    let leader = world.leader(Options::default()).await;
    world.peer.deliver("a space", "k");
    world.peer.deliver("good", "k");
    world.peer.until(|book| book.acked.len() == 1).await;
    assert_eq!(world.peer.acked(), ["good"]);
    assert_eq!(leader.receiver.stats().left_because(Why::Refused), 1);
}
