//! A service is switched off and on: said, done, and everybody comes back.

use std::time::Duration;

use futures_util::StreamExt;
use relink_tokio::onebot::{Event, Meta, Stage};
use relink_tokio::server::Plan;
use relink_tokio::{CloseCode, Millis};
use serde_json::json;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Message;

use crate::bench::*;

const PLAN: Plan =
    Plan { grace: Millis::from_secs(1), spread: Millis::from_secs(2), close_deadline: Millis::from_secs(3), ..Plan::DEFAULT };

#[tokio::test(start_paused = true)]
async fn disable_is_said_before_the_close_where_it_is_asked_for() {
    for extended in [false, true] {
        let account = account(|account| if extended { account.enable_and_disable() } else { account });
        let forward = forward(&account);
        let mut sockets = Vec::new();
        for path in ["/", "/event", "/api"] {
            sockets.push(try_dial(forward.server(), path, &[]).await.unwrap());
        }
        until(|| async { forward.server().stats().sessions == 3 }).await;
        let server = forward.server().clone();
        let drain = tokio::spawn(async move { server.drain(PLAN).await });
        for (number, mut socket) in sockets.into_iter().enumerate() {
            let mut stages = Vec::new();
            if number < 2 {
                let expected = if extended { 3 } else { 1 };
                for _ in 0..expected {
                    stages.push(hears(&mut socket).await["sub_type"].clone());
                }
            }
            let all = [json!("connect"), json!("enable"), json!("disable")];
            assert_eq!(stages, all[..stages.len()]);
            tokio::spawn(async move { assert_eq!(close_code(&mut socket).await, 1001) });
        }
        let report = drain.await.unwrap();
        assert_eq!((report.graceful, report.forced), (3, 0));
    }
}

#[tokio::test(start_paused = true)]
async fn a_link_says_it_too_and_what_was_sent_before_is_still_written() {
    let account = account(|account| account.enable_and_disable());
    let (builder, mut dials) = reverse(&account);
    let reverse = builder.spawn().unwrap();
    let mut socket = dials.accept().await.0;
    for stage in ["connect", "enable"] {
        assert_eq!(hears(&mut socket).await["sub_type"], stage);
    }
    account.send_raw(r#"{"post_type":"message"}"#);
    a_moment().await;
    let stop = tokio::spawn(async move { reverse.stop(Duration::from_secs(3)).await });
    assert_eq!(hears(&mut socket).await["post_type"], "message");
    assert_eq!(hears(&mut socket).await["sub_type"], "disable");
    assert_eq!(close_code(&mut socket).await, 1000);
    stop.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_bot_that_is_told_so_expects_the_end_leaves_and_comes_back() {
    let (_bot, mut events, mut socket, mut dials) = connected().await;
    say(&mut socket, lifecycle("disable")).await;
    let told = meta(&mut events).await;
    assert!(matches!(told, Meta::Lifecycle(lifecycle) if lifecycle.stage == Stage::Disable));
    // NapCat's did not close: so we do.
    let began = Instant::now();
    let closed = loop {
        if let Message::Close(frame) = socket.next().await.unwrap().unwrap() {
            break frame.unwrap();
        }
    };
    assert_eq!(u16::from(closed.code), 1000);
    drop(socket);
    let (why, expected) = down(&mut events).await;
    assert!(expected && began.elapsed() < Duration::from_secs(1));
    assert!(why.to_string().contains("switched off"), "{why}");
    let (mut socket, _) = dials.accept().await;
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    for stage in ["connect", "enable"] {
        say(&mut socket, lifecycle(stage)).await;
    }
    meta(&mut events).await;
    up(&mut events).await;
    assert!(matches!(meta(&mut events).await, Meta::Lifecycle(lifecycle) if lifecycle.stage == Stage::Enable));
    // The next end is a surprise again.
    drop(socket);
    assert!(!down(&mut events).await.1);
}

#[tokio::test(start_paused = true)]
async fn a_bot_whose_implementation_dials_expects_it_too() {
    let (sender, mut ends) = tokio::sync::mpsc::unbounded_channel();
    let (builder, records) = bots();
    let bots = builder.serve(move |_bot, mut events| {
        let sender = sender.clone();
        async move {
            while let Some(event) = events.next().await {
                if let Event::Down { expected, .. } = event {
                    sender.send(expected).unwrap();
                }
            }
        }
    });
    for extended in [true, false] {
        let account = account(|account| if extended { account.enable_and_disable() } else { account });
        let (builder, dials) = reverse(&account);
        dials.to(bots.server());
        let reverse = builder.spawn().unwrap();
        reverse.client().ready().await.unwrap();
        until(|| async { bots.get(ME).is_some() }).await;
        reverse.stop(Duration::from_secs(3)).await;
        assert_eq!(ends.recv().await, Some(extended));
        until(|| async { bots.server().stats().connections == 0 }).await;
    }
    let ends: Vec<_> = records.lock().unwrap().iter().map(|record| (record.ending.label(), record.code.map(CloseCode::get))).collect();
    assert_eq!(ends, [("asked", Some(1000)), ("closed", Some(1000))]);
}
