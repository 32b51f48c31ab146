//! Peers that send what nobody should: it is counted, or answered, and harms nobody.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use relink_tokio::onebot::{Event, PostType};
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use crate::bench::*;

const NOISE: [&str; 14] = [
    "",
    "null",
    "[]",
    "{}",
    "{\"echo\":",
    "\u{0}",
    "{\"post_type\":7}",
    "{\"post_type\":null}",
    "{\"post_type\":{}}",
    r#"{"status":{},"echo":"18446744073709551616"}"#,
    r#"{"echo":"-1"}"#,
    r#"{"retcode":"0","echo":0.0}"#,
    r#"{"meta_event_type":"heartbeat"}"#,
    "not JSON at all",
];

#[tokio::test(start_paused = true)]
async fn an_implementation_that_talks_nonsense() {
    let (bot, mut events, mut socket, _dials) = connected().await;
    for noise in NOISE {
        socket.send(Message::text(noise)).await.unwrap();
    }
    socket.send(Message::binary(&b"\xff\x00"[..])).await.unwrap();
    let deep = "[".repeat(100_000);
    socket.send(Message::text(format!(r#"{{"post_type":"message","deep":{deep}"#))).await.unwrap();
    // Odd, but events.
    for text in [r#"{"post_type":"\u006eew","x":1}"#, r#"{"post_type":"meta_event","meta_event_type":"new"}"#] {
        socket.send(Message::text(text)).await.unwrap();
    }
    assert_eq!(*post(&mut events).await.post_type(), PostType::Other("new".into()));
    assert_eq!(*post(&mut events).await.post_type(), PostType::MetaEvent);
    // It is a working connection all the same.
    let call = tokio::spawn(async move { (bot.call::<u8>("any", ()).await, bot) });
    let ask = hears(&mut socket).await;
    say(&mut socket, json!({ "status": "ok", "data": 1, "echo": ask["echo"] })).await;
    let (answer, bot) = call.await.unwrap();
    assert_eq!((answer.unwrap(), bot.pending()), (1, (0, 3)), "three answers to nothing");
}

#[tokio::test(start_paused = true)]
async fn an_odd_heartbeat_promises_nothing_new() {
    let (_bot, mut events, mut socket, _dials) = connected().await;
    let odd = [json!("15000"), json!(-1), json!(1.5), json!(null), json!({})];
    for interval in odd {
        let mut beat = heartbeat(0);
        beat["interval"] = interval;
        say(&mut socket, beat).await;
        meta(&mut events).await;
    }
    tokio::spawn(async move { while let Some(Ok(_)) = socket.next().await {} });
    assert!(tokio::time::timeout(Duration::from_secs(600), events.next()).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn one_that_breaks_websocket_is_closed_and_dialled_again() {
    let (_bot, mut events, socket, mut dials) = connected().await;
    let mut stream = socket.into_inner();
    // A masked frame, which a server's may not be.
    tokio::io::AsyncWriteExt::write_all(&mut stream, &[0x81, 0x80, 0, 0, 0, 0]).await.unwrap();
    let (why, _) = down(&mut events).await;
    assert_eq!(why.label(), "protocol");
    drop(stream);
    dials.accept().await;
}

#[tokio::test(start_paused = true)]
async fn an_application_that_talks_nonsense_harms_no_other() {
    let account = account(|account| account);
    let forward = forward(&account);
    let mut good = try_dial(forward.server(), "/", &[]).await.unwrap();
    hears(&mut good).await;
    let mut noisy = try_dial(forward.server(), "/", &[]).await.unwrap();
    hears(&mut noisy).await;
    for noise in NOISE {
        noisy.send(Message::text(noise)).await.unwrap();
        assert_eq!(hears(&mut noisy).await["retcode"], 1400, "{noise:?}");
    }
    // It sends, and never reads: its answers are not gathered without end.
    let flood = tokio::spawn(async move {
        for _ in 0..200_000 {
            if noisy.feed(Message::text(r#"{"action":"echo","params":{"x":"yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"}}"#)).await.is_err() {
                break;
            }
        }
        noisy
    });
    for round in 0..50 {
        say(&mut good, json!({ "action": "echo", "params": {}, "echo": round })).await;
        assert_eq!(hears(&mut good).await["echo"], round);
    }
    flood.abort();
    assert_eq!(forward.server().stats().panicked, 0);
}

#[tokio::test(start_paused = true)]
async fn nobody_looks_while_a_link_comes_and_goes() {
    let (builder, mut dials) = bot("ws://there/");
    let limits = relink_tokio::InboxLimits { events_max: 4, bytes_max: 1000 };
    let (_bot, mut events) = builder.events(limits).spawn();
    for _ in 0..200 {
        let (mut socket, _) = dials.accept().await;
        say(&mut socket, lifecycle("connect")).await;
        a_moment().await;
    }
    // Up and Down in pairs, whatever is missing.
    let (mut is_up, mut told) = (false, 0);
    while let Ok(Some(event)) = tokio::time::timeout(Duration::from_secs(1), events.next()).await {
        told += 1;
        match event {
            Event::Up => assert!(!std::mem::replace(&mut is_up, true)),
            Event::Down { .. } => assert!(std::mem::replace(&mut is_up, false)),
            _ => {}
        }
    }
    assert!((10..1000).contains(&told), "{told}");
}
