//! What somebody waits for: asked of a worker, its answer put into the acknowledgement, within the time that is left.

use std::time::Duration;

use relink_cluster::receiver::{Nature, Options, Questions, Why};
use relink_cluster::{Answers, Engine, Heard, InProcess, Question};
use tokio::time::{Instant, sleep};

use crate::peer::WITHIN;
use crate::world::World;

fn asks() -> Options {
    Options { questions: Questions::Ask, ..Options::default() }
}

/// Answers after so long, for ever.
async fn worker(engine: InProcess, after: Duration) {
    let mut answers = engine.answers().await.unwrap();
    while let Ok(Some(question)) = answers.next().await {
        sleep(after).await;
        let answer = format!("\"for {}\"", question.envelope().id);
        let heard = question.answer(answer.into()).await.unwrap();
        assert_eq!(heard, if after < WITHIN { Heard::InTime } else { Heard::TooLate });
    }
}

#[tokio::test(start_paused = true)]
async fn the_answer_goes_with_the_acknowledgement_and_nothing_is_stored() {
    let world = World::new();
    let leader = world.leader(asks()).await;
    let worker = tokio::spawn(worker(world.engine().clone(), Duration::from_secs(2)));
    sleep(Duration::from_millis(10)).await;
    let asked = Instant::now();
    assert!(world.peer.deliver_as("pressed", "k", Nature::Question));
    world.peer.deliver("event", "k");
    world.peer.until(|book| book.acked.len() == 2).await;
    let acked = world.peer.book().acked.clone();
    assert_eq!((acked[0].id.as_str(), acked[0].answer.clone()), ("event", None), "an event goes through the queue and does not wait");
    assert_eq!((acked[1].id.as_str(), acked[1].answer.as_deref()), ("pressed", Some("\"for pressed\"")));
    assert!(acked[1].at >= asked + Duration::from_secs(2));
    assert_eq!(world.stored_ids().await, ["event"]);
    assert_eq!(leader.receiver.stats().answered, 1);
    worker.abort();
}

#[tokio::test(start_paused = true)]
async fn who_is_too_slow_is_not_waited_for() {
    let world = World::new();
    let leader = world.leader(asks()).await;
    let worker = tokio::spawn(worker(world.engine().clone(), Duration::from_secs(4)));
    sleep(Duration::from_millis(10)).await;
    assert!(world.peer.deliver_as("pressed", "k", Nature::Question));
    sleep(WITHIN + Duration::from_millis(10)).await;
    let stats = leader.receiver.stats();
    assert_eq!((stats.lost_because(Why::Unanswered), stats.unanswered_questions, stats.in_hand), (1, 1, 0));
    sleep(Duration::from_secs(5)).await;
    assert!(!worker.is_finished(), "it learned that it was too late");
    assert!(world.peer.acked().is_empty());
    worker.abort();
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_comes_in_time_is_asked() {
    let world = World::new();
    let leader = world.leader(asks()).await;
    assert!(world.peer.deliver_as("pressed", "k", Nature::Question));
    sleep(Duration::from_secs(1)).await;
    assert_eq!(leader.receiver.stats().in_hand, 1, "nobody listens yet");
    let worker = tokio::spawn(worker(world.engine().clone(), Duration::ZERO));
    world.peer.until(|book| book.acked.len() == 1).await;
    assert_eq!(world.peer.book().acked[0].answer.as_deref(), Some("\"for pressed\""));
    worker.abort();
}

#[tokio::test(start_paused = true)]
async fn it_goes_through_the_queue_where_that_was_chosen() {
    let world = World::new();
    let _leader = world.leader(Options::default()).await;
    assert!(world.peer.deliver_as("pressed", "k", Nature::Question));
    world.peer.until(|book| book.acked.len() == 1).await;
    assert_eq!(world.peer.book().acked[0].answer, None);
    assert_eq!(world.stored_ids().await, ["pressed"]);
}
