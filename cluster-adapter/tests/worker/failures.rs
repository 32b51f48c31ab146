//! What becomes of jobs that fail.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use relink_cluster::worker::{Followers, Job, Outcome, Retries};
use relink_cluster::{DeadLetter, Engine, Reason, Settings};
use relink_core::{Backoff, Jitter};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep, timeout};

use crate::world::{World, as_it_is, settings};

/// Tries after 1, 2 and 4 s.
fn four_tries(followers: Followers) -> Retries {
    Retries { tries: 4, backoff: Backoff { jitter: Jitter::None, ..Backoff::INTERACTIVE }, followers }
}

async fn dead(world: &World) -> Vec<(String, String)> {
    let letters = world.engine.dead_letters(0).await.unwrap();
    let told = |letter: &DeadLetter| {
        let reason = match &letter.reason {
            Reason::Said(reason) => reason.to_string(),
            Reason::Deliveries(count) => format!("{count} deliveries"),
        };
        (letter.envelope.as_ref().unwrap().id.to_string(), reason)
    };
    letters.iter().map(told).collect()
}

#[tokio::test(start_paused = true)]
async fn a_poison_is_a_dead_letter_after_its_tries_and_its_key_goes_on() {
    for (followers, waited) in [(Followers::Wait, 7), (Followers::Pass, 0)] {
        let world = World::new(settings()).await;
        world.account.gives_up("poison");
        if followers == Followers::Pass {
            world.account.followers_pass();
        }
        let tries = Arc::new(Mutex::new(Vec::new()));
        let seen = tries.clone();
        let _worker = world.start(
            "a",
            |builder| builder.retries(four_tries(followers)),
            move |job| {
                let seen = seen.clone();
                async move {
                    if job.id() == "poison" {
                        seen.lock().unwrap().push((job.attempt(), Instant::now()));
                        return Outcome::Retry("it does not agree with me".into());
                    }
                    Outcome::Done
                }
            },
        );
        sleep(Duration::from_secs(3)).await;
        let began = Instant::now();
        world.publish("k", "poison").await;
        world.publish("k", "after").await;
        world.publish("other", "beside").await;
        let took = world.done(2, Duration::from_secs(60)).await;
        assert_eq!((took.as_millis() + 100) / 1000, waited, "{followers:?}");
        sleep(Duration::from_secs(10)).await;
        assert_eq!(dead(&world).await, [("poison".into(), "it does not agree with me (try 4, the last)".into())]);
        let tries: Vec<_> = tries.lock().unwrap().iter().map(|(attempt, at)| (*attempt, (*at - began).as_secs())).collect();
        assert_eq!(tries, [(1, 0), (2, 1), (3, 3), (4, 7)]);
        assert_eq!(world.unanswered().await, 0);
    }
}

#[tokio::test(start_paused = true)]
async fn what_nobody_can_do_is_a_dead_letter_at_once_and_a_panic_is_a_failed_try() {
    let world = World::new(settings()).await;
    ["hopeless", "panics"].iter().for_each(|id| world.account.gives_up(id));
    let worker = world.start(
        "a",
        |builder| builder.retries(four_tries(Followers::Wait)),
        |job| async move {
            match job.id() {
                "hopeless" => Outcome::Dead("no such channel".into()),
                "panics" => panic!("at try {}", job.attempt()),
                "clumsy" if job.attempt() < 3 => panic!("with no harm"),
                _ => Outcome::Done,
            }
        },
    );
    for id in ["hopeless", "panics", "clumsy", "good"] {
        world.publish("k", id).await;
    }
    world.done(2, Duration::from_secs(60)).await;
    sleep(Duration::from_secs(1)).await;
    let expected = [("hopeless", "no such channel"), ("panics", "the handler panicked: at try 4 (try 4, the last)")];
    assert_eq!(dead(&world).await, expected.map(|(id, reason)| (id.to_owned(), reason.to_owned())));
    let stats = worker.worker.stats();
    assert_eq!((stats.done, stats.dead, stats.panics, stats.retries), (2, 2, 6, 5), "{stats:?}");
}

#[tokio::test(start_paused = true)]
async fn tries_are_counted_on_by_the_next_worker() {
    let world = World::new(settings()).await;
    world.account.gives_up("poison");
    let attempts = Arc::new(Mutex::new(Vec::new()));
    let mut names = ["a", "b", "c", "d"].into_iter();
    world.publish("k", "poison").await;
    while dead(&world).await.is_empty() {
        let (seen, name) = (attempts.clone(), names.next().expect("four tries"));
        let process = world.start(
            name,
            |builder| builder.retries(four_tries(Followers::Wait)),
            move |job| {
                seen.lock().unwrap().push(job.attempt());
                async { Outcome::Retry("no".into()) }
            },
        );
        sleep(Duration::from_millis(2200)).await;
        process.worker.drain().await;
    }
    let attempts = attempts.lock().unwrap().clone();
    assert!(attempts.is_sorted() && attempts.last() == Some(&4), "{attempts:?}");
}

#[tokio::test(start_paused = true)]
async fn a_poison_that_kills_ends_at_the_limit_of_deliveries() {
    let world = World::new(Settings { max_deliver: 3, ..settings() }).await;
    world.account.gives_up("poison");
    world.publish("k", "poison").await;
    let work = |job: Job| async move {
        if job.id() == "poison" {
            sleep(Duration::from_secs(3600)).await;
        }
        Outcome::Done
    };
    for (name, begun) in [("a", 1), ("b", 2), ("c", 3)] {
        let process = world.start(name, as_it_is, work);
        sleep(settings().lease + Duration::from_secs(5)).await;
        assert_eq!((world.account.begun(), process.worker.stats().running), (begun, 1), "{name} has it");
        process.kill();
    }
    world.publish("k", "after").await;
    let _survives = world.start("d", as_it_is, work);
    world.done(1, settings().lease + Duration::from_secs(5)).await;
    assert_eq!(dead(&world).await, [("poison".into(), "3 deliveries".into())]);
}

#[tokio::test(start_paused = true)]
async fn a_poison_that_kills_takes_nothing_with_it() {
    let world = World::new(Settings { partitions: 1, ..settings() }).await;
    world.account.gives_up("poison");
    // The poison is the first that is begun, and everybody dies of it at once.
    world.publish("k", "poison").await;
    world.fill(60, 20).await;
    world.publish("k", "behind").await;
    let (mut lives, began) = (0, Instant::now());
    while world.account.done() < 61 {
        assert!(began.elapsed() < Duration::from_secs(600), "{lives} lives, {} done", world.account.done());
        let dies = Arc::new(Notify::new());
        let (deadly, name) = (dies.clone(), ["a", "b", "c", "d", "e", "f", "g", "h"][lives]);
        let process = world.start(
            name,
            |builder| builder.concurrency(1),
            move |job: Job| {
                let deadly = deadly.clone();
                async move {
                    if job.id() == "poison" {
                        deadly.notify_one();
                        std::future::pending::<()>().await;
                    }
                    sleep(Duration::from_millis(10)).await;
                    Outcome::Done
                }
            },
        );
        lives += 1;
        let _ = timeout(Duration::from_secs(60), dies.notified()).await;
        process.kill();
    }
    assert_eq!(dead(&world).await, [("poison".into(), "5 deliveries".into())]);
    assert_eq!(lives, 6, "five died of it");
}

#[tokio::test(start_paused = true)]
async fn a_slow_key_holds_up_no_other() {
    let world = World::new(settings()).await;
    let _worker = world.start(
        "a",
        |builder| builder.concurrency(4),
        |job| async move {
            sleep(if job.key() == "slow" { Duration::from_secs(20) } else { Duration::from_millis(10) }).await;
            Outcome::Done
        },
    );
    sleep(Duration::from_secs(3)).await;
    let began = Instant::now();
    for number in 0..10 {
        world.publish("slow", &format!("s{number}")).await;
    }
    world.fill(100, 10).await;
    world.done(100, Duration::from_secs(5)).await;
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    let by: BTreeMap<_, _> = (0..10).map(|number| (number, world.account.done_by(&format!("s{number}")).len())).collect();
    assert!(by.values().all(|times| *times == 0), "{by:?}");
}
