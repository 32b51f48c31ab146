//! Connections that are being judged: nobody knows of them, nothing is done to them, and no end that they should share passes them by.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use futures_util::StreamExt;
use relink_tokio::server::{Admission, Builder, Cause, Plan, Rejection, Server};
use relink_tokio::{CloseCode, Millis};
use tokio::io::duplex;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Error;

use crate::bench::*;

const AT_ONCE: Plan = Plan { spread: Millis::ZERO, close_deadline: Millis::from_secs(3), ..Plan::DEFAULT };

/// A server whose gate takes so long.
fn slowly(gate_takes: Duration) -> (Builder, Records) {
    let (builder, records) = builder();
    let gate = move |_| async move {
        tokio::time::sleep(gate_takes).await;
        Ok(Admission::new())
    };
    (builder.gate(gate), records)
}

/// A client that asks to be let in, with this token.
fn asks(server: &Server, token: &'static str) -> JoinHandle<Result<Socket, Error>> {
    let server = server.clone();
    tokio::spawn(async move { try_dial(&server, &[("authorization", token)]).await })
}

#[tokio::test(start_paused = true)]
async fn who_is_being_judged_can_be_neither_found_nor_sent_to_nor_ended() {
    let (builder, _) = slowly(Duration::from_secs(2));
    let server = builder.serve(echo);
    let client = asks(&server, "Bearer any");
    // Another one has not even asked.
    let _idle = stream(&server);
    a_moment().await;
    assert_eq!(server.stats().connections, 2);
    assert_eq!((server.keys(), server.broadcast("for those inside"), server.end_where(CloseCode::POLICY, |_| true)), (vec![], 0, 0));
    let mut socket = client.await.unwrap().unwrap();
    echoes(&mut socket, "the first that it hears").await;
    assert_eq!((server.keys().len(), server.broadcast("now")), (1, 1));
    assert_eq!(says(&mut socket).await, "now");
    let key = server.keys()[0];
    assert!(server.about(key).is_some() && server.send(key, "you").is_ok() && server.end(key, CloseCode::NORMAL));
}

#[tokio::test(start_paused = true)]
async fn a_drain_that_closes_at_once_answers_who_is_being_judged() {
    let (builder, records) = slowly(Duration::from_secs(2));
    let server = builder.farewell(|_| Some("farewell".into())).serve(echo);
    let mut there = dial(&server).await;
    let client = asks(&server, "Bearer any");
    // Of one that has not asked yet, nothing is waited for.
    let _idle = stream(&server);
    a_moment().await;
    let seen = tokio::spawn(async move { (says(&mut there).await, close_code(&mut there).await) });
    let report = server.drain(Plan { hint: Millis::from_secs(30), ..AT_ONCE }).await;
    assert_eq!(seen.await.unwrap(), ("farewell".to_owned(), 1001));
    let (status, headers, _) = refusal(client.await.unwrap());
    assert_eq!(status, 503);
    assert!(headers.contains(r#""retry-after": "30""#), "{headers}");
    assert_eq!((report.graceful, report.forced), (1, 0), "of those who were let in");
    assert!((1900..2100).contains(&report.took.as_millis()), "{report:?}");
    assert_eq!((records.lock().unwrap().len(), server.stats().connections), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_gate_that_thinks_longer_than_a_drain_takes_holds_it_up_no_longer() {
    let (builder, records) = slowly(Duration::from_secs(9));
    let server = builder.serve(echo);
    let client = asks(&server, "Bearer any");
    a_moment().await;
    let report = server.drain(AT_ONCE).await;
    assert_eq!((report.graceful, report.forced, report.took), (0, 0, Duration::from_secs(3)), "it is none of those who were let in");
    client.await.unwrap().unwrap_err();
    assert_eq!((records.lock().unwrap().len(), server.stats().connections), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_request_that_comes_to_its_end_during_a_drain_is_refused_without_asking_the_gate() {
    let asked = Arc::new(AtomicU32::new(0));
    let (builder, _) = builder();
    let count = asked.clone();
    let gate = move |_| {
        count.fetch_add(1, Ordering::Relaxed);
        std::future::ready(Ok(Admission::new()))
    };
    let server = builder.gate(gate).serve(echo);
    let late = stream(&server);
    a_moment().await;
    let drain = tokio::spawn({
        let server = server.clone();
        async move { server.drain(Plan { grace: Millis::from_secs(1), ..AT_ONCE }).await }
    });
    a_moment().await;
    let outcome = client_async("ws://server/", late).await.map(|(socket, _)| socket);
    assert_eq!((refusal(outcome).0, asked.load(Ordering::Relaxed)), (503, 0));
    assert_eq!(drain.await.unwrap().graceful, 0);
}

#[tokio::test(start_paused = true)]
async fn who_is_ended_while_its_answer_is_on_the_way_gets_the_answer_and_then_the_close() {
    let (builder, records) = builder();
    let server = builder.serve(echo);
    // Through this the answer does not fit at once.
    let (ours, theirs) = duplex(16);
    server.accept(theirs, None);
    let client = async {
        use tokio::io::AsyncWriteExt;
        let mut ours = ours;
        let request = "GET / HTTP/1.1\r\nHost: s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
                       Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
        ours.write_all(request.as_bytes()).await.unwrap();
        a_moment().await;
        assert!(server.end(server.keys()[0], CloseCode::new(3001)));
        a_moment().await;
        let mut answer = Vec::new();
        let whole = tokio::time::timeout(Duration::from_millis(500), tokio::io::AsyncReadExt::read_to_end(&mut ours, &mut answer)).await;
        assert!(whole.is_err(), "it waits for the answer to its Close");
        answer
    };
    let answer = client.await;
    assert!(answer.starts_with(b"HTTP/1.1 101 "), "{}", String::from_utf8_lossy(&answer));
    assert!(answer.ends_with(&[0x88, 2, 0x0B, 0xB9]), "then a Close with 3001: {answer:?}");
    until(|| records.lock().unwrap().len() == 1, a_moment).await;
    let records = records.lock().unwrap();
    assert_eq!((records[0].cause, records[0].code), (Cause::Ended, Some(CloseCode::new(3001))));
}

/// A server that knows one token, and looks at it before it thinks for a while; and how often it was asked.
fn known(valid: &watch::Sender<&'static str>) -> (Server, Arc<AtomicU32>, Records) {
    let (asked, shown) = (Arc::new(AtomicU32::new(0)), valid.subscribe());
    let (builder, records) = builder();
    let count = asked.clone();
    let gate = move |upgrade: Arc<relink_tokio::server::Upgrade>| {
        count.fetch_add(1, Ordering::Relaxed);
        let token = upgrade.bearer().unwrap_or_default().to_owned();
        let is_valid = *shown.borrow() == token || token == "of somebody else";
        thinks(is_valid.then_some(token))
    };
    (builder.gate(gate).serve(echo), asked, records)
}

async fn thinks(token: Option<String>) -> Result<Admission, Rejection> {
    tokio::time::sleep(Duration::from_secs(1)).await;
    token.map(|token| Admission::new().identity(token.clone()).with(token)).ok_or_else(|| Rejection::unauthorized("which token?"))
}

#[tokio::test(start_paused = true)]
async fn who_was_judged_by_what_was_known_before_is_judged_again() {
    let valid = watch::Sender::new("old");
    let (server, asked, records) = known(&valid);
    let (old, other) = (asks(&server, "Bearer old"), asks(&server, "Bearer of somebody else"));
    tokio::time::sleep(Duration::from_millis(500)).await;
    valid.send_replace("new");
    let ended = server.end_where(CloseCode::POLICY, |about| about.get::<String>().is_some_and(|token| token == "old"));
    assert_eq!((ended, asked.load(Ordering::Relaxed)), (0, 2), "neither was let in yet");
    assert_eq!(refusal(old.await.unwrap()).0, 401, "its token was fine when it was looked at first");
    echoes(&mut other.await.unwrap().unwrap(), "undisturbed").await;
    assert_eq!((asked.load(Ordering::Relaxed), server.stats().sessions, server.find("old")), (3, 1, None));
    assert!(asks(&server, "Bearer new").await.unwrap().is_ok());
    assert_eq!(records.lock().unwrap().iter().filter(|record| record.about.identity() == Some("old")).count(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_gate_that_ends_those_like_the_one_it_judges_does_not_judge_for_ever() {
    let this = Arc::new(std::sync::OnceLock::<Server>::new());
    let (builder, _) = builder();
    let (handle, asked) = (this.clone(), Arc::new(AtomicU32::new(0)));
    let count = asked.clone();
    let gate = move |_| {
        count.fetch_add(1, Ordering::Relaxed);
        handle.get().unwrap().end_where(CloseCode::POLICY, |_| true);
        std::future::ready(Ok(Admission::new()))
    };
    let server = builder.gate(gate).serve(echo);
    this.set(server.clone()).unwrap();
    let (status, headers, body) = refusal(try_dial(&server, &[]).await);
    assert_eq!((status, asked.load(Ordering::Relaxed)), (503, 3), "{body}");
    assert!(headers.contains("retry-after"), "{headers}");
}

#[tokio::test(start_paused = true)]
async fn who_is_still_welcome_is_let_in_after_the_second_judgement_however_often_others_are_ended() {
    let valid = watch::Sender::new("valid");
    let (server, asked, _) = known(&valid);
    let client = asks(&server, "Bearer valid");
    a_moment().await;
    server.end_where(CloseCode::POLICY, |about| about.identity() == Some("valid"));
    let others = tokio::spawn({
        let server = server.clone();
        async move {
            loop {
                server.end_where(CloseCode::POLICY, |about| about.identity() == Some("another"));
                a_moment().await;
            }
        }
    });
    let mut socket = client.await.unwrap().unwrap();
    others.abort();
    echoes(&mut socket, "in").await;
    assert_eq!(asked.load(Ordering::Relaxed), 2);
    assert_eq!(server.end_where(CloseCode::POLICY, |about| about.identity() == Some("valid")), 1);
    assert_eq!(close_code(&mut socket).await, 1008);
    assert!(socket.next().await.is_none());
}
