//! Envelopes: handed out once, acknowledged where they came, also when the app is slow, silent or asks for too much.

use std::time::{Duration, Instant};

use relink_tests::slack::{FakeSlack, Fate, Kind, Pace, Settings, Worth};
use relink_tokio::slack::{AckError, Refused};

use crate::rig::{EVENT, Rig, settings};

#[tokio::test]
async fn an_envelope_comes_as_it_was_sent_and_is_acknowledged() {
    let rig = Rig::start().await;
    rig.ready(1).await;
    let id = rig.send();
    let envelope = rig.next().await;
    assert_eq!((envelope.id(), envelope.payload()), (id.as_str(), EVENT), "the exact bytes");
    envelope.ack().unwrap();
    envelope.ack().unwrap();
    let book = rig.until(|book| book.fated(Fate::Acknowledged).count() == 1).await;
    assert_eq!(book.envelopes[&id].acks.len(), 1, "twice is once");
    drop(envelope);
    assert_eq!(rig.app.stats().dropped, 0);
    rig.end().await;
}

#[tokio::test]
async fn what_is_acknowledged_twice_as_late_joins_and_one_ack_answers_both() {
    let settings = Settings { pace: Pace::times_faster(10), ..settings() };
    let rig = Rig::with(FakeSlack::start(settings).await.unwrap(), |builder| builder).await;
    rig.ready(1).await;
    let id = rig.send();
    let envelope = rig.next().await;
    // Slack's three seconds take a third of one here; the second delivery follows at once.
    rig.until(|book| book.envelopes[&id].sent() == 2).await;
    rig.eventually(|app| app.stats().joined == 1).await;
    envelope.ack().unwrap();
    let book = rig.until(|book| book.fated(Fate::Acknowledged).count() == 1).await;
    assert_eq!(book.envelopes[&id].acks_worth(Worth::Good), 1);
    assert_eq!(rig.app.stats().handed_out, 1, "it was handed out once");
    // And what Slack insists on afterwards is acknowledged again, and not handed out.
    rig.slack.again_on(1, &id);
    rig.until(|book| book.envelopes[&id].acks.len() == 2).await;
    assert_eq!((rig.app.stats().handed_out, rig.app.stats().known), (1, 1));
    rig.end().await;
}

#[tokio::test]
async fn a_slow_app_is_warned_and_told() {
    let rig = Rig::start().await;
    rig.ready(1).await;
    let sent = Instant::now();
    let _id = rig.send();
    let envelope = rig.next().await;
    rig.eventually(|app| app.stats().pressing == 1).await;
    let pressing = sent.elapsed();
    assert_eq!(rig.app.stats().late, 0);
    rig.eventually(|app| app.stats().late == 1).await;
    let late = sent.elapsed();
    assert!(pressing >= Duration::from_millis(2499) && late >= Duration::from_millis(2999), "{pressing:?}, {late:?}");
    assert!(late < Duration::from_secs(4), "{late:?}");
    envelope.ack().unwrap();
    rig.end().await;
}

#[tokio::test]
async fn an_envelope_that_is_dropped_is_counted_and_comes_again() {
    let settings = Settings { pace: Pace::times_faster(10), ..settings() };
    let rig = Rig::with(FakeSlack::start(settings).await.unwrap(), |builder| builder).await;
    rig.ready(1).await;
    let id = rig.send();
    drop(rig.next().await);
    assert_eq!(rig.app.stats().dropped, 1);
    let again = rig.next().await;
    assert_eq!(again.id(), id);
    again.ack().unwrap();
    rig.until(|book| book.fated(Fate::Acknowledged).count() == 1).await;
    rig.end().await;
}

#[tokio::test]
async fn an_ack_of_20479_bytes_is_sent_and_one_of_20480_is_not() {
    let rig = Rig::start().await;
    rig.ready(1).await;
    rig.slack.send(Kind::SlashCommands, r#"{"command":"/x"}"#);
    let envelope = rig.next().await;
    let around = r#"{"envelope_id":"","payload":""}"#.len() + envelope.id().len();
    let payload = |bytes: usize| format!("\"{}\"", "x".repeat(bytes - around));
    let error = envelope.ack_with(&payload(20_480)).unwrap_err();
    assert_eq!(error, AckError::Refused(Refused::TooLarge { bytes: 20_480 }));
    assert!(error.to_string().contains("acknowledge without a payload"), "{error}");
    envelope.ack_with(&payload(20_479)).unwrap();
    let book = rig.until(|book| book.fated(Fate::Acknowledged).count() == 1).await;
    assert_eq!(book.envelopes[envelope.id()].acks[0].payload.as_ref().map(String::len), Some(20_479 - around + 2));
    assert_eq!(rig.app.stats().links[0].downs, 0, "the connection is unharmed");
    rig.end().await;
}
