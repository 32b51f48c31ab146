//! The faults that were measured in today's client, and how ours does in their place.

use std::future::ready;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use futures_util::StreamExt;
use relink_tokio::ending::Violation;
use relink_tokio::graphql::{CLIENT_CONFIG, ClientBuilder, Request, SubscriptionError};
use relink_tokio::{Backoff, Clock, Config, Ending, LinkState, Verdict};
use tokio::io::duplex;
use tokio::time::{Instant, sleep, timeout};
use tokio_tungstenite::accept_hdr_async;

use crate::bench::*;

/// "165 dials in 1.5 s": with the policy that ships, on virtual time.
#[tokio::test(start_paused = true)]
async fn a_server_that_accepts_and_closes_with_1000_is_not_dialled_in_a_loop() {
    let (builder, dials) = client(|_, mut socket| async move {
        welcome(&mut socket).await;
        close(&mut socket, 1000).await;
    });
    let client = builder.link(|link| link.config(CLIENT_CONFIG)).connect();
    let _subscription = client.subscribe(Request::new("x")).unwrap();
    sleep(Duration::from_millis(1500)).await;
    let at_first = dials.load(Ordering::Relaxed);
    sleep(Duration::from_secs(600)).await;
    let in_all = dials.load(Ordering::Relaxed);
    println!("{at_first} dials in 1.5 s, {in_all} in ten minutes");
    assert!(at_first <= 5 && in_all <= 60, "{at_first} {in_all}");
}

/// "Acks, then 1012, with two retries allowed: never gives up": an ack alone forgives nothing.
#[tokio::test(start_paused = true)]
async fn it_gives_up_after_as_many_failures_as_are_allowed() {
    let (builder, dials) = client(|_, mut socket| async move {
        welcome(&mut socket).await;
        close(&mut socket, 1012).await;
    });
    let backoff = Backoff { failures_max: 3, ..Backoff::INTERACTIVE };
    let client = builder.link(move |link| link.config(Config { backoff, ..CLIENT_CONFIG }).clock(Clock::tokio())).connect();
    let mut subscription = client.subscribe(Request::new("x")).unwrap();
    let why = timeout(Duration::from_secs(600), subscription.next()).await.expect("it gives up");
    assert!(matches!(&why, Some(Err(SubscriptionError::GaveUp(Ending::Closed(_))))), "{why:?}");
    assert_eq!(dials.load(Ordering::Relaxed), 3);
}

/// "No ack: pending for ever".
#[tokio::test(start_paused = true)]
async fn without_an_ack_it_closes_with_4504_and_tries_again() {
    let (codes, mut heard) = tokio::sync::mpsc::unbounded_channel();
    let (builder, _) = client(move |_, mut socket| {
        let codes = codes.clone();
        async move {
            hear(&mut socket).await;
            codes.send(closed(&mut socket).await).unwrap();
        }
    });
    let client = builder.connect();
    let began = Instant::now();
    let mut subscription = client.subscribe(Request::new("x")).unwrap();
    assert_eq!(heard.recv().await, Some((4504, "Connection acknowledgement timeout".into())));
    assert_eq!(began.elapsed().as_secs(), 10);
    assert!(heard.recv().await.is_some(), "again, after a delay");
    assert!(began.elapsed() >= Duration::from_secs(21));
    client.stop().await;
    assert!(matches!(subscription.next().await, Some(Err(SubscriptionError::Stopped))));
}

/// "`dispose()` in backoff dials again".
#[tokio::test(start_paused = true)]
async fn stopped_in_backoff_it_does_not_dial_again() {
    let (builder, dials) = client(|_, socket| async move { drop(socket) });
    let client = builder.connect();
    let mut subscription = client.subscribe(Request::new("x")).unwrap();
    sleep(Duration::from_secs(5)).await;
    let before = dials.load(Ordering::Relaxed);
    assert!(before >= 2);
    client.stop().await;
    assert!(matches!(subscription.next().await, Some(Err(SubscriptionError::Stopped))));
    sleep(Duration::from_secs(3600)).await;
    assert_eq!(dials.load(Ordering::Relaxed), before);
}

#[tokio::test(start_paused = true)]
async fn codes_that_a_person_has_to_mend_end_it_and_say_so_and_others_do_not() {
    let fatal = [4500, 4005, 4400, 4004, 4401, 4406, 4409, 4429, 1002, 1003, 1007, 1008, 1009, 1010, 1011];
    let transient = [1000, 1001, 1012, 1013, 1014, 4403, 4408, 4499, 4504, 4999];
    for (code, is_fatal) in fatal.map(|code| (code, true)).into_iter().chain(transient.map(|code| (code, false))) {
        let (builder, dials) = client(move |_, mut socket| async move {
            welcome(&mut socket).await;
            close(&mut socket, code).await;
        });
        let client = builder.connect();
        let mut subscription = client.subscribe(Request::new("x")).unwrap();
        let end = timeout(Duration::from_secs(60), subscription.next()).await;
        match end {
            Ok(Some(Err(SubscriptionError::GaveUp(Ending::Closed(close))))) => {
                assert!(is_fatal, "{code}");
                assert_eq!(close.code.unwrap().get(), code);
            }
            Err(_) => assert!(!is_fatal, "{code}"),
            Ok(other) => panic!("{code}: {other:?}"),
        }
        assert_eq!(dials.load(Ordering::Relaxed) == 1, is_fatal, "{code}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_speak_the_protocol_is_given_up_with_4004() {
    for nonsense in [r#"{"type":"subscribe"}"#, "nonsense", r#"{"type":"next","id":"1"}"#, r#"{"type":"error","id":"1","payload":[]}"#] {
        let (codes, mut heard) = tokio::sync::mpsc::unbounded_channel();
        let (builder, dials) = client(move |_, mut socket| {
            let codes = codes.clone();
            async move {
                welcome(&mut socket).await;
                taken(&mut socket).await;
                say(&mut socket, nonsense).await;
                codes.send(closed(&mut socket).await).unwrap();
            }
        });
        let client = builder.connect();
        let mut subscription = client.subscribe(Request::new("x")).unwrap();
        let end = timeout(Duration::from_secs(60), subscription.next()).await.unwrap();
        assert!(matches!(&end, Some(Err(SubscriptionError::GaveUp(Ending::Protocol(_))))), "{end:?}");
        let (code, reason) = heard.recv().await.unwrap();
        assert_eq!(code, 4004);
        assert!(reason.starts_with("Invalid message: "), "{reason}");
        sleep(Duration::from_secs(100)).await;
        assert_eq!(dials.load(Ordering::Relaxed), 1);
    }
}

/// One place judges: what the protocol says of a violation, the user may see otherwise, as of any other ending.
#[tokio::test(start_paused = true)]
async fn a_user_who_judges_nonsense_otherwise_is_dialled_for_again() {
    let (builder, dials) = client(|number, mut socket| async move {
        welcome(&mut socket).await;
        let id = taken(&mut socket).await;
        say(&mut socket, if number < 3 { "nonsense" } else { r#"{"id":"1","type":"next","payload":{"data":7}}"# }).await;
        assert_eq!(id, "1");
        while let Some(Ok(_)) = socket.next().await {}
    });
    let lenient = |ending: &Ending| matches!(ending, Ending::Protocol(Violation::Profile(..))).then_some(Verdict::Retry);
    let client = builder.link(move |link| link.verdict(lenient)).connect();
    let mut subscription = client.subscribe(Request::new("x")).unwrap();
    assert_eq!(result(&mut subscription).await, r#"{"data":7}"#);
    assert_eq!(dials.load(Ordering::Relaxed), 3);
}

#[tokio::test(start_paused = true)]
async fn another_subprotocol_that_the_request_asked_for_is_given_up_with_4406() {
    let (codes, mut heard) = tokio::sync::mpsc::unbounded_channel();
    let dials = Arc::new(AtomicU32::new(0));
    let counted = dials.clone();
    let connect = move |_| {
        counted.fetch_add(1, Ordering::Relaxed);
        let ((ours, theirs), codes) = (duplex(64 << 10), codes.clone());
        tokio::spawn(async move {
            let mut socket = accept_hdr_async(theirs, chosen).await.unwrap();
            codes.send(closed(&mut socket).await).unwrap();
        });
        async move { Ok::<_, std::io::Error>(ours) }
    };
    let request = relink_tokio::ws::Request::new("ws://server/").unwrap().subprotocol("graphql-ws").unwrap();
    let builder = ClientBuilder::new(move |_| ready(Ok(request.clone()))).transport(|ws| ws.connector(connect));
    let client = builder.link(|link| link.clock(Clock::tokio())).connect();
    let mut subscription = client.subscribe(Request::new("x")).unwrap();
    let end = timeout(Duration::from_secs(600), subscription.next()).await.unwrap();
    assert!(matches!(&end, Some(Err(SubscriptionError::GaveUp(Ending::Protocol(Violation::Profile(..)))))), "{end:?}");
    assert_eq!(heard.recv().await.unwrap().0, 4406);
    assert!(matches!(client.link().state(), LinkState::Shutdown { .. }));
    assert_eq!(dials.load(Ordering::Relaxed), 1);
}
