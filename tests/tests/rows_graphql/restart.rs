//! A server that is restarted: every subscriber receives again.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use relink_tokio::server::Plan;
use relink_tokio::{CloseCode, Millis};
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::bench::*;

const CLIENTS: usize = 50;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_subscriber_of_every_client_receives_again() {
    let (first, _) = server();
    let (address, listening) = listen(&first).await;
    let (back, clients) = (Arc::new(AtomicUsize::new(0)), (0..CLIENTS).map(|_| client(address, "x", HURRIED)));
    let clients: Vec<_> = clients.collect();
    let mut subscribers = JoinSet::new();
    for client in &clients {
        for _ in 0..3 {
            let (client, mut ticks, back) = (client.clone(), ticks(client), back.clone());
            subscribers.spawn(async move {
                while client.link().stats().ups < 2 {
                    name(&mut ticks).await;
                }
                // More than can have waited from before.
                for _ in 0..100 {
                    name(&mut ticks).await;
                }
                back.fetch_add(1, Ordering::Relaxed);
            });
        }
    }
    while first.sockets().stats().sessions < CLIENTS as u64 {
        sleep(Duration::from_millis(5)).await;
    }
    sleep(Duration::from_millis(200)).await;
    let plan = Plan { spread: Millis::new(200), code: CloseCode::SERVICE_RESTART, ..Plan::DEFAULT };
    let report = first.sockets().drain(plan).await;
    assert_eq!((report.graceful, report.forced), (CLIENTS as u32, 0));
    listening.await.unwrap();
    let (second, keys) = server();
    let (_, _listening) = listen_at(&second, address).await;
    subscribers.join_all().await;
    println!("{} subscribers of {CLIENTS} clients receive again", back.load(Ordering::Relaxed));
    assert_eq!((back.load(Ordering::Relaxed), keys.lock().unwrap().len()), (3 * CLIENTS, CLIENTS));
    for client in &clients {
        client.stop().await;
    }
    second.sockets().drain(plan).await;
    none_left(address.port()).await;
}
