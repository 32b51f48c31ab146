//! A message for a client that is gone is a value: it ends no process (Parabol's incident) and disturbs nobody.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use futures_util::SinkExt;
use relink_tokio::CloseCode;
use relink_tokio::server::{Key, Server};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_tungstenite::tungstenite::Message;

use crate::bench::*;

const LIVE: usize = 1000;
const GONE: usize = 100;
const LATE_EACH: u64 = 1000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_thousand_things_for_those_who_are_gone_while_a_thousand_talk() {
    let (builder, records) = recorded(Server::builder());
    let server = builder.serve(echo);
    let (address, _listening) = listen(&server).await;
    let (stop, echoed) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let mut live = JoinSet::new();
    for number in 0..LIVE {
        let (stop, echoed) = (stop.clone(), echoed.clone());
        live.spawn(async move {
            let mut socket = dial(address).await.unwrap();
            while !stop.load(Ordering::Relaxed) {
                socket.send(Message::text(number.to_string())).await.unwrap();
                assert_eq!(text(&mut socket).await, Some(number.to_string()));
                echoed.fetch_add(1, Ordering::Relaxed);
                // 1,000 clients that talk as clients do, not a benchmark.
                sleep(Duration::from_millis(50)).await;
            }
            socket.close(None).await.unwrap();
        });
    }
    let gone = leave_without_a_word(&server, address).await;
    let before = server.stats().stale;
    be_late_for(&server, gone).await;
    let stale = server.stats().stale - before;
    assert_eq!(stale, GONE as u64 * LATE_EACH, "each one is counted");
    // The thousand go on, none of them was touched.
    let talked = echoed.load(Ordering::Relaxed);
    while echoed.load(Ordering::Relaxed) < talked + LIVE as u64 {
        sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(server.stats().connections, LIVE as u64);
    stop.store(true, Ordering::Relaxed);
    let ended = timeout(Duration::from_secs(30), live.join_all()).await.unwrap().len();
    let echoes = echoed.load(Ordering::Relaxed);
    println!("{stale} stale, all counted; {ended} clients had {echoes} echoes and no error");
    assert_eq!((ended, server.stats().panicked), (LIVE, 0));
    server.drain(relink_tokio::server::Plan { spread: relink_tokio::Millis::ZERO, ..Default::default() }).await;
    assert_eq!(records.lock().unwrap().len(), LIVE + GONE);
    none_left(address.port()).await;
}

/// The timers of a thousand subscriptions of each fire after their connection's end: to send, or to close.
async fn be_late_for(server: &Server, gone: Vec<Key>) {
    let late = gone.into_iter().map(|key| {
        let server = server.clone();
        tokio::spawn(async move {
            for round in 0..LATE_EACH {
                tokio::task::yield_now().await;
                if round % 2 == 0 {
                    server.send(key, "resubscribed").unwrap_err();
                } else {
                    assert!(!server.end(key, CloseCode::NORMAL));
                }
            }
        })
    });
    for late in late.collect::<Vec<_>>() {
        timeout(Duration::from_secs(60), late).await.unwrap().unwrap();
    }
}

/// Clients whose sockets are reset, and the keys under which they were there.
async fn leave_without_a_word(server: &Server, address: std::net::SocketAddr) -> Vec<Key> {
    while server.stats().sessions < LIVE as u64 {
        sleep(Duration::from_millis(5)).await;
    }
    let there = server.keys();
    let mut sockets = Vec::new();
    for _ in 0..GONE {
        sockets.push(dial(address).await.unwrap());
    }
    while server.stats().sessions < (LIVE + GONE) as u64 {
        sleep(Duration::from_millis(5)).await;
    }
    let keys = server.keys().into_iter().filter(|key| !there.contains(key)).collect();
    for socket in &sockets {
        // Closing resets it: the server has not a word of warning.
        socket.get_ref().set_zero_linger().unwrap();
    }
    drop(sockets);
    while server.stats().connections > LIVE as u64 {
        sleep(Duration::from_millis(5)).await;
    }
    keys
}
