//! The writing side of the loop: what shares a flush, what a peer that takes nothing comes to, late deadlines.

use std::time::Duration;

use relink_tokio::core::Report;
use relink_tokio::{Config, Millis};
use tokio::time::Instant;

use crate::fake::*;

#[tokio::test(start_paused = true)]
async fn what_is_ready_together_shares_one_flush() {
    let net = Net::default();
    let (client, mut events) = net.builder().spawn();
    for number in 0..50 {
        client.send(format!("while down {number}")).await.unwrap();
    }
    assert_eq!(said(&mut events).await, "up 1");
    settle().await;
    assert_eq!((net.peer(1).sent().len(), net.peer(1).flushes()), (50, 1));
    for number in 0..50 {
        client.send(format!("while up {number}")).await.unwrap();
    }
    settle().await;
    assert_eq!((net.peer(1).sent().len(), net.peer(1).flushes()), (100, 2));
    assert_eq!(client.stats().flushes, 2);
}

#[tokio::test(start_paused = true)]
async fn answers_to_what_came_together_leave_together() {
    let net = Net::default();
    let (client, mut events) = net.builder().spawn();
    assert_eq!(said(&mut events).await, "up 1");
    for number in 0..16 {
        net.peer(1).say(number.to_string());
    }
    for _ in 0..16 {
        said(&mut events).await;
        client.send("answer").await.unwrap();
    }
    settle().await;
    assert_eq!((net.peer(1).sent().len(), net.peer(1).flushes()), (16, 1));
}

#[tokio::test(start_paused = true)]
async fn a_write_without_progress_ends_the_connection() {
    let net = Net::default();
    let (client, mut events) = net.builder().write_timeout(Duration::from_secs(7)).spawn();
    assert_eq!(said(&mut events).await, "up 1");
    net.peer(1).manners(Manners { takes_writes: false, ..Manners::DEFAULT });
    client.send("x").await.unwrap();
    let sent = Instant::now();
    assert_eq!(said(&mut events).await, "down 1 write_timeout");
    assert_eq!(sent.elapsed(), Duration::from_secs(7));
    assert!(net.peer(1).is_dropped());
    assert_eq!((client.stats().stalls, client.stats().unknown), (1, 1));
    assert_eq!(said(&mut events).await, "up 2");
}

#[tokio::test(start_paused = true)]
async fn a_slow_write_that_gets_on_is_left_alone() {
    let net = Net::default();
    let config = Config { ping_after: Millis::ZERO, ..CONFIG };
    let (client, mut events) = net.builder().config(config).write_timeout(Duration::from_secs(7)).spawn();
    assert_eq!(said(&mut events).await, "up 1");
    net.peer(1).manners(Manners { takes_writes: false, ..Manners::DEFAULT });
    client.send("x").await.unwrap();
    for _ in 0..20 {
        seconds(6).await;
        net.peer(1).trickle();
    }
    assert!(events.try_next().is_none());
    let last = Instant::now();
    assert_eq!(said(&mut events).await, "down 1 write_timeout");
    assert_eq!(last.elapsed(), Duration::from_secs(7));
}

#[tokio::test(start_paused = true)]
async fn a_ping_behind_a_long_upload_waits_for_it() {
    let net = Net::default();
    let (client, mut events) = net.builder().spawn();
    assert_eq!(said(&mut events).await, "up 1");
    net.peer(1).manners(Manners { takes_writes: false, answers_pings: false, ..Manners::DEFAULT });
    client.send("x").await.unwrap();
    for _ in 0..300 {
        seconds(1).await;
        net.peer(1).trickle();
    }
    assert_eq!((net.peer(1).pings(), events.try_next().map(|event| word(&event))), (1, None), "one that waits is enough");
    // It has taken all of it now, and would answer, but the way back is long.
    net.peer(1).manners(Manners { answers_pings: false, ..Manners::DEFAULT });
    seconds(19).await;
    net.peer(1).report(Report::Heard);
    seconds(19).await;
    assert!(events.try_next().is_none());
    // From here on an answer is due as ever.
    seconds(5).await;
    assert!(events.try_next().is_none());
    assert_eq!(said(&mut events).await, "down 1 silence_timeout");
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_stops_taking_an_upload_is_silent() {
    let net = Net::default();
    let (client, mut events) = net.builder().write_timeout(Duration::from_secs(1000)).spawn();
    assert_eq!(said(&mut events).await, "up 1");
    net.peer(1).manners(Manners { takes_writes: false, ..Manners::DEFAULT });
    client.send("x").await.unwrap();
    for _ in 0..100 {
        seconds(1).await;
        net.peer(1).trickle();
    }
    let last = Instant::now();
    assert_eq!(said(&mut events).await, "down 1 silence_timeout");
    let (ping_after, pong_timeout) = (20, 5);
    assert!(last.elapsed() <= Duration::from_secs(pong_timeout + ping_after + pong_timeout), "{:?}", last.elapsed());
}

#[tokio::test(start_paused = true)]
async fn what_the_buffers_take_for_a_dead_peer_is_no_sign_of_life() {
    let net = Net::default();
    net.manners(Manners { answers_pings: false, ..Manners::DEFAULT });
    let (client, mut events) = net.builder().spawn();
    assert_eq!(said(&mut events).await, "up 1");
    let up = Instant::now();
    tokio::spawn(async move {
        while client.send("still there?").await.is_ok() {
            seconds(1).await;
        }
    });
    assert_eq!(said(&mut events).await, "down 1 silence_timeout");
    assert_eq!(up.elapsed(), Duration::from_secs(25));
}

#[tokio::test(start_paused = true)]
async fn a_stalled_write_does_not_hold_up_a_stop() {
    let net = Net::default();
    let (client, mut events) = net.builder().spawn();
    assert_eq!(said(&mut events).await, "up 1");
    net.peer(1).manners(Manners { takes_writes: false, answers_close: false, ..Manners::DEFAULT });
    client.send("x").await.unwrap();
    settle().await;
    let asked = Instant::now();
    client.stop().await;
    assert!(asked.elapsed() <= Duration::from_secs(1));
    assert_eq!(net.held(), 0);
}

/// The process is stopped, and the clock jumps.
async fn suspended(time: u64) {
    tokio::time::advance(Duration::from_secs(time)).await;
    settle().await;
}

#[tokio::test(start_paused = true)]
async fn what_came_in_before_a_late_deadline_counts_first() {
    let net = Net::default();
    net.manners(Manners { answers_pings: false, ..Manners::DEFAULT });
    let (client, mut events) = net.builder().spawn();
    assert_eq!(said(&mut events).await, "up 1");
    seconds(22).await;
    assert_eq!(net.peer(1).pings(), 1);
    net.peer(1).report(Report::Heard);
    suspended(3600).await;
    assert!(events.try_next().is_none(), "the pong was there before the deadline was looked at");
    assert_eq!(client.stats().downs, 0);
}

#[tokio::test(start_paused = true)]
async fn after_a_suspend_one_probe_decides() {
    let net = Net::default();
    net.manners(Manners { answers_pings: false, ..Manners::DEFAULT });
    let (_client, mut events) = net.builder().spawn();
    assert_eq!(said(&mut events).await, "up 1");
    seconds(22).await;
    suspended(3600).await;
    assert_eq!(net.peer(1).pings(), 2);
    assert!(events.try_next().is_none());
    net.peer(1).report(Report::Heard);
    seconds(21).await;
    assert_eq!(net.peer(1).pings(), 3, "the old rhythm");
    let pinged = Instant::now();
    assert_eq!(said(&mut events).await, "down 1 silence_timeout");
    assert!(pinged.elapsed() <= Duration::from_secs(5));
}

#[tokio::test(start_paused = true)]
async fn a_handshake_that_ended_before_a_late_deadline_counts() {
    let net = Net::default();
    net.plan([Plan::OpenAfter(Duration::from_secs(9))]);
    let (_client, mut events) = net.builder().spawn();
    settle().await;
    suspended(3600).await;
    assert_eq!(said(&mut events).await, "up 1");
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_floods_cannot_hold_up_a_deadline() {
    let net = Net::default();
    net.manners(Manners { floods: true, answers_close: false, ..Manners::DEFAULT });
    let config = Config { lifetime_max: Millis::from_secs(30), lifetime_spread_percent: 0, ..CONFIG };
    let (client, events) = net.builder().config(config).spawn();
    events.detach();
    // Nothing is ever idle here, so the clock has to be moved by hand.
    for _ in 0..320 {
        tokio::time::advance(Duration::from_millis(100)).await;
    }
    assert!(client.stats().messages_in > 1000, "{:?}", client.stats());
    assert_eq!((client.stats().downs, client.stats().forced), (1, 1), "{:?}", client.stats());
}
