//! What is still read of a connection that can no longer be written to, and for how long.

use std::time::Duration;

use relink_tokio::{Client, Ending, Events, InboxLimits, Incoming, OutboxLimits, SendError};
use tokio::time::{Instant, timeout};

use crate::fake::*;

const SMALL: InboxLimits = InboxLimits { events_max: 16, bytes_max: 1 << 20 };
const MESSAGES: usize = 100;

/// A peer that said a hundred things and "never again", and to which every write fails.
async fn gone(net: &Net) -> (Client<Text>, Events<Text>) {
    let outbox = OutboxLimits { messages_max: 1, ..OutboxLimits::DEFAULT };
    let (client, mut events) = net.builder().inbox(SMALL).outbox(outbox).spawn();
    assert_eq!(said(&mut events).await, "up 1");
    settle().await;
    let peer = net.peer(1);
    peer.break_writes();
    (0..MESSAGES).for_each(|number| peer.say(number.to_string()));
    (client, events)
}

fn never_again(net: &Net) {
    net.peer(1).push(Incoming::Closed(fatal()));
    net.peer(1).push(Incoming::Lost(Ending::Finished));
}

#[tokio::test(start_paused = true)]
async fn a_consumer_however_slow_gets_all_that_could_be_read() {
    let net = Net::default();
    let (client, mut events) = gone(&net).await;
    never_again(&net);
    // Our own ping finds the socket broken.
    for number in 0..MESSAGES {
        seconds(600).await;
        assert!(client.stats().waiting_events <= 8, "{}", client.stats().waiting_events);
        assert_eq!(said(&mut events).await, format!("message 1 {number}"));
    }
    assert_eq!(rest(&mut events).await, ["down 1 other", "gave up other"]);
    assert_eq!(net.dials(), 1, "who said never again is not dialled");
}

#[tokio::test(start_paused = true)]
async fn a_slow_consumer_that_answers_gets_it_too() {
    let net = Net::default();
    let (client, mut events) = gone(&net).await;
    never_again(&net);
    client.try_send("at once").unwrap();
    for number in 0..MESSAGES {
        assert_eq!(said(&mut events).await, format!("message 1 {number}"));
        seconds(20).await;
        // Refused, as while the link is down: to wait for room would be to wait for oneself.
        let answer = timeout(Duration::from_secs(1), client.send("answer")).await.expect("no wait");
        let answer = answer.map_err(|error| matches!(error, SendError::Full(_) | SendError::Ended(_)));
        assert_eq!(answer, if number == 0 { Ok(()) } else { Err(true) }, "{number}");
    }
    assert_eq!(rest(&mut events).await, ["down 1 other", "gave up other"]);
}

#[tokio::test(start_paused = true)]
async fn who_sends_does_not_wait_for_a_consumer_that_does_not_come() {
    let net = Net::default();
    let (client, mut events) = gone(&net).await;
    client.try_send("finds out").unwrap();
    settle().await;
    client.try_send("waits").unwrap();
    let asked = Instant::now();
    while net.dials() < 2 {
        seconds(1).await;
        assert!(asked.elapsed() <= Duration::from_secs(2 * 30 + 1), "the time of a write for the event in hand, and one more");
    }
    seconds(1).await;
    assert_eq!(net.peer(2).sent(), ["waits"], "what was not written yet is, on the next connection");
    for number in 0..9 {
        assert_eq!(said(&mut events).await, format!("message 1 {number}"));
    }
    assert_eq!(said(&mut events).await, "down 1 io");
    assert_eq!(said(&mut events).await, "up 2");
}

#[tokio::test(start_paused = true)]
async fn an_end_without_a_word_is_told_behind_what_was_said_before() {
    let net = Net::default();
    let (client, mut events) = gone(&net).await;
    client.try_send("finds out").unwrap();
    for number in 0..MESSAGES {
        assert_eq!(said(&mut events).await, format!("message 1 {number}"));
    }
    assert_eq!(said(&mut events).await, "down 1 io");
    assert_eq!(said(&mut events).await, "up 2");
}

#[tokio::test(start_paused = true)]
async fn a_stop_does_not_wait_for_it() {
    let net = Net::default();
    let (client, _events) = gone(&net).await;
    client.try_send("finds out").unwrap();
    seconds(100).await;
    let asked = Instant::now();
    within_a_day("the stop", client.stop()).await;
    assert!(asked.elapsed() <= Duration::from_secs(1));
    assert_eq!((net.held(), tasks()), (0, 0));
}
