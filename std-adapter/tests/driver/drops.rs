//! What happens when handles, events or the driver are dropped: nothing is left behind.

use std::time::Duration;

use relink_tokio::{End, Fate, LinkState, SendError};

use crate::fake::*;

#[tokio::test(start_paused = true)]
async fn the_last_handle_stops_the_link() {
    let net = Net::default();
    let (client, mut events) = net.builder().spawn();
    let other = client.clone();
    assert_eq!(said(&mut events).await, "up 1");
    drop(client);
    seconds(60).await;
    assert_eq!(net.held(), 1, "one handle is left");
    drop(other);
    assert_eq!(rest(&mut events).await, ["down 1 stopped"]);
    settle().await;
    assert_eq!((net.peer(1).close_code(), net.held(), tasks()), (Some(1000), 0, 0));
}

#[tokio::test(start_paused = true)]
async fn dropping_the_events_stops_the_link() {
    let net = Net::default();
    let (client, mut events) = net.builder().spawn();
    assert_eq!(said(&mut events).await, "up 1");
    for _ in 0..1000 {
        net.peer(1).say("x");
    }
    drop(events);
    settle().await;
    assert_eq!((net.peer(1).close_code(), net.held(), tasks()), (Some(1000), 0, 0));
    assert_eq!(client.state(), LinkState::Shutdown { because: End::Stopped });
}

#[tokio::test(start_paused = true)]
async fn dropping_all_in_any_phase_leaves_no_task_and_no_connection() {
    for (plan, wait) in [(Plan::Hang, 1), (Plan::Fail(relink_tokio::Ending::Eof), 0), (Plan::Open, 1), (Plan::Open, 0)] {
        for restartable in [false, true] {
            let net = Net::default();
            net.plan([plan.clone()]);
            let builder = net.builder();
            let parts = if restartable { builder.restartable().spawn() } else { builder.spawn() };
            seconds(wait).await;
            drop(parts);
            seconds(2).await;
            assert_eq!((net.held(), net.opening(), tasks()), (0, 0, 0), "{plan:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_link_that_was_never_polled_is_dropped_quietly() {
    let net = Net::default();
    let (client, mut events, driver) = net.builder().build();
    client.try_send("x").unwrap();
    drop(driver);
    assert_eq!(net.dials(), 0);
    assert_eq!(rest(&mut events).await, Vec::<String>::new());
    assert_eq!(client.unsent(), ["x"]);
    client.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_driver_dropped_midway_tells_everybody() {
    let net = Net::default();
    let (client, mut events, mut driver) = net.builder().build();
    let mut up = false;
    while !up {
        tokio::select! {
            _ = &mut driver => panic!("the link goes on"),
            event = said(&mut events) => up = event == "up 1",
        }
    }
    net.peer(1).manners(Manners { takes_writes: false, ..Manners::DEFAULT });
    let mut receipts = Vec::new();
    for number in 0..BUFFER_MAX + 1 {
        receipts.push(client.send_tracked(number.to_string()).await.unwrap());
    }
    let _ = tokio::time::timeout(Duration::from_millis(10), &mut driver).await;
    let stopping = tokio::spawn({
        let client = client.clone();
        async move { client.stop().await }
    });
    settle().await;
    drop(driver);
    stopping.await.unwrap();
    assert_eq!(rest(&mut events).await, ["down 1 stopped"]);
    let last = receipts.pop().unwrap();
    for receipt in receipts {
        assert_eq!(receipt.await, Fate::Unknown);
    }
    assert_eq!(last.await, Fate::NotWritten(BUFFER_MAX.to_string()));
    assert_eq!(client.send("x").await, Err(SendError::Ended("x".into())));
    assert_eq!((net.held(), client.ready().await), (0, None));
    assert_eq!(client.state(), LinkState::Shutdown { because: End::Stopped });
}

#[tokio::test(start_paused = true)]
async fn the_driver_says_why_the_link_ended() {
    let net = Net::default();
    net.plan([Plan::Fail(fatal())]);
    let (_client, _events, driver) = net.builder().build();
    assert_eq!(driver.await, End::GivenUp);
    let net = Net::default();
    let (client, _events, driver) = net.builder().build();
    let ended = tokio::spawn(driver);
    client.stop().await;
    assert_eq!(ended.await.unwrap(), End::Stopped);
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_stop_stops_all_the_same() {
    let net = Net::default();
    net.manners(Manners { answers_close: false, ..Manners::DEFAULT });
    let (client, mut events) = net.builder().spawn();
    assert_eq!(said(&mut events).await, "up 1");
    assert!(tokio::time::timeout(Duration::from_millis(10), client.stop()).await.is_err());
    assert_eq!(rest(&mut events).await, ["down 1 stopped"]);
    assert_eq!(net.held(), 0);
}
