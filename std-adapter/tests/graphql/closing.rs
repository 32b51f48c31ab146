//! Every close code of a server: when, and what is said.

use std::time::Duration;

use futures_util::SinkExt;
use tokio::time::{Instant, sleep};
use tokio_tungstenite::tungstenite::Message;

use crate::bench::*;

#[tokio::test(start_paused = true)]
async fn who_says_nothing_is_closed_with_4408_after_three_seconds() {
    let (server, _) = server();
    let mut socket = dial(&server).await;
    let began = Instant::now();
    assert_eq!(closed(&mut socket).await, (4408, "Connection initialisation timeout".into()));
    assert_eq!(began.elapsed().as_secs(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_hook_that_hangs_is_no_reason_to_wait_for_ever() {
    let (server, _) = server();
    let mut socket = dial(&server).await;
    let began = Instant::now();
    say(&mut socket, r#"{"type":"connection_init","payload":{"name":"hang"}}"#).await;
    assert_eq!(closed(&mut socket).await, (4408, "Connection initialisation timeout".into()));
    assert_eq!(began.elapsed().as_secs(), 10);
}

#[tokio::test(start_paused = true)]
async fn a_subscribe_before_the_ack_is_4401() {
    let (server, known) = server();
    let mut early = dial(&server).await;
    say(&mut early, &subscribe("1", "once")).await;
    assert_eq!(closed(&mut early).await, (4401, "Unauthorized".into()));
    // The hook is asked, and has not answered yet.
    let mut waiting = dial(&server).await;
    say(&mut waiting, r#"{"type":"connection_init","payload":{"name":"slow"}}"#).await;
    sleep(Duration::from_secs(1)).await;
    say(&mut waiting, &subscribe("1", "once")).await;
    assert_eq!(closed(&mut waiting).await, (4401, "Unauthorized".into()));
    assert!(known.executed.lock().unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn another_subprotocol_or_none_is_4406_without_waiting_for_an_init() {
    let (server, _) = server();
    let mut socket = dial_with(&server, None).await;
    let began = Instant::now();
    assert_eq!(closed(&mut socket).await, (4406, "Subprotocol not acceptable".into()));
    assert!(began.elapsed() < Duration::from_secs(2), "not after the time for an init");
}

#[tokio::test(start_paused = true)]
async fn an_id_that_is_going_on_is_4409_and_ends_all_of_that_connection() {
    let (server, known) = server();
    let mut other = accepted(&server, INIT).await;
    say(&mut other, &subscribe("1", "ticks")).await;
    let mut socket = accepted(&server, INIT).await;
    say(&mut socket, &subscribe("1", "ticks")).await;
    hear(&mut socket).await;
    assert_eq!(known.there(), 2);
    say(&mut socket, &subscribe("1", "once")).await;
    assert_eq!(closed(&mut socket).await, (4409, "Subscriber for 1 already exists".into()));
    drop(socket);
    a_moment().await;
    assert_eq!(known.there(), 1, "the same id on another connection is another operation");
    hear(&mut other).await;
}

#[tokio::test(start_paused = true)]
async fn a_second_init_is_4429() {
    let (server, _) = server();
    let mut socket = accepted(&server, INIT).await;
    say(&mut socket, INIT).await;
    assert_eq!(closed(&mut socket).await, (4429, "Too many initialisation requests".into()));
    let mut waiting = dial(&server).await;
    say(&mut waiting, r#"{"type":"connection_init","payload":{"name":"slow"}}"#).await;
    say(&mut waiting, INIT).await;
    assert_eq!(closed(&mut waiting).await.0, 4429);
}

#[tokio::test(start_paused = true)]
async fn what_no_client_may_send_is_4400_with_a_reason_that_fits() {
    let (server, _) = server();
    let long = format!(r#"{{"type":"{}"}}"#, "ü".repeat(500));
    let cases = ["", "[]", r#"{"type":"next"}"#, r#"{"type":"subscribe","id":"","payload":{"query":"x"}}"#, &long];
    for case in cases {
        let mut socket = accepted(&server, INIT).await;
        say(&mut socket, case).await;
        let (code, reason) = closed(&mut socket).await;
        assert_eq!(code, 4400, "{case}");
        assert!(reason.starts_with("Invalid message: ") && reason.len() <= 123, "{reason}");
    }
    let mut socket = dial(&server).await;
    socket.send(Message::binary(b"{}".as_slice())).await.unwrap();
    assert_eq!(closed(&mut socket).await, (4400, "Invalid message: it is not text".into()));
}

#[tokio::test(start_paused = true)]
async fn a_reason_longer_than_a_frame_is_cut_between_characters() {
    let (server, _) = server();
    let mut socket = accepted(&server, INIT).await;
    let id = "ü".repeat(200);
    for _ in 0..2 {
        say(&mut socket, &subscribe(&id, "ticks")).await;
    }
    let (code, reason) = closed(&mut socket).await;
    assert_eq!(code, 4409);
    assert!((122..=123).contains(&reason.len()) && reason.starts_with("Subscriber for üü"), "{reason}");
}

#[tokio::test(start_paused = true)]
async fn whom_the_hook_refuses_is_closed_with_4403() {
    let (server, _) = server();
    let mut socket = dial(&server).await;
    say(&mut socket, r#"{"type":"connection_init","payload":{"name":"forbidden"}}"#).await;
    assert_eq!(closed(&mut socket).await, (4403, "Forbidden".into()));
}

#[tokio::test(start_paused = true)]
async fn a_fault_of_the_servers_own_is_4500_for_that_connection_only() {
    let (server, known) = server();
    let mut fine = accepted(&server, INIT).await;
    say(&mut fine, &subscribe("1", "ticks")).await;
    let cases = [("broken", "the database is gone"), ("nonsense", "Internal server error"), ("panic", "Internal server error")];
    for (query, reason) in cases {
        let mut socket = accepted(&server, INIT).await;
        say(&mut socket, &subscribe("1", query)).await;
        assert_eq!(closed(&mut socket).await, (4500, reason.into()), "{query}");
    }
    a_moment().await;
    assert_eq!(known.there(), 1);
    hear(&mut fine).await;
}
