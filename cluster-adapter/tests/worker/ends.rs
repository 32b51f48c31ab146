//! How a worker ends: as planned, killed, or cut off.

use std::time::Duration;

use relink_cluster::Engine;
use relink_cluster::worker::Outcome;
use tokio::time::{Instant, sleep};

use crate::world::{World, as_it_is, settings, takes};

/// So long nothing may wait here.
const ACK_WAIT: Duration = Duration::from_secs(30);

#[tokio::test(start_paused = true)]
async fn of_a_hundred_in_hand_none_waits_for_the_ack_timeout() {
    let world = World::new(settings()).await;
    let going = world.start("going", |builder| builder.concurrency(10).drain(Duration::from_secs(2)), takes(Duration::from_millis(1500)));
    sleep(Duration::from_secs(3)).await;
    world.fill(100, 50).await;
    sleep(Duration::from_millis(100)).await;
    let staying = world.start("staying", |builder| builder.concurrency(100), takes(Duration::ZERO));
    let began = Instant::now();
    let before = going.worker.stats();
    assert_eq!((before.in_hand, before.running, before.done), (100, 10, 0));
    going.worker.drain().await;
    assert!(began.elapsed() < Duration::from_secs(3), "ended after {:?}", began.elapsed());
    let after = going.worker.stats();
    assert_eq!((after.done, after.handed_back, after.abandoned, after.unsettled, after.in_hand), (10, 90, 0, 0, 0));
    let took = world.done(100, ACK_WAIT).await;
    assert!(took < Duration::from_secs(3), "the rest was done {took:?} later");
    assert_eq!((staying.worker.stats().done, world.account.repeats()), (90, 0));
    assert_eq!(world.unanswered().await, 0);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_finished_in_time_is_stopped_and_handed_back() {
    let world = World::new(settings()).await;
    let going = world.start("going", as_it_is, takes(Duration::from_secs(3600)));
    world.fill(100, 100).await;
    sleep(Duration::from_secs(3)).await;
    assert_eq!(going.worker.stats().running, 64);
    let began = Instant::now();
    going.worker.drain_within(Duration::from_secs(5)).await;
    assert!((5..7).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());
    let stats = going.worker.stats();
    assert_eq!((stats.handed_back, stats.abandoned, stats.running, stats.in_hand), (100, 64, 0, 0));
    assert_eq!(world.account.running(), 0);
    let _staying = world.start("staying", as_it_is, takes(Duration::ZERO));
    let took = world.done(100, ACK_WAIT).await;
    assert!(took < Duration::from_secs(3), "done {took:?} later");
}

#[tokio::test(start_paused = true)]
async fn a_killed_worker_is_succeeded_when_its_leases_end() {
    let world = World::new(settings()).await;
    let killed = world.start("killed", as_it_is, takes(Duration::from_millis(500)));
    sleep(Duration::from_secs(3)).await;
    world.fill(200, 40).await;
    sleep(Duration::from_millis(700)).await;
    let done = world.account.done();
    assert!(done > 0, "some are done");
    killed.kill();
    assert!(world.account.running() > 0);
    let began = Instant::now();
    let _staying = world.start("staying", as_it_is, takes(Duration::ZERO));
    world.done(200, ACK_WAIT * 2).await;
    let lease = settings().lease;
    assert!(began.elapsed() > lease * 8 / 10 && began.elapsed() < lease + Duration::from_secs(3), "{:?}", began.elapsed());
    assert_eq!(world.unanswered().await, 0);
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_is_cut_off_stops_before_another_begins() {
    let world = World::new(settings()).await;
    let cut = world.start("cut", as_it_is, takes(Duration::from_secs(40)));
    sleep(Duration::from_secs(3)).await;
    world.fill(200, 40).await;
    sleep(Duration::from_millis(100)).await;
    cut.way.cut();
    let (began, begun) = (Instant::now(), world.account.begun());
    // It must have let go of everything before the other one begins: the account sees whether a key is worked on twice.
    let _staying = world.start("staying", as_it_is, takes(Duration::from_secs(1)));
    while world.account.begun() == begun {
        sleep(Duration::from_millis(20)).await;
    }
    assert!(began.elapsed() < settings().lease + Duration::from_secs(3), "{:?}", began.elapsed());
    assert_eq!((cut.worker.stats().running, cut.worker.stats().partitions), (0, 0));
    world.done(200, ACK_WAIT * 2).await;
    sleep(Duration::from_secs(3)).await;
    assert_eq!(world.unanswered().await, 0);
}

#[tokio::test(start_paused = true)]
async fn a_job_that_was_done_while_cut_off_is_not_done_again_by_the_same() {
    let world = World::new(settings()).await;
    let cut = world.start("cut", as_it_is, takes(Duration::from_secs(1)));
    sleep(Duration::from_secs(3)).await;
    world.fill(20, 20).await;
    sleep(Duration::from_millis(100)).await;
    cut.way.cut();
    world.done(20, Duration::from_secs(3)).await;
    sleep(ACK_WAIT * 3).await;
    assert!(world.unanswered().await > 0, "nobody has heard of it");
    cut.way.mend();
    sleep(Duration::from_secs(20)).await;
    let stats = cut.worker.stats();
    assert_eq!((world.unanswered().await, world.account.repeats(), stats.done, stats.repeats), (0, 0, 20, 20), "{stats:?}");
}

#[tokio::test(start_paused = true)]
async fn a_job_may_take_longer_than_the_ack_timeout() {
    let world = World::new(settings()).await;
    let worker = world.start("patient", as_it_is, |job| async move {
        assert_eq!(job.delivered(), 1);
        sleep(ACK_WAIT * 5).await;
        Outcome::Done
    });
    world.fill(10, 1).await;
    world.done(10, ACK_WAIT * 60).await;
    sleep(Duration::from_secs(1)).await;
    let stats = worker.worker.stats();
    assert_eq!((stats.done, stats.panics, stats.repeats, world.account.begun()), (10, 0, 0, 10), "those behind it were kept, too");
    assert_eq!(world.unanswered().await, 0);
}

#[tokio::test(start_paused = true)]
async fn what_is_lost_on_its_way_is_fetched_before_what_comes_after_it() {
    let world = World::new(settings()).await;
    let process = world.start("a", as_it_is, takes(Duration::from_millis(100)));
    sleep(Duration::from_secs(3)).await;
    world.fill(20, 2).await;
    sleep(Duration::from_millis(250)).await;
    let done = world.account.done();
    assert!((4..20).contains(&done), "{done}");
    process.way.lose(7);
    let began = Instant::now();
    for number in 20..60 {
        world.publish(&format!("k{}", number % 2), &format!("later{number}")).await;
    }
    world.done(60, ACK_WAIT).await;
    assert!(began.elapsed() < Duration::from_secs(5), "nothing has waited for the ack timeout: {:?}", began.elapsed());
    assert_eq!((world.account.repeats(), world.account.begun()), (0, 60));
    sleep(Duration::from_secs(1)).await;
    assert_eq!(world.unanswered().await, 0);
}

#[tokio::test(start_paused = true)]
async fn what_goes_astray_for_a_while_is_no_dead_letter() {
    let world = World::new(settings()).await;
    let process = world.start("a", as_it_is, takes(Duration::from_millis(2)));
    sleep(Duration::from_secs(3)).await;
    process.way.lead_astray(world.engine.settings().asked_for());
    for number in 0..300 {
        world.publish(&format!("k{}", number % 20), &format!("e{number:04}")).await;
        sleep(Duration::from_millis(10)).await;
    }
    world.done(300, ACK_WAIT).await;
    assert_eq!(world.engine.dead_letters(0).await.unwrap(), [], "nobody has failed at any of them");
    sleep(Duration::from_secs(1)).await;
    assert_eq!((world.unanswered().await, world.account.begun()), (0, 300));
}
