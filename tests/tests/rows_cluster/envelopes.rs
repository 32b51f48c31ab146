//! Envelopes of each kind, from Slack to the queue or a worker, and back.

use std::time::Duration;

use relink_cluster::receiver::{Options, Questions, read};
use relink_cluster::{Answers, Engine, Question};
use relink_tests::slack::{Fate, Kind, Worth, payload};
use tokio::time::sleep;

use crate::rig::Rig;

#[tokio::test(start_paused = true)]
async fn each_kind_is_stored_as_it_came_and_then_acknowledged() {
    let rig = Rig::start().await;
    let replica = rig.leader(Options::default()).await;
    let sent: Vec<_> = Kind::ALL.into_iter().map(|kind| (kind, payload(kind, 7, "\u{1f600} \"hello\""))).collect();
    for (kind, payload) in &sent {
        rig.slack.send(*kind, payload.clone());
    }
    let book = rig.until(|book| book.fated(Fate::Acknowledged).count() == 3).await;
    assert!(book.envelopes.values().all(|envelope| envelope.acks.len() == 1 && envelope.acks[0].payload.is_none()));
    let stored = rig.stored().await;
    for (kind, payload) in &sent {
        let found = stored.iter().any(|(_, stored)| {
            let body = read(stored.as_bytes()).unwrap();
            body.kind.as_str() == kind.as_str() && body.payload == payload
        });
        assert!(found, "{kind}");
    }
    assert!(stored.iter().any(|(id, _)| id == "Ev0FAKE000007"), "an event's own id");
    assert_eq!((stored.len(), replica.receiver.stats().stored), (3, 3));
}

#[tokio::test(start_paused = true)]
async fn an_event_that_comes_again_in_another_envelope_is_known() {
    let rig = Rig::start().await;
    let replica = rig.leader(Options::default()).await;
    let event = payload(Kind::EventsApi, 7, "hello");
    for _ in 0..2 {
        rig.slack.send(Kind::EventsApi, event.clone());
    }
    rig.until(|book| book.fated(Fate::Acknowledged).count() == 2).await;
    assert_eq!(rig.stored().await.len(), 1);
    assert_eq!(replica.receiver.stats().duplicates, 1);
}

#[tokio::test(start_paused = true)]
async fn a_workers_answer_goes_with_the_acknowledgement() {
    let rig = Rig::start().await;
    let options = Options { questions: Questions::Ask, ..Options::default() };
    let replica = rig.leader(options).await;
    let mut answers = rig.engine.answers().await.unwrap();
    let large = format!("\"{}\"", "x".repeat(30_000));
    let worker = tokio::spawn(async move {
        for answer in [r#"{"text":"done"}"#, large.as_str(), ""] {
            let question = answers.next().await.unwrap().unwrap();
            sleep(Duration::from_secs(1)).await;
            question.answer(answer.to_owned().into()).await.unwrap();
        }
    });
    let mut acked = Vec::new();
    for number in 0..3 {
        let id = rig.slack.send(Kind::SlashCommands, payload(Kind::SlashCommands, number, "do"));
        let book = rig.until(|book| book.envelopes[&id].fate == Fate::Acknowledged).await;
        assert_eq!(book.envelopes[&id].acks_worth(Worth::Good), 1);
        acked.push(book.envelopes[&id].acks[0].payload.clone());
    }
    assert_eq!(acked, [Some(r#"{"text":"done"}"#.to_owned()), None, None], "one that is too large is left out");
    assert_eq!((replica.receiver.stats().answered, replica.receiver.stats().answers_refused), (3, 1));
    assert!(rig.stored().await.is_empty());
    worker.await.unwrap();
}
