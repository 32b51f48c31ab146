//! How the partitions are spread over workers that come and go.

use std::time::Duration;

use tokio::time::sleep;

use crate::world::{Process, World, as_it_is, settings, takes};

fn parts<const N: usize>(processes: [&Process; N]) -> [u64; N] {
    processes.map(|process| process.worker.stats().partitions)
}

#[tokio::test(start_paused = true)]
async fn everything_is_worked_on_once_and_each_key_in_its_order() {
    let world = World::new(settings()).await;
    world.fill(400, 20).await;
    let workers = ["a", "b"].map(|name| world.start(name, as_it_is, takes(Duration::from_millis(30))));
    world.fill(0, 1).await;
    world.done(400, Duration::from_secs(20)).await;
    assert_eq!((world.account.repeats(), world.account.begun()), (0, 400));
    sleep(Duration::from_secs(1)).await;
    let stats = workers.each_ref().map(|process| process.worker.stats());
    assert_eq!(stats.iter().map(|stats| stats.done).sum::<u64>(), 400);
    assert!(stats.iter().all(|stats| (stats.in_hand, stats.running, stats.repeats) == (0, 0, 0)), "{stats:?}");
    assert_eq!(world.unanswered().await, 0);
}

#[tokio::test(start_paused = true)]
async fn partitions_follow_the_workers_and_no_more_of_them_than_must() {
    let world = World::new(settings()).await;
    let work = || takes(Duration::from_millis(10));
    let a = world.start("a", as_it_is, work());
    sleep(Duration::from_secs(3)).await;
    assert_eq!(parts([&a]), [4], "alone");
    let b = world.start("b", as_it_is, work());
    sleep(Duration::from_secs(6)).await;
    assert_eq!(parts([&a, &b]), [2, 2]);
    let c = world.start("c", as_it_is, work());
    sleep(Duration::from_secs(6)).await;
    let mut three = parts([&a, &b, &c]);
    three.sort_unstable();
    assert_eq!(three, [1, 1, 2]);
    b.worker.drain().await;
    sleep(Duration::from_secs(6)).await;
    assert_eq!(parts([&a, &b, &c]), [2, 0, 2]);
    let taken = [&a, &b, &c].map(|process| process.worker.stats().taken).iter().sum::<u64>();
    assert_eq!(taken, 4 + 2 + 1 + 1, "one goes to each newcomer that needs it, and back");
    a.kill();
    sleep(Duration::from_secs(20)).await;
    assert_eq!(parts([&c]), [4], "what was killed is not counted on");
}

#[tokio::test(start_paused = true)]
async fn more_workers_than_partitions_are_ready_all_the_same() {
    use relink_cluster::{Condition, Observed};
    let world = World::new(settings()).await;
    let workers = ["a", "b", "c", "d", "e", "f"].map(|name| world.start(name, as_it_is, takes(Duration::ZERO)));
    assert!(matches!(workers[0].worker.condition(), Condition::Unready(_)), "not yet");
    sleep(Duration::from_secs(10)).await;
    assert_eq!(workers.each_ref().map(|process| process.worker.stats().partitions).iter().sum::<u64>(), 4);
    for process in &workers {
        assert_eq!(process.worker.condition(), Condition::Ready);
    }
    workers[0].way.cut();
    sleep(Duration::from_secs(5)).await;
    assert!(matches!(workers[0].worker.condition(), Condition::Unready(_)), "the engine does not answer");
    workers[1].worker.drain().await;
    assert!(matches!(workers[1].worker.condition(), Condition::Unready(_)), "it has ended");
}
