//! The same identity twice: the newest serves at once, and the end of the old one changes nothing.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use relink_tokio::CloseCode;
use relink_tokio::onebot::{Bot, Bots, CallError, Events};
use relink_tokio::server::Cause;
use serde_json::{Value, json};

use crate::bench::*;

type Arrived = Arc<Mutex<Vec<(Bot, Events)>>>;

/// Bots whose handles and events are kept.
fn kept() -> (Bots, Records, Arrived) {
    let arrived = Arrived::default();
    let (builder, records) = bots();
    let keep = arrived.clone();
    let bots = builder.serve(move |bot, events| {
        keep.lock().unwrap().push((bot, events));
        std::future::pending()
    });
    (bots, records, arrived)
}

async fn answers(mut socket: Socket, name: &'static str) {
    loop {
        let ask = hears(&mut socket).await;
        say(&mut socket, json!({ "status": "ok", "retcode": 0, "data": name, "echo": ask["echo"] })).await;
    }
}

#[tokio::test(start_paused = true)]
async fn the_newest_serves_at_once_though_the_old_one_is_half_open() {
    let (bots, records, arrived) = kept();
    // It says nothing, hears nothing, and is not dropped: its network is gone.
    let half_open = dial_as(&bots, "10001", "Universal").await;
    until(|| async { bots.server().stats().sessions == 1 }).await;
    let bot = bots.get(ME).unwrap();
    let waiting = tokio::spawn({
        let bot = bot.clone();
        async move { bot.call::<String>("name", ()).await }
    });
    until(|| async { bot.pending().0 == 1 }).await;
    let newest = dial_as(&bots, "10001", "Universal").await;
    let serving = tokio::spawn(answers(newest, "newest"));
    until(|| async { bots.server().stats().sessions == 2 }).await;
    // On the old one nobody answers any more; that is known at once.
    assert!(matches!(tokio::time::timeout(Duration::from_millis(50), waiting).await.unwrap().unwrap(), Err(CallError::Lost)));
    assert_eq!(bot.call::<String>("name", ()).await.unwrap(), "newest");
    let first = arrived.lock().unwrap()[0].0.clone();
    assert_eq!(first.call::<String>("name", ()).await.unwrap(), "newest", "a handle is the account's");
    // Its end is forced, and recorded; the newest is still there.
    until(|| async { bots.server().stats().connections == 1 }).await;
    {
        let records = records.lock().unwrap();
        assert_eq!((records.len(), records[0].cause, records[0].code), (1, Cause::Replaced, Some(CloseCode::POLICY)));
    }
    assert_eq!(bots.get(ME).unwrap().call::<String>("name", ()).await.unwrap(), "newest");
    drop(half_open);
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(bot.call::<String>("name", ()).await.unwrap(), "newest");
    serving.abort();
}

#[tokio::test(start_paused = true)]
async fn one_account_on_two_connections_one_for_each_role() {
    let (bots, _, arrived) = kept();
    let mut event = dial_as(&bots, "10001", "Event").await;
    say(&mut event, lifecycle("connect")).await;
    until(|| async { bots.server().stats().sessions == 1 }).await;
    let bot = bots.get(ME).unwrap();
    assert!(matches!(bot.call::<()>("name", ()).await, Err(CallError::Down)), "nobody takes actions yet");
    let api = dial_as(&bots, "10001", "API").await;
    tokio::spawn(answers(api, "api"));
    until(|| async { bots.server().stats().sessions == 2 }).await;
    assert_eq!(bot.call::<String>("name", ()).await.unwrap(), "api");
    say(&mut event, json!({ "post_type": "message" })).await;
    let (_, mut events) = arrived.lock().unwrap().pop().unwrap();
    up(&mut events).await;
    meta(&mut events).await;
    post(&mut events).await;
    assert!(arrived.lock().unwrap().is_empty(), "one future for the events, none for the actions");
    bot.stop().await;
    until(|| async { bots.server().stats().connections == 0 }).await;
    assert!(bots.get(ME).is_none() && bots.accounts().is_empty());
}

#[tokio::test(start_paused = true)]
async fn accounts_are_apart() {
    let (bots, _, _arrived) = kept();
    for (id, name) in [("1", "one"), ("-2", "two")] {
        tokio::spawn(answers(dial_as(&bots, id, "Universal").await, name));
    }
    until(|| async { bots.server().stats().sessions == 2 }).await;
    let mut names = Vec::new();
    for account in bots.accounts() {
        let bot = bots.get(account).unwrap();
        assert_eq!(bot.self_id(), Some(account));
        names.push(bot.call::<Value>("name", ()).await.unwrap());
    }
    assert_eq!(names, ["two", "one"]);
}
