//! How a lead ends: with time to drain, without, because of a newer token, or not at all.

use std::sync::atomic::Ordering;
use std::time::Duration;

use relink_cluster::receiver::{Options, Why};
use relink_cluster::{Publisher, Settings, Token};
use tokio::time::{Instant, sleep, timeout};

use crate::world::{World, group};

const LEASE: Duration = Duration::from_secs(15);
const MARGIN: Duration = Duration::from_secs(3);

#[tokio::test(start_paused = true)]
async fn a_stop_finishes_what_is_in_hand_and_the_next_one_takes_over_at_once() {
    let world = World::new();
    let leader = world.leader(Options::default()).await;
    let _next = world.replica("pod-2", Options::default());
    for number in 0..100 {
        world.peer.deliver(&number.to_string(), "k");
    }
    let began = Instant::now();
    leader.receiver.stop().await;
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    assert_eq!(world.peer.acked().len(), 100, "what was handed out is acknowledged");
    assert_eq!(world.peer.book().drained.len(), 1);
    world.peer.until(|book| book.dials.len() == 2).await;
    assert!(began.elapsed() < Duration::from_secs(3), "the lease was given back: {:?}", began.elapsed());
    assert_eq!(world.peer.book().most_live, 1);
    assert_eq!(world.stored_ids().await.len(), 100);
}

#[tokio::test(start_paused = true)]
async fn a_stop_that_cannot_finish_drops_the_rest_in_time() {
    let world = World::new();
    let leader = world.leader(Options::default()).await;
    leader.engine.line().queue_is_silent.store(true, Ordering::Relaxed);
    world.peer.deliver("a", "k");
    let began = Instant::now();
    leader.receiver.stop().await;
    assert!(began.elapsed() <= Duration::from_millis(2500), "the drain's two seconds: {:?}", began.elapsed());
    assert_eq!((world.peer.live(), world.peer.acked().len()), (0, 0));
    assert_eq!(leader.receiver.stats().left_because(Why::LeadOver), 1);
}

#[tokio::test(start_paused = true)]
async fn a_leader_whose_lease_is_not_answered_for_is_gone_before_it_can_end() {
    let world = World::new();
    let leader = world.leader(Options::default()).await;
    let _next = world.replica("pod-2", Options::default());
    sleep(Duration::from_secs(30)).await;
    leader.engine.line().leases_are_silent.store(true, Ordering::Relaxed);
    let cut = Instant::now();
    let peer = world.peer.clone();
    let pouring = tokio::spawn(async move {
        for number in 0..4000 {
            peer.deliver_as(&number.to_string(), &format!("k{}", number % 7), relink_cluster::receiver::Nature::ComesAgain);
            sleep(Duration::from_millis(10)).await;
        }
    });
    world.peer.until(|book| book.dials.len() == 2).await;
    let dials: Vec<_> = world.peer.book().dials.iter().map(|(token, _)| *token).collect();
    let (old, new) = (dials[0], dials[1]);
    assert!(cut.elapsed() <= LEASE + Duration::from_secs(2), "{:?}", cut.elapsed());
    pouring.await.unwrap();
    let acked = judge_the_book(&world, old, new, cut);
    assert!(acked.len() > 2000, "{}", acked.len());
    assert_eq!(world.stored_ids().await, acked, "acknowledged is stored");
}

/// The ids that were acknowledged.
fn judge_the_book(world: &World, old: u64, new: u64, cut: Instant) -> Vec<String> {
    let book = world.peer.book();
    let gone = book.gone.iter().find(|(token, _)| *token == old).unwrap().1;
    assert!(gone - cut <= LEASE - MARGIN, "it was renewed at most when the line was cut: {:?}", gone - cut);
    assert_eq!(book.drained, [old], "with time to drain");
    assert_eq!(book.most_live, 1);
    let last_of_old = book.acked.iter().filter(|acked| acked.by == old).map(|acked| acked.at).max().unwrap();
    let first_of_new = book.acked.iter().filter(|acked| acked.by == new).map(|acked| acked.at).min().unwrap();
    assert!(last_of_old + MARGIN / 2 < first_of_new, "never two that acknowledge");
    book.acked.iter().map(|acked| acked.id.clone()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_newer_token_ends_the_lead_at_once() {
    let world = World::new();
    let leader = world.leader(Options::default()).await;
    world.peer.deliver("before", "k");
    world.peer.until(|book| book.acked.len() == 1).await;
    let newer = Publisher::take_over(world.engine().clone(), group(), Token::new(1000)).await.unwrap();
    world.peer.deliver("behind", "k");
    world.peer.until(|book| book.gone.len() == 1).await;
    assert_eq!(world.peer.acked(), ["before"]);
    assert_eq!(world.stored_ids().await, ["before"], "nothing new stands behind the markers");
    let stats = leader.receiver.stats();
    assert_eq!((stats.fenced, stats.left_because(Why::LeadOver), stats.in_hand), (1, 1, 0));
    drop(newer);
    assert!(!leader.receiver.stats().is_up);
}

#[tokio::test(start_paused = true)]
async fn a_driver_that_is_dropped_leaves_nothing() {
    let world = World::new();
    let engine = world.engine().clone();
    let holder = relink_cluster::Holder::new("pod").unwrap();
    let election = relink_cluster::Election::builder(engine.clone(), group(), holder).clock(relink_tokio::Clock::tokio()).spawn();
    let (_receiver, driver) = relink_cluster::receiver::Receiver::builder(engine, election, world.peer.clone()).build();
    assert!(timeout(Duration::from_secs(5), driver).await.is_err(), "it goes on");
    let dials = world.peer.book().dials.len();
    assert_eq!((dials, world.peer.live()), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn five_at_once_are_one_connection() {
    let world = World::new();
    let replicas: Vec<_> = (0..5).map(|number| world.replica(&format!("pod-{number}"), Options::default())).collect();
    sleep(Duration::from_secs(600)).await;
    let book = world.peer.book();
    assert_eq!((book.dials.len(), book.most_live), (1, 1));
    assert_eq!(replicas.iter().filter(|replica| replica.receiver.stats().is_up).count(), 1);
}

#[tokio::test(start_paused = true)]
async fn dialling_fails_for_ten_minutes_and_the_lease_stays() {
    let world = World::new();
    world.peer.book().refuses = true;
    let replicas: Vec<_> = (0..3).map(|number| world.replica(&format!("pod-{number}"), Options::default())).collect();
    sleep(Duration::from_secs(600)).await;
    let token = world.peer.book().dials[0].0;
    assert!(world.peer.book().dials.iter().all(|(other, _)| *other == token), "no ping-pong");
    assert!((18..=21).contains(&world.peer.book().dials.len()), "as often as the source dials: {}", world.peer.book().dials.len());
    world.peer.book().refuses = false;
    world.peer.connected().await;
    world.peer.deliver("a", "k");
    world.peer.until(|book| book.acked.len() == 1).await;
    assert_eq!(world.peer.book().acked[0].by, token);
    assert_eq!(replicas.iter().map(|replica| replica.receiver.stats().leads).sum::<u64>(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_process_that_was_stopped_does_nothing_more_in_its_leads_name() {
    let world = World::new();
    let leader = world.leader(Options::default()).await;
    sleep(Duration::from_secs(10)).await;
    let old = world.peer.book().dials[0].0;
    for number in 0..20 {
        world.peer.deliver(&number.to_string(), &format!("key-{number}"));
    }
    // They are on their way to the queue when the process is stopped; their answers are there when it goes on.
    sleep(Duration::from_millis(1)).await;
    assert_eq!(leader.receiver.stats().in_hand, 20);
    tokio::time::advance(Duration::from_secs(20)).await;
    world.peer.until(|book| book.dials.len() == 2).await;
    let new = world.peer.book().dials[1].0;
    assert!(new > old, "it leads again, as another");
    assert_eq!(world.peer.acked().len(), 0, "nothing is acknowledged without a lead");
    let stats = leader.receiver.stats();
    assert_eq!((stats.left_because(Why::LeadOver), stats.leads, stats.in_hand), (20, 2, 0));
}

#[tokio::test(start_paused = true)]
async fn quiet_lanes_are_looked_after() {
    let max_age = Duration::from_secs(1200);
    let world = World::with(Settings { max_age, duplicate_window: max_age, lanes: 4, ..World::settings() });
    let leader = world.leader(Options::default()).await;
    sleep(Duration::from_secs(3600)).await;
    for key in 0..20 {
        world.peer.deliver(&key.to_string(), &format!("key-{key}"));
    }
    world.peer.until(|book| book.acked.len() == 20).await;
    assert_eq!((leader.receiver.stats().fenced, leader.receiver.stats().leads), (0, 1), "the lanes have not forgotten whose they are");
}

#[tokio::test(start_paused = true)]
async fn who_cannot_be_connected_for_long_lets_another_one_try() {
    let world = World::new();
    let replicas: Vec<_> = (0..2).map(|number| world.replica(&format!("pod-{number}"), Options::default())).collect();
    world.peer.connected().await;
    sleep(Duration::from_secs(3600)).await;
    world.peer.go_away();
    let away = Instant::now();
    sleep(Duration::from_secs(800)).await;
    assert_eq!(replicas.iter().map(|replica| replica.receiver.stats().leads).sum::<u64>(), 1, "not yet");
    sleep(Duration::from_secs(200)).await;
    assert!(replicas.iter().all(|replica| replica.receiver.stats().leads == 1), "after {:?} it is the other one's turn", away.elapsed());
}
