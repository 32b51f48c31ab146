//! What a link does from its first dial to its end, each phase by itself.

use std::time::Duration;

use relink_tokio::core::Report;
use relink_tokio::{CloseCode, Config, End, Ending, Event, LinkState, Millis, SendError, Verdict};
use tokio::time::Instant;

use crate::fake::*;

#[tokio::test(start_paused = true)]
async fn comes_up_and_delivers_in_order() {
    let net = Net::default();
    let (client, mut events) = net.builder().spawn();
    assert_eq!(said(&mut events).await, "up 1");
    assert_eq!(client.ready().await.map(|attempt| attempt.number()), Some(1));
    net.peer(1).say("a");
    net.peer(1).say("b");
    assert_eq!(said(&mut events).await, "message 1 a");
    assert_eq!(said(&mut events).await, "message 1 b");
    client.send("c").await.unwrap();
    settle().await;
    assert_eq!(net.peer(1).sent(), ["c"]);
    client.stop().await;
    assert_eq!(rest(&mut events).await, ["down 1 stopped"]);
    assert_eq!(net.peer(1).close_code(), Some(1000));
    assert_eq!((net.held(), tasks()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_failed_attempt_says_when_the_next_one_is_made() {
    let net = Net::default();
    net.plan([Plan::Fail(Ending::Eof), Plan::Fail(Ending::Eof)]);
    let (_client, mut events) = net.builder().spawn();
    for delay in [1, 2] {
        let Event::Failed { retry_at, why: Ending::Eof, .. } = next(&mut events).await else { panic!("a failure") };
        assert_eq!(retry_at, Some(Instant::now() + Duration::from_secs(delay)));
    }
    assert_eq!(said(&mut events).await, "up 3");
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_hangs_fails_within_its_time_and_is_dropped() {
    let net = Net::default();
    net.plan([Plan::Hang]);
    let start = Instant::now();
    let (_client, mut events) = net.builder().spawn();
    assert_eq!(said(&mut events).await, "failed 1 opening_timeout");
    assert_eq!(start.elapsed(), Duration::from_secs(10));
    assert_eq!(net.opening(), 0);
    assert_eq!(said(&mut events).await, "up 2");
}

#[tokio::test(start_paused = true)]
async fn an_acceptance_that_does_not_come_is_a_failure_with_a_close() {
    let net = Net::default();
    let config = Config { acceptance_timeout: Millis::from_secs(3), ..CONFIG };
    let (client, mut events) = net.builder().config(config).spawn();
    assert_eq!(said(&mut events).await, "failed 1 acceptance_timeout");
    assert_eq!(net.peer(1).close_code(), Some(3008));
    settle().await;
    seconds(1).await;
    net.peer(2).report(Report::Accepted);
    assert_eq!(said(&mut events).await, "up 2");
    assert_eq!(client.stats().failed, 1);
}

#[tokio::test(start_paused = true)]
async fn a_silent_peer_is_one_down_within_ping_and_pong_time() {
    let net = Net::default();
    net.manners(Manners { answers_pings: false, ..Manners::default() });
    let (_client, mut events) = net.builder().spawn();
    assert_eq!(said(&mut events).await, "up 1");
    let up = Instant::now();
    assert_eq!(said(&mut events).await, "down 1 silence_timeout");
    assert_eq!(up.elapsed(), Duration::from_secs(25));
    assert_eq!(net.peer(1).pings(), 1);
    assert_eq!(said(&mut events).await, "up 2");
}

#[tokio::test(start_paused = true)]
async fn pongs_keep_an_idle_link_up() {
    let net = Net::default();
    let (client, mut events) = net.builder().spawn();
    assert_eq!(said(&mut events).await, "up 1");
    seconds(3600).await;
    settle().await;
    assert!(events.try_next().is_none());
    assert_eq!(net.peer(1).pings(), 3600 / 20);
    assert_eq!(client.stats().ignored, 0);
}

#[tokio::test(start_paused = true)]
async fn the_peers_close_is_told_with_its_code_and_once() {
    let net = Net::default();
    let (_client, mut events) = net.builder().spawn();
    assert_eq!(said(&mut events).await, "up 1");
    net.peer(1).close(1011);
    net.peer(1).lose();
    let Event::Down { why, .. } = next(&mut events).await else { panic!("down") };
    assert_eq!(why.close_code(), Some(CloseCode::INTERNAL_ERROR));
    assert_eq!(said(&mut events).await, "up 2");
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_closes_and_holds_the_transport_is_dropped() {
    let net = Net::default();
    let (client, mut events) = net.builder().spawn();
    assert_eq!(said(&mut events).await, "up 1");
    net.peer(1).close(1000);
    let then = Instant::now();
    assert_eq!(said(&mut events).await, "down 1 closed");
    assert_eq!(then.elapsed(), Duration::from_secs(1));
    assert!(net.peer(1).is_dropped());
    assert_eq!(client.stats().forced, 1);
}

#[tokio::test(start_paused = true)]
async fn what_a_peer_says_before_it_accepts_is_told_before_what_becomes_of_the_attempt() {
    let net = Net::default();
    let config = Config { acceptance_timeout: Millis::from_secs(9), overlap_max: Millis::from_secs(30), ..CONFIG };
    let (client, mut events) = net.builder().config(config).spawn();
    settle().await;
    net.peer(1).say("a");
    assert_eq!(said(&mut events).await, "message 1 a");
    net.peer(1).say("b");
    net.peer(1).lose();
    assert_eq!([said(&mut events).await, said(&mut events).await], ["message 1 b", "failed 1 eof"]);
    seconds(2).await;
    net.peer(2).say("c");
    net.peer(2).report(Report::Accepted);
    net.peer(2).say("d");
    assert_eq!([said(&mut events).await, said(&mut events).await, said(&mut events).await], ["message 2 c", "up 2", "message 2 d"]);
    seconds(11).await;
    client.renew();
    settle().await;
    net.peer(3).say("e");
    net.peer(3).report(Report::Accepted);
    assert_eq!([said(&mut events).await, said(&mut events).await], ["message 3 e", "renewed 2 3"]);
}

#[tokio::test(start_paused = true)]
async fn what_is_there_is_taken_though_the_task_has_done_much() {
    let net = Net::default();
    let (_client, mut events) = net.builder().spawn();
    settle().await;
    let taken = std::future::poll_fn(|cx| {
        // As tokio counts it: it would make everything look empty from here on.
        while let std::task::Poll::Ready(turn) = tokio::task::coop::poll_proceed(cx) {
            turn.made_progress();
        }
        std::task::Poll::Ready(events.try_next().map(|event| word(&event)))
    });
    assert_eq!(taken.await.as_deref(), Some("up 1"));
}

#[tokio::test(start_paused = true)]
async fn a_transport_with_one_waker_is_heard_too() {
    let net = Net::default();
    net.manners(Manners { has_one_waker: true, ..Manners::DEFAULT });
    let (client, mut events) = net.builder().spawn();
    assert_eq!(said(&mut events).await, "up 1");
    for number in 0..10 {
        client.send("x").await.unwrap();
        settle().await;
        net.peer(1).say(number.to_string());
        let said_at = Instant::now();
        assert_eq!(said(&mut events).await, format!("message 1 {number}"));
        assert_eq!(said_at.elapsed(), Duration::ZERO);
    }
}

#[tokio::test(start_paused = true)]
async fn a_breach_of_protocol_is_closed_with_its_code() {
    let net = Net::default();
    let (_client, mut events) = net.builder().spawn();
    assert_eq!(said(&mut events).await, "up 1");
    net.peer(1).push(relink_tokio::Incoming::Broken(CloseCode::INVALID_PAYLOAD, Ending::other("not UTF-8", Verdict::Retry)));
    assert_eq!(said(&mut events).await, "down 1 other");
    assert_eq!(net.peer(1).close_code(), Some(1007));
}

#[tokio::test(start_paused = true)]
async fn stop_resolves_in_every_phase_within_its_bound() {
    let bound = Duration::from_secs(1);
    let stubborn = Manners { answers_close: false, ..Manners::default() };
    let phases: [(&str, Plan, Config, u64); 5] = [
        ("connecting", Plan::Hang, CONFIG, 1),
        ("backoff", Plan::Fail(Ending::Eof), CONFIG, 0),
        ("open", Plan::Open, Config { acceptance_timeout: Millis::from_secs(9), ..CONFIG }, 1),
        ("ready", Plan::Open, CONFIG, 1),
        ("closing", Plan::Open, CONFIG, 1),
    ];
    for (phase, plan, config, after) in phases {
        let net = Net::default();
        net.manners(stubborn);
        net.plan([plan]);
        let (client, mut events) = net.builder().config(config).spawn();
        settle().await;
        seconds(after).await;
        if phase == "closing" {
            net.peer(1).close(1000);
            settle().await;
        }
        let asked = Instant::now();
        client.stop().await;
        assert!(asked.elapsed() <= bound, "{phase}: {:?}", asked.elapsed());
        assert_eq!(client.state(), LinkState::Shutdown { because: End::Stopped }, "{phase}");
        assert_eq!((net.held(), net.opening(), tasks()), (0, 0, 0), "{phase}");
        let told = rest(&mut events).await;
        assert!(told.iter().filter(|word| word.starts_with("down")).count() <= 1, "{phase}: {told:?}");
        assert_eq!(client.try_send("x"), Err(SendError::Ended("x".into())), "{phase}");
    }
}

#[tokio::test(start_paused = true)]
async fn stop_while_dialling_drops_the_attempt_at_once() {
    let net = Net::default();
    net.plan([Plan::Hang]);
    let (client, mut events) = net.builder().spawn();
    settle().await;
    assert_eq!(net.opening(), 1);
    let asked = Instant::now();
    client.stop().await;
    assert_eq!(asked.elapsed(), Duration::ZERO);
    assert_eq!(net.opening(), 0);
    assert_eq!(rest(&mut events).await, ["failed 1 stopped"]);
}

#[tokio::test(start_paused = true)]
async fn starting_twice_is_one_link() {
    let net = Net::default();
    net.plan([Plan::OpenAfter(Duration::from_secs(1))]);
    let (client, mut events) = net.builder().spawn();
    client.retry_now();
    settle().await;
    client.retry_now();
    assert_eq!(said(&mut events).await, "up 1");
    client.retry_now();
    seconds(60).await;
    assert_eq!((net.dials(), net.held()), (1, 1));
    assert_eq!(client.stats().ignored, 2);
}

#[tokio::test(start_paused = true)]
async fn a_lazy_link_waits_for_its_start() {
    let net = Net::default();
    let (client, mut events) = net.builder().lazy().spawn();
    seconds(100).await;
    assert_eq!((net.dials(), client.state()), (0, LinkState::Idle));
    client.retry_now();
    assert_eq!(said(&mut events).await, "up 1");
}

#[tokio::test(start_paused = true)]
async fn a_restartable_link_starts_afresh_and_keeps_its_promises() {
    let net = Net::default();
    net.plan([Plan::Fail(Ending::other("busy", Verdict::RetryAfter(Millis::from_secs(60)))), Plan::Open, Plan::Fail(fatal())]);
    let (client, mut events) = net.builder().restartable().spawn();
    assert_eq!(said(&mut events).await, "failed 1 other");
    let promised = Instant::now();
    client.stop().await;
    client.retry_now();
    assert_eq!(said(&mut events).await, "up 2");
    assert_eq!(promised.elapsed(), Duration::from_secs(60), "a stop does not forget a Retry-After");
    net.peer(2).lose();
    assert_eq!(said(&mut events).await, "down 2 eof");
    assert_eq!(said(&mut events).await, "failed 3 other");
    assert_eq!(said(&mut events).await, "gave up other");
    client.retry_now();
    assert_eq!(said(&mut events).await, "up 4");
    drop(client);
    assert_eq!(rest(&mut events).await, ["down 4 stopped"]);
    settle().await;
    assert_eq!((net.held(), tasks()), (0, 0));
}
