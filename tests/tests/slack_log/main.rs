//! What a Slack app writes to the log of its program, and shows on a gauge: each hello, and each envelope that was dropped.
//!
//! A process of its own: tracing remembers for the whole process which lines nobody listens to.

#[path = "../../../std-adapter/tests/logging/ear.rs"]
mod ear;
#[path = "../rows_slack/rig.rs"]
#[allow(dead_code)]
mod rig;

use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};
use relink_tests::slack::{Kind, Reason, payload};

use ear::Ear;
use rig::Rig;

/// What the gauge says, if it has been set since it was looked at.
fn num_connections(recorder: &Snapshotter) -> Option<f64> {
    let numbers = recorder.snapshot().into_vec();
    numbers.into_iter().find(|(key, ..)| key.key().name() == "relink_slack_num_connections").map(|(_, _, meaning, value)| {
        assert!(meaning.is_some(), "nobody says what it means");
        match value {
            DebugValue::Gauge(number) => number.into_inner(),
            DebugValue::Counter(_) | DebugValue::Histogram(_) => panic!("{value:?}"),
        }
    })
}

/// A line in which all of this stands.
fn line<'a>(heard: &'a str, parts: &[&str]) -> &'a str {
    heard.lines().find(|line| parts.iter().all(|part| line.contains(part))).unwrap_or_else(|| panic!("{parts:?}\n{heard}"))
}

#[tokio::test]
async fn each_hello_is_logged_and_the_gauge_shows_how_many_connections_slack_counts() {
    let (ear, _listening) = Ear::listening();
    let recorder = DebuggingRecorder::new();
    let gauge = recorder.snapshotter();
    let _here = metrics::set_default_local_recorder(&recorder);
    relink_tokio::describe_metrics();
    let rig = Rig::start().await;
    rig.ready(1).await;
    rig.up(0).await;
    line(&ear.heard(), &["INFO", "Slack says hello", "link=0 attempt=1 num_connections=1 host=applink-1"]);
    assert_eq!(num_connections(&gauge), Some(1.0));
    // A renewal: for a while there are two.
    rig.slack.tell(1, Reason::Warning);
    rig.ready(2).await;
    rig.eventually(|app| app.stats().num_connections == Some(2)).await;
    let heard = ear.heard();
    line(&heard, &["INFO", "Slack asks for the end of a connection", "link=0 attempt=1 reason=warning"]);
    line(&heard, &["INFO", "Slack says hello", "link=0 attempt=2 num_connections=2 host=applink-2"]);
    assert_eq!(num_connections(&gauge), Some(2.0));
    rig.end().await;
    assert!(!ear.heard().contains("xapp-1-test"), "{}", ear.heard());
}

#[tokio::test]
async fn a_dropped_envelope_is_warned_of_and_counted_and_what_it_holds_stays_out_of_the_log() {
    let (ear, _listening) = Ear::listening();
    let rig = Rig::start().await;
    rig.ready(1).await;
    for (dropped, kind, comes_again) in [(1, Kind::EventsApi, true), (2, Kind::Interactive, false), (3, Kind::SlashCommands, false)] {
        let id = rig.slack.send(kind, payload(kind, 1, "between the two of us"));
        drop(rig.next().await);
        assert_eq!(rig.app.stats().dropped, dropped);
        let (envelope, kind, comes_again) = (format!("envelope={id}"), format!("kind=\"{kind}\""), format!("comes_again={comes_again}"));
        line(&ear.heard(), &["WARN", "an envelope was dropped without an acknowledgement", &envelope, &kind, &comes_again]);
    }
    rig.end().await;
    let heard = ear.heard();
    assert_eq!(heard.matches("an envelope was dropped").count(), 3, "{heard}");
    assert!(!heard.contains("between the two of us") && !heard.contains("FAKE0TOKEN"), "{heard}");
}
