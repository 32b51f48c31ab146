//! Results that are larger than what may wait to be sent.

use std::sync::atomic::Ordering;
use std::time::Duration;

use relink_tokio::OutboxLimits;
use relink_tokio::graphql::OUTBOX;
use tokio::time::{sleep, timeout};

use crate::bench::*;

#[tokio::test(start_paused = true)]
async fn a_result_larger_than_all_that_may_wait_goes_alone() {
    let (server, known) = server();
    let mut socket = accepted(&server, INIT).await;
    let long = 3 << 20;
    say(&mut socket, &subscribe("1", &format!("long {long}"))).await;
    say(&mut socket, &subscribe("2", &format!("long {long}"))).await;
    let mut heard = [0, 0];
    for _ in 0..10 {
        let text = hear(&mut socket).await;
        assert!(text.len() > long);
        heard[usize::from(text.starts_with(r#"{"id":"2","type":"next""#))] += 1;
    }
    assert_eq!((heard, known.there()), ([5, 5], 2));
}

#[tokio::test(start_paused = true)]
async fn while_a_large_one_waits_nothing_executes() {
    let (server, known) = server();
    let mut socket = accepted(&server, INIT).await;
    for id in 0..4 {
        say(&mut socket, &subscribe(&id.to_string(), &format!("long {}", 4 << 20))).await;
    }
    // The client does not read: one is on its way to the socket, one waits, one waits to wait. The fourth is not asked for.
    sleep(Duration::from_secs(10)).await;
    assert_eq!((known.there(), known.yielded.load(Ordering::Relaxed)), (4, 3));
    for _ in 0..12 {
        hear(&mut socket).await;
    }
    assert!(known.yielded.load(Ordering::Relaxed) >= 12, "once it reads, all go on");
}

#[tokio::test(start_paused = true)]
async fn one_that_can_never_be_sent_is_an_error_of_its_operation_and_names_the_limit() {
    let (server, known) = server_with(|builder| {
        builder.sockets(|sockets| sockets.outbox(OutboxLimits { bytes_max: 1 << 10, alone_bytes_max: 4 << 10, ..OUTBOX }))
    });
    let mut socket = accepted(&server, INIT).await;
    say(&mut socket, &subscribe("fine", "long 2000")).await;
    assert!(hear(&mut socket).await.contains(r#""id":"fine","type":"next""#));
    say(&mut socket, &subscribe("heavy", "long 5000")).await;
    let mut error = hear(&mut socket).await;
    while !error.contains("heavy") {
        error = hear(&mut socket).await;
    }
    assert!(error.starts_with(r#"{"id":"heavy","type":"error","payload":[{"message":"#), "{error}");
    assert!(error.contains("none of more than 4096; `alone_bytes_max` of its `OutboxLimits` is the limit"), "{error}");
    // Nothing else was harmed, and the id is free again.
    assert_eq!(known.there(), 1);
    for _ in 0..3 {
        assert!(hear(&mut socket).await.contains(r#""id":"fine","type":"next""#));
    }
    say(&mut socket, &subscribe("heavy", "three")).await;
    assert!(hear(&mut socket).await.contains(r#""id":"heavy","type":"next""#));
}

#[tokio::test(start_paused = true)]
async fn by_default_that_is_so_above_sixteen_mebibytes() {
    let (server, _) = server();
    let mut socket = accepted(&server, INIT).await;
    for (id, bytes, kind) in [("1", (16 << 20) - 64, "next"), ("2", 16 << 20, "error")] {
        say(&mut socket, &subscribe(id, &format!("long {bytes}"))).await;
        let text = timeout(Duration::from_secs(10), hear(&mut socket)).await.unwrap();
        assert!(text.starts_with(&format!(r#"{{"id":"{id}","type":"{kind}""#)), "{}", &text[..40]);
        say(&mut socket, &format!(r#"{{"id":"{id}","type":"complete"}}"#)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn not_even_errors_that_are_too_large_end_the_connection() {
    let (server, _) =
        server_with(|builder| builder.sockets(|sockets| sockets.outbox(OutboxLimits { bytes_max: 400, ..OutboxLimits::DEFAULT })));
    let mut socket = accepted(&server, INIT).await;
    say(&mut socket, &subscribe("1", "long errors")).await;
    let error = hear(&mut socket).await;
    assert!(error.contains(r#""id":"1","type":"error""#) && error.contains("alone_bytes_max"), "{error}");
    // What leaves no way to tell is a fault of the server's, and says so.
    say(&mut socket, &subscribe(&"i".repeat(500), "three")).await;
    assert_eq!(closed(&mut socket).await, (4500, "Internal server error".into()));
}
