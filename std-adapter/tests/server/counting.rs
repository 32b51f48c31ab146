//! What goes to the `metrics` facade: all of what the server's own numbers say, by status, cause and code.

use std::collections::BTreeMap;

use futures_util::{SinkExt, StreamExt};
use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};
use relink_tokio::server::{Admission, Limits, Plan, Rejection, Server, Session};
use relink_tokio::{CloseCode, Millis};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use crate::bench::*;

/// What a recorder has heard so far.
struct Numbers {
    recorder: Snapshotter,
    known: BTreeMap<String, f64>,
}

impl Numbers {
    /// By name and labels, as `name label=value`.
    fn now(&mut self) -> &BTreeMap<String, f64> {
        for (key, _, meaning, value) in self.recorder.snapshot().into_vec() {
            let (_, key) = key.into_parts();
            assert!(meaning.is_some(), "{key}: nobody says what it means");
            let labels = key.labels().filter(|label| !label.value().is_empty()).map(|label| format!(" {}={}", label.key(), label.value()));
            // A snapshot begins a new count.
            *self.known.entry(key.name().to_owned() + &labels.collect::<String>()).or_default() += match value {
                DebugValue::Counter(more) => more as f64,
                DebugValue::Gauge(more) => more.into_inner(),
                DebugValue::Histogram(_) => panic!("{key}"),
            };
        }
        &self.known
    }

    fn of(&mut self, name: &str) -> f64 {
        self.now().get(name).copied().unwrap_or_default()
    }

    fn in_all(&mut self, name: &str) -> f64 {
        self.now().iter().filter(|(key, _)| key.split(' ').next() == Some(name)).map(|(_, number)| number).sum()
    }

    /// Everything that a server's own numbers say.
    fn are_those_of(&mut self, server: &Server) {
        let stats = server.stats();
        for (name, number) in [
            ("relink_server_connections", stats.connections),
            ("relink_server_replaced", stats.replaced_now),
            ("relink_server_accepted_total", stats.accepted),
            ("relink_server_sessions_total", stats.sessions),
            ("relink_server_rejected_total", stats.rejected),
            ("relink_server_turned_away_total", stats.turned_away),
            ("relink_server_ended_total", stats.ended),
            ("relink_server_forced_total", stats.forced),
            ("relink_server_stale_total", stats.stale),
            ("relink_server_full_total", stats.full),
            ("relink_server_panicked_total", stats.panicked),
        ] {
            assert_eq!(self.in_all(name), number as f64, "{name}: {:?}", self.known);
        }
    }
}

/// Whatever comes goes back, but on `panic` it panics.
async fn touchy(mut session: Session) {
    while let Some(message) = session.next().await {
        assert_ne!(message.as_text(), Some("panic"));
        session.send(message).await.ok();
    }
}

/// What the facade has heard when all is over.
const AT_THE_END: [(&str, f64); 21] = [
    ("relink_server_draining", 0.0),
    ("relink_server_connections", 0.0),
    ("relink_server_accepted_total", 9.0),
    ("relink_server_sessions_total", 6.0),
    ("relink_server_rejected_total status=403", 1.0),
    ("relink_server_rejected_total status=426", 1.0),
    ("relink_server_turned_away_total", 1.0),
    ("relink_server_ended_total cause=peer reason=closed code=4000", 1.0),
    ("relink_server_ended_total cause=panicked reason=stopped code=1011", 1.0),
    ("relink_server_ended_total cause=slow reason=stopped code=1013", 1.0),
    ("relink_server_ended_total cause=replaced reason=stopped code=1008", 1.0),
    ("relink_server_ended_total cause=drained reason=stopped code=1001", 2.0),
    ("relink_server_forced_total", 3.0),
    ("relink_server_stale_total", 2.0),
    ("relink_server_full_total", 1.0),
    ("relink_server_panicked_total", 1.0),
    ("relink_bytes_total direction=in", 30.0),
    // An accepted connection is no dial.
    ("relink_dials_total", 0.0),
    ("relink_ups_total", 0.0),
    ("relink_downs_total reason=closed code=4000", 0.0),
    ("relink_gave_up_total", 0.0),
];

/// Everybody who has a name is let in; there is room for five, and none for those that are to be refused for want of it.
fn server() -> Server {
    let (builder, _) = builder();
    let limits = Limits { connections_max: 5, refusals_max: 0, ..Limits::DEFAULT };
    let server = builder.limits(limits).gate(|upgrade| async move {
        match upgrade.header("x-self-id") {
            Some(name) => Ok(Admission::new().identity(name)),
            None => Err(Rejection::forbidden("who are you?")),
        }
    });
    server.serve(touchy)
}

async fn drain(server: &Server, numbers: &mut Numbers) {
    let draining = tokio::spawn({
        let server = server.clone();
        async move { server.drain(Plan { grace: Millis::from_secs(1), spread: Millis::ZERO, ..Plan::DEFAULT }).await }
    });
    a_moment().await;
    assert_eq!(numbers.of("relink_server_draining"), 1.0);
    draining.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_a_server_counts_goes_to_the_facade() {
    let recorder = DebuggingRecorder::new();
    let mut numbers = Numbers { recorder: recorder.snapshotter(), known: BTreeMap::new() };
    let _here = metrics::set_default_local_recorder(&recorder);
    relink_tokio::describe_metrics();
    let server = server();

    assert_eq!(refusal(try_dial(&server, &[]).await).0, 403);
    assert_eq!(answer_to(&server, b"GET / HTTP/1.1\r\nHost: h\r\n\r\n").await.split(' ').nth(1), Some("426"));
    until(|| server.stats().connections == 0, a_moment).await;
    let mut leaves = dial_as(&server, "leaves").await;
    let mut panics = dial_as(&server, "panics").await;
    let mut slow = dial_as(&server, "slow").await;
    // One that was replaced leaves room for another.
    let old = dial_as(&server, "twice").await;
    let _new = dial_as(&server, "twice").await;
    let mut silent = dial_as(&server, "silent").await;
    assert!(try_dial(&server, &[("x-self-id", "one too many")]).await.is_err());
    numbers.are_those_of(&server);
    assert_eq!((numbers.of("relink_server_connections"), numbers.of("relink_server_replaced")), (6.0, 1.0));

    let gone = server.find("leaves").unwrap();
    echoes(&mut leaves, "12345").await;
    leaves.close(Some(CloseFrame { code: 4000.into(), reason: "".into() })).await.unwrap();
    while leaves.next().await.is_some() {}
    panics.send(Message::text("panic")).await.unwrap();
    assert_eq!(close_code(&mut panics).await, 1011);
    let key = server.find("slow").unwrap();
    while server.send(key, "x".repeat(10_000)).is_ok() {}
    assert_eq!(close_code(&mut slow).await, 1013);
    until(|| server.stats().connections == 2, a_moment).await;
    assert!(server.send(gone, "late").is_err() && !server.end(gone, CloseCode::NORMAL));
    echoes(&mut silent, "12").await;
    numbers.are_those_of(&server);
    drop(old);

    drain(&server, &mut numbers).await;
    numbers.are_those_of(&server);
    for (name, number) in AT_THE_END {
        assert_eq!(numbers.of(name), number, "{name}: {:#?}", numbers.known);
    }
}
