//! Incidents A and B: asked to leave before hello, and 409 on every upgrade.

use std::time::{Duration, Instant};

use relink_tests::slack::{FakeSlack, LinkTrouble, Outcome, Reason, Trouble};

use crate::rig::{Rig, settings};

#[tokio::test]
async fn too_many_before_hello_is_one_delay_and_no_error() {
    let slack = FakeSlack::start(settings()).await.unwrap();
    slack.script_links([LinkTrouble::DisconnectFirst(Reason::TooManyWebsockets).once()]);
    let began = Instant::now();
    let rig = Rig::with(slack, |builder| builder).await;
    let book = rig.ready(1).await;
    assert_eq!((book.calls.len(), book.dials.len()), (2, 2), "one URL for the refusal, one for what followed");
    let gap = book.dials[1].at - book.dials[0].at;
    // The capacity delay of a minute, held to `retry_after_max`, with the policy's delay on top.
    assert!(gap >= Duration::from_millis(600) && gap <= Duration::from_millis(1300), "{gap:?}");
    assert!(began.elapsed() < Duration::from_secs(3));
    assert!(rig.app.ended().is_none());
    rig.end().await;
}

#[tokio::test]
async fn eleven_of_ten_wait_for_a_place_without_a_storm() {
    let slack = FakeSlack::start(settings()).await.unwrap();
    let ghosts = slack.haunt(10);
    let rig = Rig::with(slack, |builder| builder).await;
    let book = rig.until(|book| book.dials.len() >= 3).await;
    assert!(book.dials.iter().all(|dial| matches!(dial.outcome, Outcome::TooMany(_))));
    assert!(book.dials.windows(2).all(|pair| pair[1].at - pair[0].at >= Duration::from_millis(600)), "the capacity delay each time");
    assert_eq!(ghosts.len(), 10);
    rig.slack.bury();
    let book = rig.ready(1).await;
    assert_eq!(book.calls.len(), book.dials.len(), "no URL is asked for twice, none is left unused");
    rig.end().await;
}

#[tokio::test]
async fn a_conflict_on_every_upgrade_is_one_failure_each_and_grows() {
    let slack = FakeSlack::start(settings()).await.unwrap();
    slack.script_links([LinkTrouble::Status(409).times(7)]);
    let rig = Rig::with(slack, |builder| builder).await;
    let book = rig.ready(1).await;
    assert_eq!((book.calls.len(), book.dials.len()), (8, 8), "one URL and one dial an attempt");
    assert!(book.tickets.iter().all(|ticket| ticket.shown.len() == 1), "no ticket is shown twice");
    rig.up(0).await;
    let stats = rig.app.stats();
    assert_eq!((stats.url_calls, stats.links[0].failed, stats.links[0].ups), (8, 7, 1));
    rig.end().await;
}
