//! What becomes of what came in and was not read yet, when something else would end the connection first.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Waker};
use std::time::Duration;

use relink_core::Report;
use relink_tokio::{Config, Ending, InboxLimits, Incoming, Millis};
use tokio::time::timeout;

use crate::fake::*;

/// All that is told until nothing more is.
async fn all(events: &mut relink_tokio::Events<Text>) -> (usize, Vec<String>) {
    let mut told = Vec::new();
    while let Ok(Some(event)) = timeout(Duration::from_secs(100), events.next()).await {
        told.push(word(&event));
    }
    let messages = told.iter().filter(|word| word.starts_with("message")).count();
    told.retain(|word| !word.starts_with("message"));
    (messages, told)
}

#[tokio::test(start_paused = true)]
async fn a_write_that_fails_does_not_hide_the_last_words() {
    let net = Net::default();
    let (client, mut events) = net.builder().spawn();
    assert_eq!(said(&mut events).await, "up 1");
    let peer = net.peer(1);
    peer.break_writes();
    (0..100).for_each(|number| peer.say(number.to_string()));
    peer.push(Incoming::Closed(fatal()));
    peer.push(Incoming::Lost(Ending::Finished));
    client.try_send("x").unwrap();
    assert_eq!(all(&mut events).await, (100, vec!["down 1 other".to_owned(), "gave up other".to_owned()]));
    assert_eq!(net.dials(), 1, "who said never again is not dialled");
}

/// Polls the driver by hand, as a runtime that was late.
async fn late_by_hand(report: Option<Report>, last: Report, config: Config) -> (Option<String>, Option<u16>) {
    let net = Net::default();
    let (_client, mut events, mut driver) = net.builder().config(config).build();
    let mut cx = Context::from_waker(Waker::noop());
    let mut poll = || assert!(Pin::new(&mut driver).poll(&mut cx).is_pending());
    poll();
    let peer = net.peer(1);
    report.into_iter().for_each(|report| peer.report(report));
    poll();
    // More than is read in one turn, and then what the deadline is for; all of it before the deadline.
    (0..70).for_each(|_| peer.report(Report::Heard));
    peer.report(last);
    tokio::time::advance(Duration::from_secs(5)).await;
    poll();
    poll();
    (events.try_next().map(|event| word(&event)), peer.close_code())
}

#[tokio::test(start_paused = true)]
async fn a_deadline_does_not_count_before_what_came_in_time() {
    let config = Config { acceptance_timeout: Millis::from_secs(5), ..CONFIG };
    assert_eq!(late_by_hand(None, Report::Accepted, config).await, (Some("up 1".to_owned()), None));
    let pulse = Report::Pulse(Millis::from_secs(5));
    assert_eq!(late_by_hand(Some(pulse), pulse, CONFIG).await, (Some("up 1".to_owned()), None));
}

#[tokio::test(start_paused = true)]
async fn a_message_behind_what_could_not_be_told_is_read_once_nobody_listens() {
    let net = Net::default();
    let config = Config { ping_after: Millis::ZERO, ..CONFIG };
    let (client, events) = net.builder().config(config).inbox(InboxLimits { events_max: 2, bytes_max: 1 << 20 }).spawn();
    for number in 1..60 {
        client.ready().await;
        net.peer(number).lose();
        settle().await;
    }
    client.ready().await;
    let last = u32::try_from(net.dials()).unwrap();
    net.peer(last).say("one");
    settle().await;
    events.detach();
    settle().await;
    (0..10).for_each(|number| net.peer(last).say(number.to_string()));
    seconds(1).await;
    assert_eq!(net.peer(last).unread(), 0);
}
