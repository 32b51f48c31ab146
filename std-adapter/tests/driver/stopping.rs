//! When a stop is over: of a link that rests already, and of one that is started again meanwhile.

use std::time::Duration;

use relink_tokio::{Config, End, Ending, LinkState, Millis};
use tokio::time::Instant;

use crate::fake::*;

#[tokio::test(start_paused = true)]
async fn a_stop_of_a_link_that_rests_already_is_over_at_once() {
    let net = Net::default();
    let (client, _events) = net.builder().restartable().spawn();
    settle().await;
    client.stop().await;
    let asked = Instant::now();
    within_a_day("a second stop", client.stop()).await;
    within_a_day("a drain", client.drain(Duration::from_secs(9))).await;
    client.retry_now();
    within_a_day("a stop that takes back a start", client.stop()).await;
    assert_eq!((asked.elapsed(), net.dials()), (Duration::ZERO, 1));
}

#[tokio::test(start_paused = true)]
async fn a_stop_is_over_when_what_was_there_is_gone_though_the_link_is_started_again() {
    for restartable in [false, true] {
        let net = Net::default();
        net.manners(Manners { answers_close: false, ..Manners::default() });
        let builder = net.builder().config(Config { closing_timeout: Millis::from_secs(3), ..CONFIG });
        let (client, _events) = if restartable { builder.restartable() } else { builder }.spawn();
        assert!(client.ready().await.is_some());
        let asked = Instant::now();
        let starts = async {
            seconds(1).await;
            client.retry_now();
        };
        tokio::join!(within_a_day("the stop", client.stop()), starts);
        assert_eq!(asked.elapsed(), Duration::from_secs(3), "restartable: {restartable}");
        assert!(net.peer(1).is_dropped());
        assert!(client.ready().await.is_some(), "and it starts afresh");
        client.stop().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_stop_is_over_though_a_start_follows_it_at_once() {
    let net = Net::default();
    net.plan([Plan::Fail(Ending::Eof)]);
    let (client, _events) = net.builder().restartable().spawn();
    settle().await;
    assert!(matches!(client.state(), LinkState::Backoff { .. }));
    let starts = async { client.retry_now() };
    tokio::join!(within_a_day("the stop", client.stop()), starts);
    assert!(client.ready().await.is_some());
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_a_link_that_has_given_up_or_was_stopped_is_told_so() {
    let net = Net::default();
    net.plan([Plan::Fail(fatal()), Plan::Fail(fatal())]);
    let (client, _events) = net.builder().restartable().spawn();
    assert_eq!(within_a_day("the first", client.ready()).await, None);
    assert_eq!(within_a_day("once more", client.ready()).await, None);
    assert!(matches!(client.state(), LinkState::Shutdown { because: End::GivenUp }));
    client.retry_now();
    assert_eq!(within_a_day("an outcome of the start", client.ready()).await, None, "that, and not the one before");
    assert_eq!(net.dials(), 2);
    client.retry_now();
    assert!(client.ready().await.is_some());
    let stops = async {
        client.stop().await;
        within_a_day("a stop", client.ready()).await
    };
    assert_eq!(stops.await, None);
    client.retry_now();
    assert!(client.ready().await.is_some(), "and it starts afresh");
}

#[tokio::test(start_paused = true)]
async fn who_waits_while_the_link_is_stopped_is_told_so() {
    let net = Net::default();
    net.always(Plan::Hang);
    let (client, _events) = net.builder().restartable().spawn();
    let waiting = client.clone();
    let (up, ()) = tokio::join!(within_a_day("the end", waiting.ready()), async {
        seconds(1).await;
        client.stop().await;
    });
    assert_eq!(up, None);
}

#[tokio::test(start_paused = true)]
async fn a_stop_of_a_link_that_nobody_has_driven_yet_is_over_at_once() {
    let net = Net::default();
    let (client, mut events, driver) = net.builder().build();
    within_a_day("the stop", client.stop()).await;
    assert_eq!(client.state(), LinkState::Idle);
    // The wish stands.
    assert_eq!(driver.await, End::Stopped);
    assert_eq!((net.dials(), client.state()), (0, LinkState::Shutdown { because: End::Stopped }));
    assert_eq!(rest(&mut events).await, [""; 0]);
    let (client, _events) = net.builder().spawn();
    client.stop().await;
    assert_eq!(client.state(), LinkState::Shutdown { because: End::Stopped }, "a spawned one is driven, and waited for");
}

#[tokio::test(start_paused = true)]
async fn a_stop_is_over_when_the_driver_is_dropped() {
    for driven in [false, true] {
        let net = Net::default();
        net.manners(Manners { answers_close: false, ..Manners::default() });
        let (client, mut events, mut driver) = net.builder().restartable().build();
        if driven {
            let up = async { said(&mut events).await };
            tokio::select! { _ = &mut driver => {}, word = up => assert_eq!(word, "up 1") }
        }
        let drops = async {
            settle().await;
            drop(driver);
        };
        tokio::join!(within_a_day("the stop", client.stop()), drops);
        assert_eq!(within_a_day("the end", client.ready()).await, None);
        assert_eq!(net.held(), 0);
    }
}
