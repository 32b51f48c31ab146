//! A stop in each phase: within the bound, and nothing is left.

use std::time::{Duration, Instant};

use relink_tests::slack::{CallTrouble, FakeSlack, LinkTrouble, Reason, Trouble};

use relink_tokio::slack::AckError;

use crate::rig::{Rig, settings};

async fn in_trouble(calls: Option<CallTrouble>, links: Option<LinkTrouble>) -> Rig {
    let slack = FakeSlack::start(settings()).await.unwrap();
    slack.script_calls(calls.map(Trouble::always));
    slack.script_links(links.map(Trouble::always));
    Rig::with(slack, |builder| builder).await
}

#[tokio::test]
async fn in_every_phase() {
    let url = in_trouble(Some(CallTrouble::Hang), None).await;
    url.until(|book| book.calls.len() == 1).await;
    url.end().await;

    let dial = in_trouble(None, Some(LinkTrouble::Hang)).await;
    dial.until(|book| book.dials.len() == 1).await;
    dial.end().await;

    let before_hello = in_trouble(None, Some(LinkTrouble::NoHello)).await;
    before_hello.until(|book| book.connections.len() == 1).await;
    before_hello.end().await;

    let ready = in_trouble(None, None).await;
    ready.ready(1).await;
    ready.end().await;

    let overlap = in_trouble(None, None).await;
    let old = overlap.ready(1).await.ready()[0];
    overlap.slack.tell(old, Reason::Warning);
    overlap.ready(2).await;
    overlap.end().await;

    let backoff = in_trouble(None, Some(LinkTrouble::Status(503))).await;
    backoff.until(|book| book.dials.len() == 2).await;
    backoff.end().await;
}

#[tokio::test]
async fn nothing_is_left_of_it() {
    let alive = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
    assert_eq!(alive(), 0);
    let rig = Rig::start().await;
    rig.ready(1).await;
    assert!(alive() > 0);
    rig.end().await;
    let mut waited = 0;
    while alive() > 0 && waited < 1000 {
        tokio::time::sleep(Duration::from_millis(1)).await;
        waited += 1;
    }
    assert_eq!(alive(), 0, "no task is left");
}

#[tokio::test]
async fn a_drain_ends_at_its_deadline_whatever_is_in_hand() {
    let rig = Rig::start().await;
    rig.ready(1).await;
    rig.send();
    let envelope = rig.next().await;
    let asked = Instant::now();
    rig.app.drain(Duration::from_millis(500)).await;
    let took = asked.elapsed();
    assert!(took >= Duration::from_millis(450) && took < Duration::from_secs(1), "{took:?}");
    assert_eq!(envelope.ack(), Err(AckError::Gone { comes_again: true }));
    rig.end().await;
}

#[tokio::test]
async fn a_drain_waits_for_what_is_in_hand() {
    let rig = Rig::start().await;
    rig.ready(1).await;
    let id = rig.send();
    let envelope = rig.next().await;
    let app = rig.app.clone();
    let drain = tokio::spawn(async move { app.drain(Duration::from_secs(2)).await });
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!drain.is_finished(), "something is in hand");
    rig.send();
    rig.eventually(|app| app.stats().left_to_come_again == 1).await;
    assert_eq!(rig.app.stats().handed_out, 1, "nothing new is handed out");
    envelope.ack().unwrap();
    tokio::time::timeout(Duration::from_secs(1), drain).await.expect("then it ends").unwrap();
    assert_eq!(rig.slack.read(|book| book.envelopes[&id].acks.len()), 1);
    rig.end().await;
}
