//! The resubscribe race (Parabol's): connections end while their subscriptions are run again, and nobody is harmed.

use std::time::Duration;

use relink_tokio::Millis;
use relink_tokio::graphql::{Client, Subscription};
use relink_tokio::server::Plan;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::bench::*;

const GONE: usize = 100;
const STAYING: usize = 50;
const ROUNDS: usize = 200;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_drop_while_their_subscriptions_are_run_again_and_the_others_go_on() {
    let (server, keys) = server();
    let (address, _listening) = listen(&server).await;
    let (go, gone) = watch::channel(false);
    let (mut leaving, mut staying) = (JoinSet::new(), JoinSet::new());
    for number in 0..GONE + STAYING {
        let client = client(address, &number.to_string(), HURRIED);
        let live = [ticks(&client), ticks(&client)];
        if number < GONE {
            leaving.spawn(leave(client, live, gone.clone(), Duration::from_millis(3 * number as u64)));
        } else {
            live.into_iter().for_each(|ticks| drop(staying.spawn(stay(client.clone(), ticks, number))));
        }
    }
    while keys.lock().unwrap().len() < GONE + STAYING {
        sleep(Duration::from_millis(5)).await;
    }
    sleep(Duration::from_millis(100)).await;
    let everybody = keys.lock().unwrap().clone();
    go.send(true).unwrap();
    // New tokens for everybody, over and over, while a hundred leave.
    let renewing = server.clone();
    let renewals = tokio::spawn(async move {
        let (mut taken, mut gone) = (0, 0);
        for round in 0..ROUNDS {
            for (key, name) in &everybody {
                match renewing.reauthenticate(*key, format!("{name} {round}")) {
                    Ok(()) => taken += 1,
                    Err(_) => gone += 1,
                }
            }
            sleep(Duration::from_millis(2)).await;
        }
        (taken, gone)
    });
    leaving.join_all().await;
    let (taken, gone) = renewals.await.unwrap();
    println!("{taken} renewals were taken, {gone} were for connections that had gone");
    assert!(gone >= GONE && taken >= STAYING * ROUNDS, "{taken} {gone}");
    assert_eq!(timeout(PATIENCE, staying.join_all()).await.unwrap().len(), 2 * STAYING);
    let stats = server.sockets().stats();
    assert_eq!((stats.panicked, stats.sessions), (0, (GONE + STAYING) as u64));
    server.sockets().drain(Plan { spread: Millis::ZERO, ..Plan::DEFAULT }).await;
    none_left(address.port()).await;
}

/// Receives until it is time, then goes away without a word.
async fn leave(client: Client, [mut one, mut two]: [Subscription; 2], mut gone: watch::Receiver<bool>, after: Duration) {
    loop {
        tokio::select! {
            _ = gone.changed() => break,
            _ = name(&mut one) => {}
            _ = name(&mut two) => {}
        }
    }
    sleep(after).await;
    drop((client, one, two));
}

/// Receives until the results are those of the last renewal.
async fn stay(client: Client, mut ticks: Subscription, number: usize) {
    let newest = format!("{number} {}", ROUNDS - 1);
    while name(&mut ticks).await != newest {}
    assert_eq!(client.link().stats().ups, 1, "it noticed nothing");
}
