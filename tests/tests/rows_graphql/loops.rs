//! The faults that were measured in today's client, over real sockets.

use std::time::Duration;

use futures_util::StreamExt;
use relink_tokio::graphql::{CLIENT_CONFIG, SubscriptionError};
use relink_tokio::server::Plan;
use relink_tokio::{Backoff, CloseCode, Millis};
use tokio::time::{Instant, sleep, timeout};

use crate::bench::*;

/// graphql-ws's client makes 165 dials in 1.5 s against this, and another after its `dispose()`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acked_and_closed_with_1000_it_dials_a_handful_of_times_and_none_after_its_stop() {
    let (server, keys) = server();
    let (address, _listening) = listen(&server).await;
    let client = client(address, "x", CLIENT_CONFIG.backoff);
    let mut subscription = ticks(&client);
    let began = Instant::now();
    while began.elapsed() < Duration::from_millis(1500) {
        server.sockets().end_where(CloseCode::NORMAL, |_| true);
        sleep(Duration::from_millis(1)).await;
    }
    let dials = client.link().stats().dials;
    println!("{dials} dials in 1.5 s");
    assert!((1..=5).contains(&dials), "{dials}");
    // Now it waits for its next attempt.
    client.stop().await;
    let end = subscription.by_ref().skip_while(|result| std::future::ready(result.is_ok()));
    assert!(matches!(std::pin::pin!(end).next().await, Some(Err(SubscriptionError::Stopped))));
    sleep(Duration::from_millis(1500)).await;
    assert_eq!((client.link().stats().dials, server.sockets().stats().connections), (dials, 0));
    assert!(keys.lock().unwrap().len() <= 5);
    server.sockets().drain(Plan { spread: Millis::ZERO, ..Plan::DEFAULT }).await;
    none_left(address.port()).await;
}

/// With two retries allowed, graphql-ws's client never gives up against this: each ack forgives all.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acked_and_closed_with_1012_it_gives_up_after_the_failures_that_are_allowed() {
    let (server, _) = server();
    let (address, _listening) = listen(&server).await;
    let client = client(address, "x", Backoff { failures_max: 3, ..HURRIED });
    let mut subscription = ticks(&client);
    let restarting = server.clone();
    let ends = tokio::spawn(async move {
        loop {
            restarting.sockets().end_where(CloseCode::SERVICE_RESTART, |_| true);
            sleep(Duration::from_millis(1)).await;
        }
    });
    let end = subscription.by_ref().skip_while(|result| std::future::ready(result.is_ok()));
    let end = timeout(PATIENCE, std::pin::pin!(end).next()).await.expect("it gives up");
    assert!(matches!(end, Some(Err(SubscriptionError::GaveUp(_)))), "{end:?}");
    assert_eq!(client.link().stats().dials, 3);
    ends.abort();
    server.sockets().drain(Plan { spread: Millis::ZERO, ..Plan::DEFAULT }).await;
    none_left(address.port()).await;
}
