//! When a stop is over: of a link that rests already, and of one that is started again meanwhile.

use std::time::Duration;

use relink_tokio::{Config, Ending, LinkState, Millis};
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
