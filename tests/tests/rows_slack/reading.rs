//! Reading goes on whatever the app does, and keeps the order of what came.

use std::time::Duration;

use relink_tests::slack::{FakeSlack, Kind, Settings};

use crate::rig::{Rig, settings};

#[tokio::test]
async fn what_comes_on_a_connection_is_handed_out_in_its_order() {
    let rig = Rig::with(FakeSlack::start(settings()).await.unwrap(), |builder| builder.connections(2)).await;
    let connections = rig.ready(2).await.ready();
    let sent: Vec<_> = (0..400).map(|number| (connections[number % 2], Kind::EventsApi)).collect();
    let sent: Vec<_> = sent.into_iter().map(|(on, kind)| (on, rig.slack.send_on(on, kind, "{}"))).collect();
    let mut came = Vec::new();
    for _ in 0..sent.len() {
        let envelope = rig.next().await;
        came.push(envelope.id().to_owned());
        envelope.ack().unwrap();
    }
    for connection in connections {
        let of = |id: &&String| sent.iter().any(|(on, other)| *on == connection && other == *id);
        let sent = sent.iter().map(|(_, id)| id).filter(of).collect::<Vec<_>>();
        assert_eq!(came.iter().filter(of).collect::<Vec<_>>(), sent);
    }
    rig.end().await;
}

#[tokio::test]
async fn an_app_that_takes_nothing_holds_up_no_pong_and_no_ack() {
    let settings = Settings { ping_every: Duration::from_millis(50), ..settings() };
    let rig = Rig::with(FakeSlack::start(settings).await.unwrap(), |builder| builder).await;
    rig.ready(1).await;
    let first = rig.send();
    let envelope = rig.next().await;
    // From here on it takes nothing: it works on the first one, while a thousand others come in.
    for number in 0..1000 {
        rig.slack.send(Kind::EventsApi, format!("{{\"text\":\"{}\",\"n\":{number}}}", "x".repeat(5000)));
    }
    let pongs = rig.slack.read(|book| book.connections[0].pongs);
    rig.eventually(|app| app.stats().waiting == 1000).await;
    rig.until(|book| book.connections[0].pongs >= pongs + 5).await;
    envelope.ack().unwrap();
    let book = rig.until(|book| !book.envelopes[&first].acks.is_empty()).await;
    assert_eq!((book.counts.acks_good, book.connections[0].ended), (1, None));
    assert_eq!(rig.app.stats().waiting, 1000);
    rig.end().await;
}
