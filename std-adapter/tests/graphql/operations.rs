//! What a server does with operations: they belong to their connection, and end with it.

use std::time::Duration;

use relink_tokio::server::Plan;
use relink_tokio::{CloseCode, Millis};
use tokio::time::{Instant, sleep, timeout};

use crate::bench::*;

#[tokio::test(start_paused = true)]
async fn an_operation_has_its_results_and_its_end() {
    let (server, known) = server();
    let mut socket = dial(&server).await;
    say(&mut socket, r#"{"type":"connection_init","payload":{"name":"ann"}}"#).await;
    assert_eq!(hear(&mut socket).await, r#"{"type":"connection_ack","payload":{"hello":1}}"#);
    say(&mut socket, &subscribe("a", "three")).await;
    for number in 0..3 {
        assert_eq!(hear(&mut socket).await, next("a", &format!(r#"{{"data":"{number}"}}"#)));
    }
    assert_eq!(hear(&mut socket).await, r#"{"id":"a","type":"complete"}"#);
    // The id is free again.
    say(&mut socket, &subscribe("a", "invalid")).await;
    assert_eq!(hear(&mut socket).await, r#"{"id":"a","type":"error","payload":[{"message":"no such field"}]}"#);
    say(&mut socket, &subscribe("a", "once")).await;
    assert!(hear(&mut socket).await.contains("ann"));
    assert!(hear(&mut socket).await.contains("complete"));
    assert_eq!(known.there(), 0);
}

#[tokio::test(start_paused = true)]
async fn pings_are_answered_before_and_after_the_ack_and_while_an_answer_is_awaited() {
    let (server, _) = server();
    let mut socket = dial(&server).await;
    say(&mut socket, r#"{"type":"ping","payload":{"at":1}}"#).await;
    assert_eq!(hear(&mut socket).await, r#"{"type":"pong","payload":{"at":1}}"#);
    say(&mut socket, r#"{"type":"connection_init","payload":{"name":"slow"}}"#).await;
    say(&mut socket, r#"{"type":"ping"}"#).await;
    assert_eq!(hear(&mut socket).await, r#"{"type":"pong"}"#);
    say(&mut socket, r#"{"type":"pong"}"#).await;
    assert!(hear(&mut socket).await.contains("connection_ack"));
}

#[tokio::test(start_paused = true)]
async fn completed_by_the_client_it_is_dropped_and_nothing_more_is_said_of_it() {
    let (server, known) = server();
    let mut socket = accepted(&server, INIT).await;
    say(&mut socket, &subscribe("1", "ticks")).await;
    hear(&mut socket).await;
    say(&mut socket, r#"{"id":"1","type":"complete"}"#).await;
    say(&mut socket, r#"{"id":"never","type":"complete"}"#).await;
    a_moment().await;
    assert_eq!(known.there(), 0);
    timeout(Duration::from_secs(10), hear(&mut socket)).await.unwrap_err();
    // Ended and begun again in one breath.
    say(&mut socket, &subscribe("1", "ticks")).await;
    say(&mut socket, r#"{"id":"1","type":"complete"}"#).await;
    say(&mut socket, &subscribe("1", "three")).await;
    for expected in ["\"0\"", "\"1\"", "\"2\"", "complete"] {
        assert!(hear(&mut socket).await.contains(expected));
    }
    a_moment().await;
    assert_eq!(known.there(), 0);
}

#[tokio::test(start_paused = true)]
async fn more_than_there_may_be_is_an_error_and_no_end() {
    let (server, known) = server();
    let mut socket = accepted(&server, INIT).await;
    for id in 0..5 {
        say(&mut socket, &subscribe(&id.to_string(), "ticks")).await;
    }
    let error = hear(&mut socket).await;
    assert!(error.contains(r#""id":"4","type":"error""#) && error.contains("at most 4 operations"), "{error}");
    assert_eq!(known.there(), 4);
    say(&mut socket, r#"{"id":"0","type":"complete"}"#).await;
    say(&mut socket, &subscribe("4", "three")).await;
    assert!(hear(&mut socket).await.contains(r#""id":"4","type":"next""#));
}

#[tokio::test(start_paused = true)]
async fn the_bytes_of_what_was_asked_are_bounded_too() {
    let (server, known) = server_with(|builder| builder.operations_bytes_max(1000));
    let mut socket = accepted(&server, INIT).await;
    let (first, second) = ("1".repeat(600), "2".repeat(600));
    say(&mut socket, &subscribe(&first, "ticks")).await;
    assert!(hear(&mut socket).await.contains(r#""type":"next""#));
    say(&mut socket, &subscribe(&second, "ticks")).await;
    assert!(hear(&mut socket).await.starts_with(&format!(r#"{{"id":"{second}","type":"error""#)), "beside the first one there is no room");
    say(&mut socket, &format!(r#"{{"id":"{first}","type":"complete"}}"#)).await;
    say(&mut socket, &subscribe(&second, "three")).await;
    for kind in ["next", "next", "next", "complete"] {
        assert!(hear(&mut socket).await.starts_with(&format!(r#"{{"id":"{second}","type":"{kind}""#)), "what has ended counts no more");
    }
    // One that is too long by itself.
    say(&mut socket, &subscribe("3", &"x".repeat(1000))).await;
    let error = hear(&mut socket).await;
    assert!(error.contains(r#""id":"3","type":"error""#) && error.contains("`operations_bytes_max` is the limit"), "{error}");
    // Run again with a new context, it weighs no more than before.
    let key = known.key.lock().unwrap().unwrap();
    say(&mut socket, &subscribe("4", "ticks")).await;
    for name in 0..100 {
        hear(&mut socket).await;
        server.reauthenticate(key, name.to_string()).unwrap();
    }
    say(&mut socket, &subscribe("5", "three")).await;
    while !hear(&mut socket).await.contains(r#""id":"5","type":"next""#) {}
}

#[tokio::test(start_paused = true)]
async fn whatever_ends_a_connection_ends_its_operations() {
    let (server, known) = server();
    let key = || known.key.lock().unwrap().unwrap();
    for how in ["dropped", "closed", "ended", "garbage"] {
        let mut socket = accepted(&server, INIT).await;
        say(&mut socket, &subscribe("1", "ticks")).await;
        hear(&mut socket).await;
        assert_eq!(known.there(), 1, "{how}");
        match how {
            "dropped" => drop(socket),
            "closed" => close(&mut socket, 1000).await,
            "ended" => {
                assert!(server.sockets().end(key(), CloseCode::POLICY));
                assert_eq!(closed(&mut socket).await.0, 1008);
            }
            _ => {
                say(&mut socket, "garbage").await;
                closed(&mut socket).await;
                drop(socket);
            }
        }
        a_moment().await;
        assert_eq!((known.there(), server.sockets().stats().connections), (0, 0), "{how}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_drain_ends_them_too_with_its_code() {
    let (server, known) = server();
    let mut sockets = Vec::new();
    for _ in 0..10 {
        let mut socket = accepted(&server, INIT).await;
        say(&mut socket, &subscribe("1", "ticks")).await;
        sockets.push(tokio::spawn(async move { closed(&mut socket).await }));
    }
    sleep(Duration::from_millis(500)).await;
    assert_eq!(known.there(), 10);
    let plan = Plan { spread: Millis::from_secs(2), code: CloseCode::SERVICE_RESTART, ..Plan::DEFAULT };
    let report = server.sockets().drain(plan).await;
    assert_eq!((report.graceful, report.forced, known.there()), (10, 0, 0));
    for socket in sockets {
        assert_eq!(socket.await.unwrap().0, 1012);
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_takes_nothing_slows_its_operations_down_and_is_left_in_the_end() {
    let (server, known) = server();
    let mut socket = accepted(&server, INIT).await;
    let mut other = accepted(&server, INIT).await;
    say(&mut other, &subscribe("1", "ticks")).await;
    say(&mut socket, &subscribe("1", "flood")).await;
    let began = Instant::now();
    // The client does not read. What executes is not asked for more than there is room for.
    sleep(Duration::from_secs(5)).await;
    assert_eq!(known.there(), 2);
    for _ in 0..5 {
        hear(&mut other).await;
    }
    while known.there() > 1 {
        sleep(Duration::from_millis(100)).await;
    }
    println!("left after {:?} without any progress", began.elapsed());
    assert!(began.elapsed() < Duration::from_secs(45));
    drop(socket);
}
