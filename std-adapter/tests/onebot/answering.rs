//! An account's side answers actions and sends events, and nobody holds up anybody.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use relink_tokio::OutboxLimits;
use relink_tokio::onebot::Implementation;
use serde_json::{Value, json};
use tokio::time::{Instant, timeout};
use tokio_tungstenite::tungstenite::Message;

use crate::bench::*;

async fn dial(account: &Implementation, path: &str) -> Socket {
    try_dial(forward(account).server(), path, &[]).await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn an_echo_of_any_kind_comes_back_as_the_exact_bytes() {
    let account = account(|account| account);
    let mut socket = dial(&account, "/api").await;
    let echoes = [
        "null",
        "true",
        "0",
        "-1.50e+3",
        "12345678901234567890123",
        "1E400",
        r#""""#,
        r#""\u0031\/ä\ud83d\ude00""#,
        "[]",
        "{ }",
        r#"{"b" : [1, {"a":null}],"a":"\n"}"#,
        "[[[[[[[[1]]]]]]]]",
    ];
    for echo in echoes {
        socket.send(Message::text(format!(r#"{{"action":"echo","params":{{"a":1}},"echo":{echo}}}"#))).await.unwrap();
        assert_eq!(text(&mut socket).await, format!(r#"{{"status":"ok","retcode":0,"data":{{"a":1}},"echo":{echo}}}"#));
    }
    // None in, none out.
    socket.send(Message::text(r#"{"action":"what"}"#)).await.unwrap();
    assert_eq!(text(&mut socket).await, r#"{"status":"failed","retcode":1404,"data":null}"#);
    // As bytes, too.
    socket.send(Message::binary(&br#"{"action":"what","echo":1}"#[..])).await.unwrap();
    assert_eq!(text(&mut socket).await, r#"{"status":"failed","retcode":1404,"data":null,"echo":1}"#);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_understood_is_answered_too() {
    let account = account(|account| account);
    let mut socket = dial(&account, "/api").await;
    let bad = r#"{"status":"failed","retcode":1400,"data":null"#;
    for (sent, echo) in [
        ("", ""),
        ("[]", ""),
        ("{\"action\":", ""),
        (r#"{"echo":[7]}"#, ",\"echo\":[7]"),
        (r#"{"action":1,"echo":"x"}"#, ",\"echo\":\"x\""),
    ] {
        socket.send(Message::text(sent)).await.unwrap();
        assert_eq!(text(&mut socket).await, format!("{bad}{echo}}}"), "{sent:?}");
    }
    socket.send(Message::binary(&b"\xff\xfe"[..])).await.unwrap();
    assert_eq!(text(&mut socket).await, format!("{bad}}}"));
}

#[tokio::test(start_paused = true)]
async fn a_slow_action_holds_up_neither_pings_nor_events_nor_other_actions() {
    let account = account(|account| account);
    let mut socket = dial(&account, "/").await;
    hears(&mut socket).await;
    let began = Instant::now();
    for number in 0..3 {
        say(&mut socket, json!({ "action": "sleep", "echo": number })).await;
    }
    say(&mut socket, json!({ "action": "echo", "params": {}, "echo": "quick" })).await;
    assert_eq!(hears(&mut socket).await["echo"], "quick");
    assert_eq!(account.send(json!({ "post_type": "message" })).unwrap(), 1);
    assert_eq!(hears(&mut socket).await["post_type"], "message");
    socket.send(Message::Ping("are you there?".into())).await.unwrap();
    assert!(socket.next().await.unwrap().unwrap().is_pong());
    assert!(began.elapsed() < Duration::from_secs(1));
    // All three at once, and not one after the other.
    for _ in 0..3 {
        while !hears(&mut socket).await["echo"].is_number() {}
    }
    assert_eq!(began.elapsed().as_secs(), 100);
}

#[tokio::test(start_paused = true)]
async fn actions_in_hand_are_bounded_and_the_others_wait() {
    let account = account(|account| account.actions_max(2));
    let mut socket = dial(&account, "/api").await;
    let began = Instant::now();
    for number in 0..3 {
        say(&mut socket, json!({ "action": "sleep", "echo": number })).await;
    }
    let mut answered = Vec::new();
    for _ in 0..3 {
        while let Some(Ok(message)) = socket.next().await {
            if let Message::Text(text) = message {
                let answer: Value = serde_json::from_str(&text).unwrap();
                answered.push((answer["echo"].as_u64().unwrap(), began.elapsed().as_secs()));
                break;
            }
        }
    }
    answered.sort_unstable();
    assert_eq!(answered, [(0, 100), (1, 100), (2, 200)]);
}

#[tokio::test(start_paused = true)]
async fn an_action_that_panics_is_answered_and_harms_no_other() {
    let account = account(|account| account);
    let mut socket = dial(&account, "/api").await;
    say(&mut socket, json!({ "action": "sleep", "echo": "slow" })).await;
    say(&mut socket, json!({ "action": "panic", "echo": "mine" })).await;
    assert_eq!(text(&mut socket).await, r#"{"status":"failed","retcode":1500,"data":null,"echo":"mine"}"#);
    loop {
        match timeout(Duration::from_secs(200), socket.next()).await.unwrap().unwrap().unwrap() {
            Message::Text(text) => break assert!(text.contains("slow")),
            _ => continue,
        }
    }
}

#[tokio::test(start_paused = true)]
async fn events_go_to_those_who_take_them_after_connect() {
    let account = account(|account| account);
    let forward = forward(&account);
    let mut sockets = Vec::new();
    for path in ["/", "/event", "/api"] {
        sockets.push(try_dial(forward.server(), path, &[]).await.unwrap());
    }
    let (builder, mut dials) = reverse(&account);
    let _reverse = builder.spawn().unwrap();
    until(|| async { forward.server().stats().sessions == 3 }).await;
    // Sent while one link has yet to come up: it waits, and comes after `connect`.
    assert_eq!(account.send_raw(r#"{"post_type":"notice","number":0}"#), 3);
    let mut reverse = dials.accept().await.0;
    assert_eq!(hears(&mut reverse).await["sub_type"], "connect");
    assert_eq!(text(&mut reverse).await, r#"{"post_type":"notice","number":0}"#);
    for socket in &mut sockets[..2] {
        assert_eq!(hears(socket).await["sub_type"], "connect");
        assert_eq!(text(socket).await, r#"{"post_type":"notice","number":0}"#);
    }
    assert_eq!(account.send_raw(r#"{"post_type":"notice","number":1}"#), 3);
    for socket in sockets[..2].iter_mut().chain([&mut reverse]) {
        assert_eq!(text(socket).await, r#"{"post_type":"notice","number":1}"#);
    }
    assert!(timeout(Duration::from_secs(10), hears(&mut sockets[2])).await.is_err(), "not on /api");
    // An action on /event is none.
    say(&mut sockets[1], json!({ "action": "echo", "params": {}, "echo": 1 })).await;
    assert!(timeout(Duration::from_secs(10), hears(&mut sockets[1])).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn an_application_that_takes_no_events_is_closed_and_the_others_get_theirs() {
    let account = account(|account| account.posts_max(8));
    let small = OutboxLimits { messages_max: 4, bytes_max: 4 << 20, ..OutboxLimits::DEFAULT };
    let records = Records::default();
    let kept = records.clone();
    let on_end = move |record: &relink_tokio::server::Record| kept.lock().unwrap().push(record.clone());
    let slow = move |server: relink_tokio::server::Builder| server.clock(relink_tokio::Clock::tokio()).outbox(small).on_end(on_end);
    let forward = account.accept().server(slow).serve();
    let _deaf = try_dial(forward.server(), "/event", &[]).await.unwrap();
    let mut quick = try_dial(forward.server(), "/event", &[]).await.unwrap();
    hears(&mut quick).await;
    // More than fits into its socket, its outbox and its queue.
    let event = json!({ "post_type": "message", "message": "x".repeat(100_000) });
    for _ in 0..40 {
        account.send(&event).unwrap();
        assert_eq!(hears(&mut quick).await["post_type"], "message");
    }
    until(|| async { forward.server().stats().ended == 1 }).await;
    let (cause, code) = records.lock().unwrap().first().map(|record| (record.cause, record.code)).unwrap();
    assert_eq!((cause, code), (relink_tokio::server::Cause::Slow, Some(relink_tokio::CloseCode::new(1013))));
    account.send(&event).unwrap();
    hears(&mut quick).await;
}

#[tokio::test(start_paused = true)]
async fn an_answer_goes_to_the_connection_that_asked_or_to_none() {
    let account = account(|account| account);
    let (builder, mut dials) = reverse(&account);
    let _reverse = builder.spawn().unwrap();
    let mut socket = dials.accept().await.0;
    hears(&mut socket).await;
    say(&mut socket, json!({ "action": "sleep", "echo": "old" })).await;
    a_moment().await;
    drop(socket);
    let mut socket = dials.accept().await.0;
    assert_eq!(hears(&mut socket).await["sub_type"], "connect");
    let nothing = timeout(Duration::from_secs(150), async {
        while let Some(Ok(message)) = socket.next().await {
            assert!(!message.is_text(), "{message:?}");
        }
    });
    assert!(nothing.await.is_err(), "the connection ended");
}
