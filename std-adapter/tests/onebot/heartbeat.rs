//! Heartbeats: sent as announced, and watched.

use std::time::Duration;

use futures_util::StreamExt;
use relink_tokio::ending::Phase;
use relink_tokio::onebot::{Event, Health, Meta};
use relink_tokio::{CloseCode, Ending, Millis};
use serde_json::json;
use tokio::time::{Instant, timeout};

use crate::bench::*;

/// NapCat 3.1.10: the service is off, the connection is open, and its library goes on to answer pings.
async fn answers_pings_only(mut socket: Socket) -> u64 {
    let mut pings = 0;
    while let Some(Ok(message)) = socket.next().await {
        pings += u64::from(message.is_ping());
    }
    pings
}

#[tokio::test(start_paused = true)]
async fn a_service_that_falls_silent_while_pongs_go_on_is_left_and_dialled_again() {
    let (bot, mut events, mut socket, mut dials) = connected().await;
    for _ in 0..3 {
        say(&mut socket, heartbeat(60_000)).await;
        assert!(matches!(meta(&mut events).await, Meta::Heartbeat(beat) if beat.interval == Some(Millis::from_secs(60))));
        let pinged = timeout(Duration::from_secs(60), async { while socket.next().await.is_some_and(|frame| frame.is_ok()) {} });
        assert!(pinged.await.is_err(), "the connection ended");
    }
    say(&mut socket, heartbeat(60_000)).await;
    meta(&mut events).await;
    let began = Instant::now();
    let pinged = tokio::spawn(answers_pings_only(socket));
    let call = tokio::spawn({
        let bot = bot.clone().with_call_timeout(Duration::from_secs(3600));
        async move { bot.call::<()>("any", ()).await }
    });
    let (why, expected) = down(&mut events).await;
    assert!(matches!(why, Ending::Timeout(Phase::Pulse)) && !expected, "{why:?}");
    // The interval and half of it.
    assert_eq!(began.elapsed().as_secs(), 90);
    assert!(call.await.unwrap().is_err());
    assert!(pinged.await.unwrap() >= 3, "it did answer pings");
    let (mut socket, _) = dials.accept().await;
    say(&mut socket, lifecycle("connect")).await;
    meta(&mut events).await;
    up(&mut events).await;
}

#[tokio::test(start_paused = true)]
async fn one_that_has_dialled_is_left_too() {
    let (builder, records) = bots();
    let (sender, mut gone) = tokio::sync::mpsc::unbounded_channel();
    let bots = builder.serve(move |_bot, mut events| {
        let sender = sender.clone();
        async move { sender.send(down(&mut events).await).unwrap() }
    });
    let mut socket = dial_as(&bots, "10001", "Universal").await;
    say(&mut socket, lifecycle("connect")).await;
    say(&mut socket, heartbeat(10_000)).await;
    let began = Instant::now();
    let pinged = tokio::spawn(answers_pings_only(socket));
    let (why, _) = gone.recv().await.unwrap();
    assert!(matches!(why, Ending::Timeout(Phase::Pulse)), "{why:?}");
    assert_eq!(began.elapsed().as_secs(), 15);
    pinged.await.unwrap();
    until(|| async { bots.server().stats().connections == 0 }).await;
    assert_eq!(records.lock().unwrap()[0].code, Some(CloseCode::TIMEOUT));
    assert!(bots.get(ME).is_none());
}

#[tokio::test(start_paused = true)]
async fn one_that_promises_nothing_is_not_watched() {
    let (_bot, mut events, mut socket, _dials) = connected().await;
    // 0: there will be no more.
    for interval in [1000, 0] {
        say(&mut socket, heartbeat(interval)).await;
        meta(&mut events).await;
    }
    tokio::spawn(answers_pings_only(socket));
    let silence = timeout(Duration::from_secs(3600), events.next()).await;
    assert!(silence.is_err(), "{silence:?}");
}

#[tokio::test(start_paused = true)]
async fn heartbeats_are_sent_at_the_announced_interval_on_each_connection() {
    let account = account(|account| account.heartbeat(Millis::from_secs(30)));
    let forward = forward(&account);
    let mut socket = try_dial(forward.server(), "/", &[]).await.unwrap();
    assert_eq!(hears(&mut socket).await["sub_type"], "connect");
    let began = Instant::now();
    for beat in 0..10 {
        let heard = hears(&mut socket).await;
        assert_eq!((&heard["meta_event_type"], &heard["interval"]), (&json!("heartbeat"), &json!(30_000)));
        assert_eq!((&heard["self_id"], &heard["status"]["good"]), (&json!(10001), &json!(beat < 5)));
        assert_eq!(began.elapsed().as_secs(), beat * 30);
        if beat == 4 {
            account.set_health(Health { online: None, good: false });
        }
    }
    // On /api nobody listens for them.
    let mut api = try_dial(forward.server(), "/api", &[]).await.unwrap();
    assert!(timeout(Duration::from_secs(50), hears(&mut api)).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn our_bot_is_content_with_our_heartbeats_for_an_hour() {
    let account = account(|account| account.heartbeat(Millis::from_secs(15)));
    let (builder, dials) = bot("ws://there/");
    dials.to(forward(&account).server());
    let (_bot, mut events) = builder.spawn();
    meta(&mut events).await;
    up(&mut events).await;
    let (end, mut beats) = (Instant::now() + Duration::from_secs(3600), 0);
    while let Ok(event) = tokio::time::timeout_at(end, events.next()).await {
        assert!(matches!(event, Some(Event::Meta(Meta::Heartbeat(_)))), "{event:?}");
        beats += 1;
    }
    assert!((240..=241).contains(&beats), "{beats}");
}
