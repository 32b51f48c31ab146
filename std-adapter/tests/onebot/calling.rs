//! A bot calls actions: answered, refused, in vain, and too many at once.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use relink_tokio::InboxLimits;
use relink_tokio::onebot::{CallError, Event, PostType};
use serde_json::{Value, json};
use tokio::time::{Instant, timeout};
use tokio_tungstenite::tungstenite::Message;

use crate::bench::*;

#[tokio::test(start_paused = true)]
async fn an_answer_finds_its_call_whatever_their_order() {
    let (bot, _events, mut socket, _dials) = connected().await;
    let calls = ["one", "two", "three"].map(|name| {
        let bot = bot.clone();
        tokio::spawn(async move { bot.call::<String>("say", json!({ "what": name })).await.unwrap() })
    });
    let mut asked = Vec::new();
    for _ in 0..3 {
        asked.push(hears(&mut socket).await);
    }
    for ask in asked.iter().rev() {
        assert_eq!(ask["action"], "say");
        say(&mut socket, json!({ "status": "ok", "retcode": 0, "data": ask["params"]["what"], "echo": ask["echo"] })).await;
    }
    let mut answers = Vec::new();
    for call in calls {
        answers.push(call.await.unwrap());
    }
    assert_eq!(answers, ["one", "two", "three"]);
    assert_eq!(bot.pending(), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn failures_are_told_apart() {
    let (bot, _events, mut socket, _dials) = connected().await;
    tokio::spawn(async move {
        while let Some(Ok(Message::Text(text))) = socket.next().await {
            let ask: Value = serde_json::from_str(&text).unwrap();
            let mut answer = match ask["action"].as_str().unwrap() {
                "unknown" => json!({ "status": "failed", "retcode": 1404, "data": null, "wording": "what?" }),
                "nothing" => json!({ "status": "ok", "retcode": 0, "data": null }),
                "text" => json!({ "status": "ok", "retcode": 0, "data": "text" }),
                _ => continue,
            };
            answer["echo"] = ask["echo"].clone();
            say(&mut socket, answer).await;
        }
    });
    let failed = bot.call::<()>("unknown", ()).await.unwrap_err();
    assert_eq!(failed.to_string(), "the action failed with retcode 1404: what?");
    let raw = bot.call_raw("unknown", Some(r#"{"a":1}"#)).await.unwrap();
    assert_eq!((raw.is_success(), raw.retcode(), raw.data()), (false, Some(1404), "null"));
    bot.call::<()>("nothing", ()).await.unwrap();
    assert!(matches!(bot.call::<u32>("text", ()).await, Err(CallError::Data(_, response)) if response.data() == "\"text\""));
    assert!(matches!(bot.call_raw("text", Some("{not json")).await, Err(CallError::Params(_))));
    let began = Instant::now();
    let hurried = bot.clone().with_call_timeout(Duration::from_secs(3));
    assert!(matches!(hurried.call::<()>("silence", ()).await, Err(CallError::Timeout(_))));
    assert_eq!((began.elapsed().as_secs(), bot.pending().0), (3, 0));
}

#[tokio::test(start_paused = true)]
async fn no_connection_no_call() {
    let (builder, mut dials) = bot("ws://there/");
    let (bot, mut events) = builder.spawn();
    let down = bot.call::<()>("any", ()).await.unwrap_err();
    assert!(matches!(down, CallError::Down) && down.is_unsent());
    let (_socket, _) = dials.accept().await;
    assert!(matches!(bot.call::<()>("any", ()).await, Err(CallError::Down)), "not before it is accepted");
    // Nothing accepts it within 10 s.
    assert!(matches!(event(&mut events).await, Event::Failed { .. }));
}

#[tokio::test(start_paused = true)]
async fn all_that_is_pending_fails_at_once_when_the_transport_ends() {
    let (bot, mut events, socket, mut dials) = connected().await;
    let calls: Vec<_> = (0..100)
        .map(|_| {
            let bot = bot.clone();
            tokio::spawn(async move { bot.call::<()>("any", ()).await })
        })
        .collect();
    until(|| async { bot.pending().0 == 100 }).await;
    let began = Instant::now();
    drop(socket);
    for call in calls {
        assert!(matches!(call.await.unwrap(), Err(CallError::Lost)));
    }
    assert!(began.elapsed() < Duration::from_millis(50), "{:?}", began.elapsed());
    down(&mut events).await;
    // A late answer on the next connection finds nobody.
    let (mut socket, _) = dials.accept().await;
    say(&mut socket, lifecycle("connect")).await;
    say(&mut socket, json!({ "status": "ok", "retcode": 0, "data": null, "echo": "0" })).await;
    until(|| async { bot.pending() == (0, 1) }).await;
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_closes_but_keeps_the_transport_answers_nothing_any_more() {
    let (bot, _events, mut socket, _dials) = connected().await;
    let call = tokio::spawn(async move { bot.call::<()>("any", ()).await });
    hears(&mut socket).await;
    let began = Instant::now();
    socket.send(Message::Close(None)).await.unwrap();
    // The socket is neither read nor dropped: its end would be forced after a second.
    assert!(matches!(call.await.unwrap(), Err(CallError::Lost)));
    assert!(began.elapsed() < Duration::from_millis(50), "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn calls_are_bounded_and_a_dropped_one_makes_room() {
    let (builder, mut dials) = bot("ws://there/api");
    let (bot, mut events) = builder.calls_max(2).spawn();
    let (_socket, request) = dials.accept().await;
    assert_eq!(request.uri().path(), "/api");
    // Nothing is said on /api before an action was.
    up(&mut events).await;
    let call = |bot: relink_tokio::onebot::Bot| tokio::spawn(async move { bot.call::<()>("any", ()).await });
    let (one, _two) = (call(bot.clone()), call(bot.clone()));
    until(|| async { bot.pending().0 == 2 }).await;
    assert!(matches!(bot.call::<()>("any", ()).await, Err(CallError::Full)));
    one.abort();
    until(|| async { bot.pending().0 == 1 }).await;
    let more = timeout(Duration::from_secs(1), bot.call::<()>("any", ())).await;
    assert!(more.is_err(), "it waits for its answer");
}

#[tokio::test(start_paused = true)]
async fn events_only() {
    let (builder, mut dials) = bot("ws://there/event");
    let (bot, mut events) = builder.spawn();
    let (mut socket, _) = dials.accept().await;
    say(&mut socket, lifecycle("connect")).await;
    meta(&mut events).await;
    up(&mut events).await;
    assert!(matches!(bot.call::<()>("any", ()).await, Err(CallError::EventsOnly)));
}

#[tokio::test(start_paused = true)]
async fn a_call_between_two_events_is_answered_though_nobody_takes_the_events_meanwhile() {
    let (builder, mut dials) = bot("ws://there/");
    let (bot, mut events) = builder.events(InboxLimits { events_max: 10, bytes_max: 1 << 20 }).spawn();
    let (mut socket, _) = dials.accept().await;
    say(&mut socket, lifecycle("connect")).await;
    meta(&mut events).await;
    up(&mut events).await;
    let call = tokio::spawn({
        let bot = bot.clone();
        async move { bot.call::<u32>("any", ()).await }
    });
    let ask = hears(&mut socket).await;
    // Far more than fits anywhere, and the answer behind it.
    for number in 0..5000 {
        say(&mut socket, json!({ "post_type": "message", "number": number })).await;
    }
    say(&mut socket, json!({ "status": "ok", "retcode": 0, "data": 17, "echo": ask["echo"] })).await;
    assert_eq!(call.await.unwrap().unwrap(), 17);
    for number in 0..10 {
        let post = post(&mut events).await;
        assert_eq!(*post.post_type(), PostType::Message);
        assert_eq!(post.text(), format!(r#"{{"number":{number},"post_type":"message"}}"#));
        assert_eq!(post.deserialize::<Value>().unwrap()["number"], number);
    }
    let missed = event(&mut events).await;
    assert!(matches!(missed, Event::Missed { events: 4990 }), "{missed:?}");
}

#[tokio::test(start_paused = true)]
async fn the_last_handle_ends_the_link() {
    let (bot, mut events, mut socket, _dials) = connected().await;
    drop(bot);
    assert_eq!(close_code(&mut socket).await, 1000);
    down(&mut events).await;
    assert!(events.next().await.is_none());
}
