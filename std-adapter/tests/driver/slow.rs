//! What a slow consumer costs: reading, and nothing else.

use std::time::Duration;

use relink_tokio::core::Report;
use relink_tokio::{Config, Ending, InboxLimits, Millis};
use tokio::time::Instant;

use crate::fake::*;

const SMALL: InboxLimits = InboxLimits { events_max: 16, bytes_max: 1 << 20 };

fn flood(peer: &Peer, messages: usize) {
    for number in 0..messages {
        peer.say(number.to_string());
    }
}

#[tokio::test(start_paused = true)]
async fn reading_stops_the_link_stays_up_and_nothing_is_lost() {
    let net = Net::default();
    let (client, mut events) = net.builder().inbox(SMALL).spawn();
    settle().await;
    flood(&net.peer(1), 1000);
    seconds(3600).await;
    assert!(net.peer(1).unread() >= 1000 - 16, "{}", net.peer(1).unread());
    assert!(net.peer(1).pings() >= 100, "the peer sees that we live");
    client.send("and we send").await.unwrap();
    settle().await;
    assert_eq!(net.peer(1).sent(), ["and we send"]);
    assert_eq!(said(&mut events).await, "up 1");
    for number in 0..1000 {
        assert_eq!(said(&mut events).await, format!("message 1 {number}"));
    }
    assert!(events.try_next().is_none());
    assert_eq!((client.stats().downs, client.stats().messages_in), (0, 1000));
}

#[tokio::test(start_paused = true)]
async fn silence_counts_again_once_reading_goes_on() {
    let net = Net::default();
    net.manners(Manners { answers_pings: false, ..Manners::DEFAULT });
    let (_client, mut events) = net.builder().inbox(SMALL).spawn();
    settle().await;
    flood(&net.peer(1), 20);
    seconds(3600).await;
    assert_eq!(said(&mut events).await, "up 1");
    for number in 0..20 {
        assert_eq!(said(&mut events).await, format!("message 1 {number}"));
    }
    let reading = Instant::now();
    assert_eq!(said(&mut events).await, "down 1 silence_timeout");
    assert!(reading.elapsed() <= Duration::from_secs(25), "{:?}", reading.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_heartbeat_among_what_is_not_read_is_not_overdue() {
    let net = Net::default();
    let (client, mut events) = net.builder().inbox(SMALL).spawn();
    settle().await;
    net.peer(1).report(Report::Pulse(Millis::from_secs(5)));
    flood(&net.peer(1), 20);
    seconds(3600).await;
    assert_eq!(client.stats().downs, 0);
    while events.try_next().is_some() {
        settle().await;
    }
    assert_eq!(said(&mut events).await, "down 1 pulse_timeout");
}

#[tokio::test(start_paused = true)]
async fn bytes_stop_reading_too() {
    let net = Net::default();
    let (client, mut events) = net.builder().inbox(InboxLimits { events_max: 1000, bytes_max: 100 }).spawn();
    assert_eq!(said(&mut events).await, "up 1");
    for _ in 0..50 {
        net.peer(1).say("x".repeat(30));
    }
    settle().await;
    assert!(client.stats().bytes_in <= 100 + 30, "{}", client.stats().bytes_in);
    for _ in 0..50 {
        assert_eq!(said(&mut events).await, format!("message 1 {}", "x".repeat(30)));
    }
}

#[tokio::test(start_paused = true)]
async fn a_stop_does_not_wait_for_the_consumer() {
    let net = Net::default();
    let (client, mut events) = net.builder().inbox(SMALL).spawn();
    settle().await;
    flood(&net.peer(1), 100);
    seconds(1).await;
    let asked = Instant::now();
    client.stop().await;
    assert!(asked.elapsed() <= Duration::from_secs(1));
    assert_eq!((net.held(), tasks()), (0, 0));
    let told = rest(&mut events).await;
    assert_eq!(told.first().map(String::as_str), Some("up 1"));
    assert_eq!(told.last().map(String::as_str), Some("down 1 stopped"));
}

#[tokio::test(start_paused = true)]
async fn the_loss_of_a_link_is_told_behind_what_came_before_it() {
    let net = Net::default();
    net.plan([Plan::Open, Plan::Fail(fatal())]);
    let (client, mut events) = net.builder().inbox(SMALL).write_timeout(Duration::from_secs(5)).spawn();
    settle().await;
    net.peer(1).manners(Manners { takes_writes: false, ..Manners::DEFAULT });
    flood(&net.peer(1), 100);
    client.send("stuck").await.unwrap();
    seconds(60).await;
    let told = rest(&mut events).await;
    let (messages, states): (Vec<_>, Vec<_>) = told.iter().partition(|word| word.starts_with("message"));
    assert_eq!(states, ["up 1", "down 1 write_timeout", "failed 2 other", "gave up other"]);
    assert_eq!(told[1..=messages.len()].iter().collect::<Vec<_>>(), messages, "the messages came in between");
    assert!(messages.len() <= 16, "{}", messages.len());
}

#[tokio::test(start_paused = true)]
async fn a_link_that_fails_for_days_unwatched_takes_no_more_memory() {
    let net = Net::default();
    net.always(Plan::Fail(Ending::Eof));
    let (client, mut events) = net.builder().inbox(SMALL).spawn();
    seconds(86_400).await;
    let dials = net.dials();
    assert!(dials > 10_000);
    assert!(client.stats().waiting_events < 64, "{}", client.stats().waiting_events);
    assert!(client.stats().events_left_out as usize > dials - 64);
    net.always(Plan::Open);
    seconds(10).await;
    let mut told = Vec::new();
    while told.last().map(String::as_str) != Some(&format!("up {}", net.dials())) {
        told.push(said(&mut events).await);
    }
    assert!(told.contains(&format!("failed {} eof", net.dials() - 1)), "the latest failure is not the one left out");
}

#[tokio::test(start_paused = true)]
async fn a_link_that_comes_and_goes_unwatched_is_told_in_whole_pairs() {
    let net = Net::default();
    let (client, mut events) = net.builder().inbox(SMALL).spawn();
    for number in 1..200 {
        client.ready().await;
        net.peer(number).lose();
        settle().await;
    }
    assert!(client.ready().await.is_some());
    let mut up = None;
    while let Some(event) = events.try_next() {
        let word = word(&event);
        let (what, attempt) = word.split_once(' ').unwrap();
        match (what, up.clone()) {
            ("up", None) => up = Some(attempt.to_owned()),
            ("down", Some(current)) => {
                assert_eq!(attempt, format!("{current} eof"));
                up = None;
            }
            other => panic!("{other:?}"),
        }
        settle().await;
    }
    assert_eq!(up.as_deref(), Some("200"), "what counts now is told");
    assert!(client.stats().events_left_out > 100);
}

#[tokio::test(start_paused = true)]
async fn a_full_queue_does_not_hold_up_the_acceptance_of_a_successor() {
    let net = Net::default();
    let config = Config { acceptance_timeout: Millis::from_secs(3), overlap_max: Millis::from_secs(30), ..CONFIG };
    let (client, mut events) = net.builder().config(config).inbox(SMALL).spawn();
    settle().await;
    net.peer(1).report(Report::Accepted);
    assert_eq!(said(&mut events).await, "up 1");
    seconds(11).await;
    flood(&net.peer(1), 100);
    settle().await;
    client.renew();
    settle().await;
    net.peer(2).say("before the acceptance");
    net.peer(2).report(Report::Accepted);
    seconds(5).await;
    assert_eq!((client.stats().renewals, client.stats().failed), (1, 0));
    let mut told = Vec::new();
    while !told.contains(&"message 1 99".to_owned()) {
        told.push(said(&mut events).await);
    }
    assert!(told.contains(&"message 2 before the acceptance".into()) && told.contains(&"renewed 1 2".into()), "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn what_could_not_be_told_in_time_is_told_as_soon_as_there_is_room() {
    let net = Net::default();
    net.always(Plan::Fail(Ending::Eof));
    let mut config = CONFIG;
    config.backoff.failures_max = 100;
    let (_client, mut events) = net.builder().config(config).inbox(SMALL).restartable().spawn();
    seconds(86_400).await;
    assert_eq!(net.dials(), 100);
    // The link rests, so nothing but this consumer can remind its driver of what is left to tell.
    let mut told = vec![said(&mut events).await];
    while told.last().map(String::as_str) != Some("gave up eof") {
        told.push(said(&mut events).await);
    }
    assert_eq!(told[told.len() - 2], "failed 100 eof");
}

#[tokio::test(start_paused = true)]
async fn detached_events_are_dropped_and_the_link_goes_on() {
    let net = Net::default();
    let (client, events) = net.builder().inbox(SMALL).spawn();
    events.detach();
    settle().await;
    flood(&net.peer(1), 1000);
    settle().await;
    assert_eq!((net.peer(1).unread(), client.stats().messages_in), (0, 1000));
    seconds(100).await;
    assert!(client.ready().await.is_some());
}

#[tokio::test(start_paused = true)]
async fn a_later_start_is_told_behind_the_giving_up_before_it() {
    for is_up in [true, false] {
        let net = Net::default();
        let (client, mut events) = net.builder().restartable().inbox(SMALL).spawn();
        for number in 1..60 {
            client.ready().await;
            net.peer(number).lose();
            settle().await;
        }
        // Nothing was read so far: even the reserve is used up.
        client.ready().await;
        if is_up {
            net.peer(60).push(relink_tokio::Incoming::Lost(fatal()));
        } else {
            net.plan([Plan::Fail(fatal())]);
            net.peer(60).lose();
            seconds(60).await;
        }
        settle().await;
        assert!(matches!(client.state(), relink_tokio::LinkState::Shutdown { .. }));
        client.retry_now();
        let now = client.ready().await.unwrap().number();
        let mut told = Vec::new();
        while told.last().map(String::as_str) != Some(&format!("up {now}")) {
            told.push(said(&mut events).await);
        }
        let decided = if is_up { "down 60 other" } else { "failed 61 other" };
        assert_eq!(told[told.len() - 3..told.len() - 1], [decided, "gave up other"]);
    }
}

#[tokio::test(start_paused = true)]
async fn bytes_are_bounded_before_the_acceptance_too() {
    let net = Net::default();
    let config = Config { acceptance_timeout: Millis::from_secs(9), ..CONFIG };
    let (client, mut events) = net.builder().config(config).inbox(InboxLimits { events_max: 256, bytes_max: 1000 }).spawn();
    settle().await;
    for _ in 0..200 {
        net.peer(1).say("x".repeat(300));
    }
    settle().await;
    assert!(client.stats().bytes_in <= 1000 + 300, "{}", client.stats().bytes_in);
    assert!(net.peer(1).unread() >= 195, "{}", net.peer(1).unread());
    net.peer(1).report(Report::Accepted);
    for _ in 0..200 {
        assert_eq!(said(&mut events).await.len(), "message 1 ".len() + 300);
    }
    assert_eq!(said(&mut events).await, "up 1");
}

#[tokio::test(start_paused = true)]
async fn heavy_messages_do_not_hold_up_the_acceptance_of_a_successor() {
    let net = Net::default();
    let config = Config { acceptance_timeout: Millis::from_secs(3), overlap_max: Millis::from_secs(30), ..CONFIG };
    let (client, mut events) = net.builder().config(config).inbox(InboxLimits { events_max: 256, bytes_max: 1000 }).spawn();
    settle().await;
    net.peer(1).report(Report::Accepted);
    assert_eq!(said(&mut events).await, "up 1");
    seconds(11).await;
    net.peer(1).say("x".repeat(5000));
    client.renew();
    settle().await;
    net.peer(2).say("before the acceptance");
    net.peer(2).report(Report::Accepted);
    seconds(5).await;
    assert_eq!((client.stats().renewals, client.stats().failed), (1, 0));
}
