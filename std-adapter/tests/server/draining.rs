//! Ending them all.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::StreamExt;
use relink_tokio::server::{Cause, Plan, Server};
use relink_tokio::{CloseCode, Millis};
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Message;

use crate::bench::*;

const PLAN: Plan =
    Plan { grace: Millis::from_secs(1), spread: Millis::from_secs(4), close_deadline: Millis::from_secs(3), ..Plan::DEFAULT };

/// What a client saw: texts, and the code of the Close, each with the seconds since the beginning.
type Seen = Arc<Mutex<Vec<(String, u128)>>>;

async fn watch(server: &Server, seen: &Seen, start: Instant) {
    let (mut socket, seen) = (dial(server).await, seen.clone());
    tokio::spawn(async move {
        while let Some(Ok(message)) = socket.next().await {
            let text = match message {
                Message::Text(text) => text.to_string(),
                Message::Close(frame) => format!("close {}", u16::from(frame.unwrap().code)),
                _ => continue,
            };
            seen.lock().unwrap().push((text, start.elapsed().as_millis()));
        }
    });
}

#[tokio::test(start_paused = true)]
async fn everybody_is_told_then_closed_spread_out_and_the_silent_are_dropped() {
    let (builder, records) = builder();
    let server = builder.farewell(|_| Some("farewell".into())).serve(echo);
    let (seen, start) = (Seen::default(), Instant::now());
    for _ in 0..100 {
        watch(&server, &seen, start).await;
    }
    let mut silent = Vec::new();
    for _ in 0..5 {
        silent.push(dial(&server).await);
    }
    until(|| server.stats().sessions == 105, a_moment).await;
    let begun = start.elapsed().as_millis();
    let report = server.drain(PLAN).await;
    assert_eq!((report.graceful, report.forced), (100, 5));
    assert!(report.took <= Duration::from_millis(8100), "{report:?}");
    assert_eq!(server.stats().connections, 0);
    let seen = seen.lock().unwrap();
    let (farewells, closes): (Vec<_>, Vec<_>) = seen.iter().partition(|(text, _)| text == "farewell");
    assert_eq!((farewells.len(), closes.len()), (100, 100));
    assert!(farewells.iter().all(|(_, at)| at - begun < 100), "all at the beginning");
    assert!(closes.iter().all(|(text, at)| text == "close 1001" && (1000..5100).contains(&(at - begun))), "{closes:?}");
    let in_first_half = closes.iter().filter(|(_, at)| at - begun < 3000).count();
    assert!((35..=65).contains(&in_first_half), "evenly spread: {in_first_half} of 100 in the first half");
    let records = records.lock().unwrap();
    assert_eq!(records.len(), 105);
    assert_eq!(records.iter().filter(|record| record.forced).count(), 5);
    assert!(records.iter().all(|record| record.cause == Cause::Drained && record.code == Some(CloseCode::GOING_AWAY)));
}

#[tokio::test(start_paused = true)]
async fn those_who_come_meanwhile_are_refused_with_a_hint_and_nobody_comes_afterwards() {
    let (builder, _) = builder();
    let server = builder.serve(echo);
    let _silent = dial(&server).await;
    assert!(server.is_ready());
    let plan = Plan { hint: Millis::from_secs(30), ..PLAN };
    let drain = tokio::spawn({
        let server = server.clone();
        async move { server.drain(plan).await }
    });
    a_moment().await;
    assert!(!server.is_ready());
    let (status, headers, _) = refusal(try_dial(&server, &[]).await);
    assert_eq!(status, 503);
    assert!(headers.contains(r#""retry-after": "30""#), "{headers}");
    // One that connected before the end, and never says anything, does not hold it up.
    let _stream = stream(&server);
    assert_eq!(drain.await.unwrap().forced, 1);
    try_dial(&server, &[]).await.unwrap_err();
    assert_eq!(server.stats().turned_away, 1);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_being_judged_when_the_drain_begins_is_refused() {
    let (builder, _) = builder();
    let slowly = builder.gate(|_| async {
        tokio::time::sleep(Duration::from_secs(2)).await;
        Ok(relink_tokio::server::Admission::new())
    });
    let server = slowly.serve(echo);
    let client = tokio::spawn({
        let server = server.clone();
        async move { refusal(try_dial(&server, &[]).await).0 }
    });
    a_moment().await;
    let report = server.drain(Plan { grace: Millis::from_secs(5), ..PLAN }).await;
    assert_eq!((client.await.unwrap(), report.forced), (503, 0));
}

#[tokio::test(start_paused = true)]
async fn an_empty_server_is_drained_at_once_and_a_second_time() {
    let (builder, _) = builder();
    let server = builder.serve(echo);
    for _ in 0..2 {
        let report = server.drain(PLAN).await;
        assert_eq!((report.graceful, report.forced, report.took), (0, 0, Duration::ZERO));
    }
}

#[tokio::test(start_paused = true)]
async fn a_drain_that_is_dropped_goes_on_when_it_is_called_again() {
    let (builder, _) = builder();
    let server = builder.serve(echo);
    let (seen, start) = (Seen::default(), Instant::now());
    for _ in 0..20 {
        watch(&server, &seen, start).await;
    }
    let cut = tokio::time::timeout(Duration::from_secs(3), server.drain(PLAN)).await;
    assert!(cut.is_err());
    let left = server.stats().connections;
    assert!((1..20).contains(&left), "{left}");
    let (one, other) = tokio::join!(server.drain(PLAN), server.drain(PLAN));
    assert_eq!((one.graceful, one.forced), (20, 0));
    assert_eq!((other.graceful, other.forced), (20, 0));
}

#[tokio::test(start_paused = true)]
async fn a_session_that_hangs_is_cut_off_at_the_deadline() {
    let (builder, records) = builder();
    let server = builder.handler_timeout(Duration::from_secs(3600)).serve(|session| async move {
        let _kept = session;
        std::future::pending().await
    });
    let (seen, start) = (Seen::default(), Instant::now());
    watch(&server, &seen, start).await;
    until(|| server.stats().sessions == 1, a_moment).await;
    let report = server.drain(PLAN).await;
    assert_eq!((report.graceful, report.forced), (0, 1), "its connection was closed, but its future went on");
    assert!(report.took <= Duration::from_millis(8100), "{report:?}");
    assert_eq!(records.lock().unwrap().len(), 1);
}
