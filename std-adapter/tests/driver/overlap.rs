//! The change from one connection to the next: nothing lost, nobody told of a Down.

use std::time::Duration;

use relink_tokio::core::Report;
use relink_tokio::{Attempt, Builder, Config, Ending, Fate, Incoming, Millis, Verdict};

use crate::fake::*;

const RENEW: Report = Report::Asked(Verdict::Renew { within: Millis::ZERO });

fn overlapping(net: &Net) -> Builder<Fake> {
    net.builder().config(Config { overlap_max: Millis::from_secs(30), ..CONFIG })
}

/// Past the time after which a link is stable.
async fn stable() {
    seconds(11).await;
}

#[tokio::test(start_paused = true)]
async fn a_renewal_switches_without_a_down() {
    let net = Net::default();
    let (client, mut events) = overlapping(&net).spawn();
    assert_eq!(said(&mut events).await, "up 1");
    stable().await;
    net.peer(1).report(RENEW);
    assert_eq!(said(&mut events).await, "renewed 1 2");
    net.peer(1).say("old");
    net.peer(2).say("new");
    let mut both = [said(&mut events).await, said(&mut events).await];
    both.sort();
    assert_eq!(both, ["message 1 old", "message 2 new"]);
    client.send("to the new one").await.unwrap();
    assert_eq!(client.send_on(Attempt::from_number(1), "to the old one").await.unwrap().await, Fate::Written);
    settle().await;
    assert_eq!((net.peer(1).sent(), net.peer(2).sent()), (vec!["to the old one".into()], vec!["to the new one".into()]));
    net.peer(1).close(1000);
    net.peer(1).lose();
    settle().await;
    assert_eq!((net.held(), events.try_next().is_none()), (1, true));
    assert_eq!((client.stats().renewals, client.stats().downs), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn messages_that_come_during_a_switch_all_arrive_in_their_order() {
    let net = Net::default();
    net.plan([Plan::Open, Plan::OpenAfter(Duration::from_secs(2))]);
    let (_client, mut events) = overlapping(&net).spawn();
    assert_eq!(said(&mut events).await, "up 1");
    stable().await;
    net.peer(1).report(RENEW);
    for number in 0..40 {
        net.peer(1).say(number.to_string());
        if number >= 25 {
            net.peer(2).say(number.to_string());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    net.peer(1).close(1000);
    net.peer(1).lose();
    settle().await;
    let mut old = Vec::new();
    let mut new = Vec::new();
    while let Some(event) = events.try_next() {
        let word = word(&event);
        match word.split_once(' ').unwrap() {
            ("message", text) if text.starts_with("1 ") => old.push(text[2..].parse::<u32>().unwrap()),
            ("message", text) => new.push(text[2..].parse::<u32>().unwrap()),
            _ => assert_eq!(word, "renewed 1 2"),
        }
    }
    assert_eq!((old, new), ((0..40).collect(), (25..40).collect()));
}

#[tokio::test(start_paused = true)]
async fn an_overlap_ends_in_its_time_with_a_close() {
    let net = Net::default();
    let (_client, mut events) = overlapping(&net).spawn();
    assert_eq!(said(&mut events).await, "up 1");
    stable().await;
    net.peer(1).report(RENEW);
    assert_eq!(said(&mut events).await, "renewed 1 2");
    seconds(31).await;
    assert_eq!((net.peer(1).close_code(), net.peer(1).is_dropped(), net.held()), (Some(1000), true, 1));
    assert!(events.try_next().is_none());
}

#[tokio::test(start_paused = true)]
async fn a_successor_that_fails_leaves_the_link_up() {
    let net = Net::default();
    net.plan([Plan::Open, Plan::Fail(Ending::Eof)]);
    let (_client, mut events) = overlapping(&net).spawn();
    assert_eq!(said(&mut events).await, "up 1");
    stable().await;
    net.peer(1).report(RENEW);
    assert_eq!(said(&mut events).await, "failed 2 eof");
    net.peer(1).say("still here");
    assert_eq!(said(&mut events).await, "message 1 still here");
    assert_eq!(said(&mut events).await, "renewed 1 3");
}

#[tokio::test(start_paused = true)]
async fn when_the_new_one_is_lost_the_old_one_is_current_again() {
    let net = Net::default();
    let (client, mut events) = overlapping(&net).spawn();
    assert_eq!(said(&mut events).await, "up 1");
    stable().await;
    net.peer(1).report(RENEW);
    assert_eq!(said(&mut events).await, "renewed 1 2");
    net.peer(2).lose();
    assert_eq!(said(&mut events).await, "renewed 2 1");
    client.send("back").await.unwrap();
    settle().await;
    assert_eq!(net.peer(1).sent(), ["back"]);
    assert_eq!(said(&mut events).await, "renewed 1 3");
}

#[tokio::test(start_paused = true)]
async fn when_the_old_one_is_lost_first_the_successor_is_the_attempt() {
    let net = Net::default();
    net.plan([Plan::Open, Plan::OpenAfter(Duration::from_secs(3))]);
    let (_client, mut events) = overlapping(&net).spawn();
    assert_eq!(said(&mut events).await, "up 1");
    stable().await;
    net.peer(1).report(RENEW);
    seconds(1).await;
    net.peer(1).lose();
    assert_eq!(said(&mut events).await, "down 1 eof");
    assert_eq!(said(&mut events).await, "up 2");
    assert_eq!((net.dials(), net.opening_most()), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn what_a_stuck_connection_has_not_taken_goes_to_its_successor() {
    let net = Net::default();
    let (client, mut events) = overlapping(&net).spawn();
    assert_eq!(said(&mut events).await, "up 1");
    stable().await;
    net.peer(1).manners(Manners { takes_writes: false, ..Manners::DEFAULT });
    for number in 0..BUFFER_MAX + 10 {
        client.send(number.to_string()).await.unwrap();
    }
    settle().await;
    net.peer(1).report(RENEW);
    assert_eq!(said(&mut events).await, "renewed 1 2");
    settle().await;
    let moved: Vec<_> = (BUFFER_MAX..BUFFER_MAX + 10).map(|number| number.to_string()).collect();
    assert_eq!(net.peer(2).sent(), moved);
    net.peer(1).manners(Manners::DEFAULT);
    settle().await;
    assert_eq!(net.all_sent().len(), BUFFER_MAX + 10);
}

#[tokio::test(start_paused = true)]
async fn the_user_can_renew_with_an_overlap_or_without() {
    let net = Net::default();
    let (client, mut events) = overlapping(&net).spawn();
    assert_eq!(said(&mut events).await, "up 1");
    stable().await;
    client.renew();
    assert_eq!(said(&mut events).await, "renewed 1 2");

    let net = Net::default();
    let (client, mut events) = net.builder().spawn();
    client.renew();
    assert_eq!(said(&mut events).await, "up 1");
    stable().await;
    client.renew();
    assert_eq!(said(&mut events).await, "down 1 replaced");
    assert_eq!(said(&mut events).await, "up 2");
    assert_eq!(net.peer(1).close_code(), Some(1000));
}

#[tokio::test(start_paused = true)]
async fn a_stop_during_an_overlap_closes_both() {
    for answers_close in [true, false] {
        let net = Net::default();
        net.manners(Manners { answers_close, ..Manners::DEFAULT });
        let (client, mut events) = overlapping(&net).spawn();
        assert_eq!(said(&mut events).await, "up 1");
        stable().await;
        net.peer(1).report(RENEW);
        assert_eq!(said(&mut events).await, "renewed 1 2");
        let asked = tokio::time::Instant::now();
        client.stop().await;
        assert!(asked.elapsed() <= Duration::from_secs(1));
        assert_eq!((net.peer(1).close_code(), net.peer(2).close_code()), (Some(1000), Some(1000)));
        assert_eq!(rest(&mut events).await, ["down 2 stopped"]);
        assert_eq!((net.held(), tasks()), (0, 0));
    }
}

#[tokio::test(start_paused = true)]
async fn a_drain_during_an_overlap_waits_for_both() {
    let net = Net::default();
    let (client, mut events) = overlapping(&net).spawn();
    assert_eq!(said(&mut events).await, "up 1");
    stable().await;
    net.peer(1).report(RENEW);
    assert_eq!(said(&mut events).await, "renewed 1 2");
    net.peer(1).set_busy(true);
    let draining = tokio::spawn({
        let client = client.clone();
        async move { client.drain(Duration::from_secs(20)).await }
    });
    seconds(5).await;
    net.peer(1).report(Report::Heard);
    settle().await;
    assert_eq!(client.stats().ignored, 0, "each connection is said to be drained once");
    assert_eq!((net.peer(2).close_code(), draining.is_finished()), (None, false));
    net.peer(1).set_busy(false);
    net.peer(1).push(Incoming::Report(Report::Heard));
    draining.await.unwrap();
    assert_eq!(rest(&mut events).await, ["down 2 stopped"]);
}

#[tokio::test(start_paused = true)]
async fn the_last_word_is_why_the_current_one_ended() {
    let net = Net::default();
    net.manners(Manners { answers_close: false, ..Manners::DEFAULT });
    let (_client, mut events) = overlapping(&net).spawn();
    assert_eq!(said(&mut events).await, "up 1");
    stable().await;
    net.peer(1).report(RENEW);
    assert_eq!(said(&mut events).await, "renewed 1 2");
    net.peer(2).push(Incoming::Closed(fatal()));
    net.peer(2).lose();
    settle().await;
    net.peer(1).say("still coming in");
    assert_eq!(rest(&mut events).await, ["message 1 still coming in", "down 2 other", "gave up other"]);
}

#[tokio::test(start_paused = true)]
async fn a_refused_successor_keeps_the_current_one_to_its_end() {
    let net = Net::default();
    net.plan([Plan::Open, Plan::Fail(fatal())]);
    let (_client, mut events) = overlapping(&net).spawn();
    assert_eq!(said(&mut events).await, "up 1");
    stable().await;
    net.peer(1).report(RENEW);
    assert_eq!(said(&mut events).await, "failed 2 other");
    seconds(100).await;
    net.peer(1).lose();
    assert_eq!(rest(&mut events).await, ["down 1 eof", "gave up other"]);
    assert_eq!(net.dials(), 2);
}
