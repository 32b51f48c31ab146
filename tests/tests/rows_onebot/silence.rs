//! NapCat's case: the service was switched off, its connections were left open, and its library went on to answer pings.

use std::time::{Duration, Instant};

use futures_util::StreamExt;
use relink_tokio::Ending;
use relink_tokio::ending::Phase;
use relink_tokio::onebot::{CallError, Event};
use serde_json::json;
use tokio::net::TcpListener;

use crate::bench::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_that_is_off_while_pongs_go_on_is_left_within_its_deadline_and_dialled_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let quick_pings = |config| relink_tokio::Config { ping_after: relink_tokio::Millis::new(500), ..config };
    let (bot, mut events) = bot(address).config(quick_pings).spawn();
    let mut socket = accept(&listener).await;
    say(&mut socket, lifecycle("connect")).await;
    up(&mut events).await;
    let beat =
        json!({ "post_type": "meta_event", "meta_event_type": "heartbeat", "status": {}, "interval": 1000, "self_id": 1, "time": 1 });
    say(&mut socket, beat).await;
    let began = Instant::now();
    let pings = tokio::spawn(async move {
        let mut pings = 0;
        while let Some(Ok(message)) = socket.next().await {
            pings += u64::from(message.is_ping());
        }
        pings
    });
    let call = bot.call::<()>("get_status", ());
    let down = pass(&mut events, |event| match event {
        Event::Down { why, expected, .. } => Some((why, expected, began.elapsed())),
        _ => None,
    });
    let (call, (why, expected, took)) = tokio::join!(call, down);
    let pings = pings.await.unwrap();
    println!("left {took:?} after the last heartbeat, which promised the next within 1 s; it answered {pings} pings meanwhile");
    assert!(matches!(why, Ending::Timeout(Phase::Pulse)) && !expected, "{why:?}");
    // 1 s is what was promised, 5 s the least tolerance.
    assert!((Duration::from_millis(5950)..Duration::from_millis(6000) + SLACK).contains(&took), "{took:?}");
    assert!(pings >= 5, "{pings}");
    assert!(matches!(call, Err(CallError::Lost)), "{call:?}");
    let mut socket = accept(&listener).await;
    say(&mut socket, lifecycle("connect")).await;
    up(&mut events).await;
    bot.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_pending_calls_fail_at_once_when_the_link_drops() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (bot, mut events) = bot(listener.local_addr().unwrap()).spawn();
    let mut socket = accept(&listener).await;
    say(&mut socket, lifecycle("connect")).await;
    up(&mut events).await;
    let calls: Vec<_> = (0..1000)
        .map(|_| {
            let bot = bot.clone();
            tokio::spawn(async move {
                let lost = bot.call::<()>("slow", ()).await;
                (lost, Instant::now())
            })
        })
        .collect();
    for _ in 0..1000 {
        text(&mut socket).await.unwrap();
    }
    socket.get_ref().set_zero_linger().unwrap();
    let began = Instant::now();
    drop(socket);
    let mut slowest = Duration::ZERO;
    for call in calls {
        let (lost, at) = call.await.unwrap();
        assert!(matches!(lost, Err(CallError::Lost)), "{lost:?}");
        slowest = slowest.max(at.duration_since(began));
    }
    println!("1,000 pending calls had failed {slowest:?} after the reset; each would have waited for 30 s");
    assert!(slowest < SLACK, "{slowest:?}");
    bot.stop().await;
}
