//! Several links of one app, several handles on it, and what Slack says of the others.

use std::collections::HashSet;
use std::time::Duration;

use relink_tests::slack::{FakeSlack, Fate, Kind, LinkTrouble, Oddity, Trouble};
use relink_tokio::slack::SocketMode;
use tokio::time::timeout;

use crate::rig::{EVENT, PATIENCE, Rig, plenty, settings, short};

#[tokio::test]
async fn three_links_share_the_account_of_what_came() {
    let slack = FakeSlack::start(settings()).await.unwrap();
    let rig = Rig::with(slack, |builder| builder.connections(3)).await;
    let connections = rig.ready(3).await.ready();
    let id = rig.slack.send_on(connections[0], Kind::EventsApi, EVENT);
    let envelope = rig.next().await;
    rig.slack.again_on(connections[1], &id);
    rig.eventually(|app| app.stats().joined == 1).await;
    envelope.ack().unwrap();
    let book = rig.until(|book| book.envelopes[&id].acks.len() == 2).await;
    let answered: HashSet<_> = book.envelopes[&id].acks.iter().map(|ack| ack.connection).collect();
    assert_eq!(answered, HashSet::from([connections[0], connections[1]]), "the one ack answers both, each on its connection");
    assert_eq!(book.counts.acks_stray, 0);
    rig.slack.again_on(connections[2], &id);
    rig.until(|book| book.envelopes[&id].acks.len() == 3).await;
    assert_eq!(rig.app.stats().handed_out, 1);
    rig.end().await;
}

#[tokio::test]
async fn links_that_are_started_together_do_not_dial_together() {
    let slack = FakeSlack::start(settings()).await.unwrap();
    let rig = Rig::with(slack, |builder| builder.connections(9)).await;
    let book = rig.ready(9).await;
    let dials: Vec<_> = book.dials.iter().map(|dial| dial.at - book.dials[0].at).collect();
    assert!(dials[8] > Duration::from_millis(300), "{dials:?}");
    let most = dials.iter().map(|from| dials.iter().filter(|at| **at >= *from && **at < *from + Duration::from_millis(100)).count()).max();
    assert!(most <= Some(4), "{dials:?}");
    rig.end().await;
}

#[tokio::test]
async fn the_same_token_twice_is_one_link() {
    let slack = FakeSlack::start(settings()).await.unwrap();
    let connect = |token: &str| {
        let builder = SocketMode::builder(token).endpoint(slack.api_url() + "apps.connections.open");
        builder.budget(plenty()).config(short).connect().unwrap()
    };
    let (first, second, other) = (connect("xapp-1-same"), connect("xapp-1-same"), connect("xapp-1-other"));
    slack.until(PATIENCE, |book| book.ready().len() == 2).await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(slack.read(|book| book.dials.len()), 2, "one a token");
    drop(first);
    slack.send(Kind::EventsApi, EVENT);
    slack.send(Kind::EventsApi, EVENT);
    let came = async {
        tokio::select! {
            envelope = second.next() => envelope,
            envelope = other.next() => envelope,
        }
    };
    timeout(PATIENCE, came).await.unwrap().expect("who is left goes on").ack().unwrap();
    drop((second, other));
    slack.until(PATIENCE, |book| book.websockets_open() == 0).await.expect("with the last handle the links stop");
    slack.stop().await;
}

#[tokio::test]
async fn ghosts_are_counted() {
    let slack = FakeSlack::start(settings()).await.unwrap();
    slack.haunt(6);
    let rig = Rig::with(slack, |builder| builder).await;
    rig.up(0).await;
    let stats = rig.app.stats();
    assert_eq!((stats.num_connections, stats.ghosts, stats.live), (Some(7), 6, 1));
    rig.end().await;
}

#[tokio::test]
async fn what_cannot_be_read_is_acknowledged_or_harmless() {
    let slack = FakeSlack::start(settings()).await.unwrap();
    let oddities = vec![
        Oddity::NotJson,
        Oddity::NoObject,
        Oddity::NoType,
        Oddity::UnknownType,
        Oddity::Binary,
        Oddity::Huge(100_000),
        Oddity::Deep(20_000),
    ];
    let count = oddities.len() as u64;
    slack.script_links([LinkTrouble::Says(oddities).once()]);
    let rig = Rig::with(slack, |builder| builder).await;
    rig.up(0).await;
    let broken = rig.slack.send(Kind::EventsApi, "{broken");
    rig.until(|book| book.envelopes[&broken].fate == Fate::Acknowledged).await;
    let stats = rig.app.stats();
    assert_eq!((stats.unreadable, stats.handed_out, stats.links[0].downs), (1, 0, 0));
    // A binary message is nothing of Slack's, and a sign of life all the same.
    assert_eq!(stats.unknown, count - 1);
    rig.end().await;
}

#[tokio::test]
async fn an_app_that_is_too_far_behind_leaves_what_comes_to_come_again() {
    let slack = FakeSlack::start(settings()).await.unwrap();
    let rig = Rig::with(slack, |builder| builder.waiting_max(2)).await;
    rig.up(0).await;
    for _ in 0..4 {
        rig.send();
    }
    rig.slack.send(Kind::Interactive, r#"{"type":"block_actions"}"#);
    rig.eventually(|app| app.stats().left_to_come_again == 2 && app.stats().lost == 1).await;
    assert_eq!(rig.app.stats().waiting, 2);
    for _ in 0..2 {
        rig.next().await.ack().unwrap();
    }
    rig.until(|book| book.counts.acknowledged == 2).await;
    rig.end().await;
}
