//! Ending with nothing left in hand.

use std::time::Duration;

use relink_tokio::{Attempt, Fate, LinkState, SendError};
use tokio::time::Instant;

use crate::fake::*;

#[tokio::test(start_paused = true)]
async fn drain_writes_what_was_accepted_and_ends() {
    let net = Net::default();
    let (client, mut events) = net.builder().spawn();
    assert_eq!(said(&mut events).await, "up 1");
    for number in 0..100 {
        client.send(number.to_string()).await.unwrap();
    }
    let asked = Instant::now();
    client.drain(Duration::from_secs(30)).await;
    assert_eq!(asked.elapsed(), Duration::ZERO);
    assert_eq!(net.peer(1).sent().len(), 100);
    assert_eq!(rest(&mut events).await, ["down 1 stopped"]);
}

#[tokio::test(start_paused = true)]
async fn drain_waits_for_what_is_in_hand_until_its_deadline() {
    let net = Net::default();
    let (client, mut events) = net.builder().spawn();
    assert_eq!(said(&mut events).await, "up 1");
    net.peer(1).set_busy(true);
    let draining = tokio::spawn({
        let client = client.clone();
        async move { client.drain(Duration::from_secs(30)).await }
    });
    seconds(5).await;
    assert!(matches!(client.state(), LinkState::Draining { .. }));
    assert_eq!(client.try_send("late"), Err(SendError::Ended("late".into())));
    net.peer(1).say("still coming in");
    assert_eq!(said(&mut events).await, "message 1 still coming in");
    let answer = client.try_send_on(Attempt::from_number(1), "what it drains for").expect("may still be answered");
    assert_eq!(answer.await, Fate::Written);
    seconds(26).await;
    assert!(draining.is_finished());
    assert_eq!(rest(&mut events).await, ["down 1 stopped"]);
}

#[tokio::test(start_paused = true)]
async fn drain_waits_for_a_write_that_is_stuck() {
    let net = Net::default();
    let (client, mut events) = net.builder().spawn();
    assert_eq!(said(&mut events).await, "up 1");
    net.peer(1).manners(Manners { takes_writes: false, ..Manners::DEFAULT });
    let receipt = client.send_tracked("last").await.unwrap();
    let draining = tokio::spawn(async move { client.drain(Duration::from_secs(20)).await });
    seconds(5).await;
    assert_eq!((net.peer(1).close_code(), draining.is_finished()), (None, false));
    net.peer(1).manners(Manners::DEFAULT);
    within_a_day("a drain", draining).await.unwrap();
    assert_eq!(receipt.await, Fate::Written);
}

#[tokio::test(start_paused = true)]
async fn a_drain_does_not_take_back_a_stop() {
    let net = Net::default();
    let (client, mut events) = net.builder().spawn();
    assert_eq!(said(&mut events).await, "up 1");
    net.peer(1).set_busy(true);
    let asked = Instant::now();
    tokio::join!(client.stop(), client.drain(Duration::from_secs(30)));
    assert_eq!(asked.elapsed(), Duration::ZERO);
}
