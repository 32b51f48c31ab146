//! The queue falls silent: what is not confirmed in time is not acknowledged, or as it was chosen.

use std::sync::atomic::Ordering;
use std::time::Duration;

use relink_cluster::receiver::{Nature, Options, Unconfirmed, Why};
use tokio::time::{Instant, sleep};

use crate::peer::WITHIN;
use crate::world::World;

/// All before the lease notices: it is renewed over another line here.
const MOMENT: Duration = Duration::from_millis(100);

#[tokio::test(start_paused = true)]
async fn what_is_not_confirmed_in_time_is_not_acknowledged_and_comes_again() {
    let world = World::new();
    let leader = world.leader(Options::default()).await;
    leader.engine.line().queue_is_silent.store(true, Ordering::Relaxed);
    for number in 0..10 {
        world.peer.deliver(&number.to_string(), "k");
    }
    sleep(WITHIN - MOMENT).await;
    assert_eq!(leader.receiver.stats().in_hand, 10);
    sleep(MOMENT * 2).await;
    assert_eq!(leader.receiver.stats().in_hand, 0, "those that wait behind another have no more time than the first");
    assert_eq!((leader.receiver.stats().left_because(Why::Unconfirmed), world.peer.acked().len()), (10, 0));
    leader.engine.line().queue_is_silent.store(false, Ordering::Relaxed);
    for number in 0..10 {
        world.peer.deliver(&number.to_string(), "k");
    }
    world.peer.until(|book| book.acked.len() == 10).await;
    assert_eq!(world.stored_ids().await, world.peer.acked());
    assert_eq!(world.peer.book().dials.len(), 1, "the same lead");
}

#[tokio::test(start_paused = true)]
async fn what_was_stored_although_nobody_said_so_is_known_when_it_comes_again() {
    let world = World::new();
    let leader = world.leader(Options::default()).await;
    leader.engine.line().queue_hears.store(true, Ordering::Relaxed);
    leader.engine.line().queue_is_silent.store(true, Ordering::Relaxed);
    world.peer.deliver("a", "k");
    sleep(WITHIN + MOMENT).await;
    assert_eq!(world.peer.acked().len(), 0);
    leader.engine.line().queue_hears.store(false, Ordering::Relaxed);
    leader.engine.line().queue_is_silent.store(false, Ordering::Relaxed);
    world.peer.deliver("a", "k");
    world.peer.deliver("b", "k");
    world.peer.until(|book| book.acked.len() == 2).await;
    assert_eq!(world.stored_ids().await, ["a", "b"]);
    assert_eq!(leader.receiver.stats().duplicates, 1);
    assert_eq!(leader.receiver.stats().fenced, 0, "its own entry is no fence");
}

#[tokio::test(start_paused = true)]
async fn a_short_silence_costs_nothing() {
    let world = World::new();
    let leader = world.leader(Options::default()).await;
    leader.engine.line().queue_is_silent.store(true, Ordering::Relaxed);
    world.peer.deliver("a", "k");
    sleep(Duration::from_secs(1)).await;
    leader.engine.line().queue_is_silent.store(false, Ordering::Relaxed);
    world.peer.until(|book| book.acked.len() == 1).await;
    assert_eq!((leader.receiver.stats().retries, leader.receiver.stats().stored), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn it_is_acknowledged_all_the_same_where_that_was_chosen_and_stored_later() {
    let world = World::new();
    let unconfirmed = Unconfirmed::Acknowledge { then_try_for: Duration::from_secs(60) };
    let leader = world.leader(Options { unconfirmed, ..Options::default() }).await;
    leader.engine.line().queue_is_silent.store(true, Ordering::Relaxed);
    let began = Instant::now();
    for id in ["a", "b", "c"] {
        world.peer.deliver(id, "k");
    }
    sleep(WITHIN + MOMENT).await;
    assert_eq!(world.peer.acked().len(), 3);
    assert!(world.peer.book().acked.iter().all(|acked| acked.at >= began + WITHIN), "not before it must be");
    sleep(Duration::from_secs(5)).await;
    leader.engine.line().queue_is_silent.store(false, Ordering::Relaxed);
    sleep(Duration::from_secs(3)).await;
    assert_eq!(world.stored_ids().await, ["a", "b", "c"], "in their order");
    let stats = leader.receiver.stats();
    assert_eq!((stats.acknowledged_unconfirmed, stats.acknowledged, stats.stored, stats.in_hand), (3, 3, 3, 0));

    leader.engine.line().queue_is_silent.store(true, Ordering::Relaxed);
    world.peer.deliver("lost", "k");
    sleep(Duration::from_secs(70)).await;
    assert_eq!(leader.receiver.stats().lost_because(Why::Unconfirmed), 1, "tried for so long and no longer");
    assert_eq!(leader.receiver.stats().in_hand, 0);
}

#[tokio::test(start_paused = true)]
async fn what_never_comes_again_is_counted_as_lost() {
    let world = World::new();
    let leader = world.leader(Options::default()).await;
    leader.engine.line().queue_is_silent.store(true, Ordering::Relaxed);
    assert!(world.peer.deliver_as("pressed", "k", Nature::Question));
    assert!(world.peer.deliver_as("told", "k", Nature::Once));
    sleep(WITHIN + MOMENT).await;
    let stats = leader.receiver.stats();
    assert_eq!((stats.lost_because(Why::Unconfirmed), stats.unanswered_questions, stats.left_because(Why::Unconfirmed)), (2, 1, 0));
}
