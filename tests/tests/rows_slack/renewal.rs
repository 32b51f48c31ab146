//! A warning under load: another connection takes over, and nothing is lost on the way.

use std::collections::HashSet;
use std::time::Duration;

use relink_tests::fault::Leave;
use relink_tests::slack::{FakeSlack, Fate, Kind, LinkTrouble, Reason, Trouble};
use relink_tokio::{Config, Millis};

use crate::rig::{PATIENCE, Rig, settings};

#[tokio::test]
async fn under_200_envelopes_a_second_a_warning_loses_nothing() {
    const ENVELOPES: usize = 600;
    let rig = Rig::start().await;
    let old = rig.ready(1).await.ready()[0];
    rig.slack.flood(Kind::EventsApi, 200, ENVELOPES);
    let mut seen = HashSet::new();
    for number in 0..ENVELOPES {
        if number == 100 {
            // It stays registered until Slack ends it, and goes on to get its share.
            rig.slack.tell(old, Reason::Warning);
        }
        if number == 400 {
            rig.slack.close(old, Some(1000));
        }
        let envelope = rig.next().await;
        assert!(seen.insert(envelope.id().to_owned()), "handed out once");
        envelope.ack().unwrap();
    }
    let book = rig.until(|book| book.counts.acknowledged == ENVELOPES).await;
    assert_eq!((book.counts.acks_stray, book.counts.acks_late, book.counts.lost, book.counts.undeliverable), (0, 0, 0, 0));
    assert!(book.envelopes.values().all(|envelope| envelope.fate == Fate::Acknowledged));
    let new = book.connection(2).expect("a successor");
    let (hello, old) = (new.hello.unwrap(), book.connection(old).unwrap());
    assert!(old.unregistered.is_none_or(|gone| gone > hello), "at all times one connection was ready");
    assert!(old.close_received.is_none_or(|(at, _)| old.close_sent.is_some_and(|(sent, _)| sent <= at)), "we did not close it");
    let stats = rig.app.stats();
    assert_eq!((stats.links[0].renewals, stats.links[0].downs, book.dials.len()), (1, 0, 2));
    rig.end().await;
}

#[tokio::test]
async fn when_the_successor_fails_the_current_connection_stays() {
    let rig = Rig::start().await;
    let old = rig.ready(1).await.ready()[0];
    rig.slack.script_links([LinkTrouble::Status(503).times(2)]);
    rig.slack.tell(old, Reason::Warning);
    let book = rig.until(|book| book.dials.len() == 3).await;
    assert!(book.connection(old).unwrap().is_ready(), "it goes on");
    assert!(book.dials.windows(2).all(|pair| pair[1].at > pair[0].at));
    rig.until(|book| book.connections.len() == 2 && book.connections[1].is_ready()).await;
    assert_eq!(rig.app.stats().links[0].downs, 0);
    rig.end().await;
}

/// Slack counts a connection that goes without a Close for a minute more, and an app has ten places.
#[tokio::test]
async fn a_successor_that_is_never_greeted_gives_its_place_back_at_once() {
    const NEVER_GREETED: usize = 3;
    let rig = Rig::start().await;
    let old = rig.ready(1).await.ready()[0];
    rig.up(0).await;
    rig.slack.script_links([LinkTrouble::NoHello.times(NEVER_GREETED)]);
    rig.slack.tell(old, Reason::Warning);
    let book = rig.until(|book| book.ready().len() == 2).await;
    assert_eq!(book.registered().count(), 2, "the one that is renewed and its successor:\n{book}");
    assert_eq!(rig.app.stats().links[0].downs, 0);
    for given_up in book.connections.iter().skip(1).take(NEVER_GREETED) {
        let (said, code) = given_up.close_received.expect("a Close");
        let kept = given_up.unregistered.expect("its place is given back") - said;
        assert!(code == Some(3008) && kept < Duration::from_millis(100), "{book}");
        let waited = said - given_up.opened;
        assert!(waited >= Duration::from_millis(390) && waited < Duration::from_millis(800), "its time, no less and no more: {waited:?}");
    }
    rig.end().await;
}

#[tokio::test]
async fn a_stop_gives_back_the_place_of_a_successor_in_the_making_too() {
    let rig = Rig::start().await;
    let old = rig.ready(1).await.ready()[0];
    rig.up(0).await;
    rig.slack.script_links([LinkTrouble::NoHello.always()]);
    rig.slack.tell(old, Reason::Warning);
    rig.eventually(|app| app.stats().links[0].opened == 2).await;
    let book = rig.end().await;
    assert_eq!(book.registered().count(), 0, "{book}");
    assert_eq!(book.connections[1].close_received.map(|(_, code)| code), Some(Some(1001)), "{book}");
}

#[tokio::test]
async fn when_it_drops_meanwhile_there_is_one_attempt() {
    let rig = Rig::start().await;
    let old = rig.ready(1).await.ready()[0];
    rig.up(0).await;
    rig.slack.script_links([LinkTrouble::LateHello(Duration::from_millis(200)).once()]);
    rig.slack.tell(old, Reason::Warning);
    rig.until(|book| book.connections.len() == 2).await;
    rig.slack.lose(old, Leave::Reset);
    let book = rig.until(|book| book.ready() == [2]).await;
    assert_eq!((book.calls.len(), book.dials.len()), (2, 2), "the successor is the attempt:\n{book}");

    // And where the successor waits to be tried again, the loss does not add another one.
    rig.eventually(|app| app.stats().live == 1).await;
    rig.slack.script_links([LinkTrouble::Status(503).once()]);
    rig.slack.tell(2, Reason::Warning);
    rig.until(|book| book.dials.len() == 3).await;
    rig.slack.lose(2, Leave::Reset);
    rig.until(|book| book.ready() == [3]).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let book = rig.end().await;
    assert_eq!((book.calls.len(), book.dials.len()), (4, 4), "one pending attempt, not two:\n{book}");
}

#[tokio::test]
async fn a_connection_that_slack_does_not_end_is_kept_no_longer_than_the_overlap() {
    let overlap = |config: Config| Config { overlap_max: Millis::new(700), ..config };
    let rig = Rig::with(FakeSlack::start(settings()).await.unwrap(), |builder| builder.config(overlap)).await;
    let old = rig.ready(1).await.ready()[0];
    rig.slack.tell(old, Reason::Warning);
    let book = rig.until(|book| book.connection(old).unwrap().close_received.is_some()).await;
    let hello = book.connection(2).unwrap().hello.unwrap();
    let kept = book.connection(old).unwrap().close_received.unwrap().0 - hello;
    assert!(kept >= Duration::from_millis(650) && kept < Duration::from_millis(1200), "{kept:?}");
    rig.end().await;
}

#[tokio::test]
async fn a_warning_and_a_refresh_are_one_renewal() {
    let rig = Rig::start().await;
    let old = rig.ready(1).await.ready()[0];
    rig.slack.tell(old, Reason::Warning);
    rig.slack.until(PATIENCE, |book| book.ready().len() == 2).await.unwrap();
    rig.slack.tell(old, Reason::RefreshRequested);
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(rig.slack.read(|book| (book.dials.len(), book.ready().len())), (2, 2));
    rig.end().await;
}
