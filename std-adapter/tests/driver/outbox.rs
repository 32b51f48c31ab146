//! What becomes of messages: room, policies, receipts.

use std::time::Duration;

use relink_tokio::{Attempt, Fate, OutboxLimits, SendError, WhenFull};

use crate::fake::*;

fn limits(messages_max: u32, when_full: WhenFull) -> OutboxLimits {
    OutboxLimits { messages_max, when_full, ..OutboxLimits::DEFAULT }
}

const DEAF: Manners = Manners { takes_writes: false, ..Manners::DEFAULT };

#[tokio::test(start_paused = true)]
async fn while_down_a_full_outbox_refuses_at_once() {
    let net = Net::default();
    net.plan([Plan::OpenAfter(Duration::from_secs(5))]);
    let (client, mut events) = net.builder().outbox(limits(2, WhenFull::Refuse)).spawn();
    let first = client.send_tracked("a").await.unwrap();
    client.try_send("b").unwrap();
    assert_eq!(client.try_send("c"), Err(SendError::Full("c".into())));
    assert_eq!(client.send("c").await, Err(SendError::Full("c".into())));
    assert_eq!(client.stats().waiting_messages, 2);
    assert_eq!(said(&mut events).await, "up 1");
    assert_eq!(first.await, Fate::Written);
    assert_eq!(net.peer(1).sent(), ["a", "b"]);
    assert_eq!(client.stats().waiting_messages, 0);
}

#[tokio::test(start_paused = true)]
async fn while_down_the_oldest_can_make_room() {
    let net = Net::default();
    net.plan([Plan::OpenAfter(Duration::from_secs(5))]);
    let (client, mut events) = net.builder().outbox(limits(2, WhenFull::DropOldest)).spawn();
    let first = client.send_tracked("a").await.unwrap();
    client.send("b").await.unwrap();
    client.send("c").await.unwrap();
    assert_eq!(first.await, Fate::Dropped("a".into()));
    assert_eq!(said(&mut events).await, "up 1");
    settle().await;
    assert_eq!(net.peer(1).sent(), ["b", "c"]);
    assert_eq!(client.stats().dropped, 1);
}

#[tokio::test(start_paused = true)]
async fn while_down_the_newest_can_be_dropped() {
    let net = Net::default();
    net.plan([Plan::OpenAfter(Duration::from_secs(5))]);
    let (client, mut events) = net.builder().outbox(limits(2, WhenFull::DropNewest)).spawn();
    client.send("a").await.unwrap();
    client.send("b").await.unwrap();
    let third = client.send_tracked("c").await.unwrap();
    assert_eq!(third.await, Fate::Dropped("c".into()));
    assert_eq!(said(&mut events).await, "up 1");
    settle().await;
    assert_eq!(net.peer(1).sent(), ["a", "b"]);
}

#[tokio::test(start_paused = true)]
async fn bytes_are_bounded_too() {
    let net = Net::default();
    net.plan([Plan::Hang]);
    let (client, _events) = net.builder().outbox(OutboxLimits { bytes_max: 10, ..OutboxLimits::DEFAULT }).spawn();
    assert_eq!(client.try_send("x".repeat(11)), Err(SendError::TooHeavy("x".repeat(11))));
    client.try_send("123456").unwrap();
    assert_eq!(client.try_send("12345"), Err(SendError::Full("12345".into())));
    client.try_send("1234").unwrap();
    assert_eq!(client.stats().waiting_bytes, 10);
}

#[tokio::test(start_paused = true)]
async fn while_up_a_sender_waits_for_room_and_order_is_kept() {
    let net = Net::default();
    let (client, mut events) = net.builder().outbox(limits(4, WhenFull::DropOldest)).spawn();
    assert_eq!(said(&mut events).await, "up 1");
    net.peer(1).manners(DEAF);
    let sender = tokio::spawn(async move {
        for number in 0..200 {
            client.send(number.to_string()).await.unwrap();
        }
        client
    });
    settle().await;
    assert!(!sender.is_finished());
    net.peer(1).manners(Manners::DEFAULT);
    let client = sender.await.unwrap();
    settle().await;
    assert_eq!(net.peer(1).sent(), (0..200).map(|number| number.to_string()).collect::<Vec<_>>());
    assert_eq!((client.stats().dropped, client.stats().messages_out), (0, 200));
}

#[tokio::test(start_paused = true)]
async fn many_waiting_senders_all_get_their_turn() {
    let net = Net::default();
    let (client, mut events) = net.builder().outbox(limits(2, WhenFull::Refuse)).spawn();
    assert_eq!(said(&mut events).await, "up 1");
    net.peer(1).manners(DEAF);
    let senders: Vec<_> = (0..300)
        .map(|number| {
            let client = client.clone();
            tokio::spawn(async move { client.send(number.to_string()).await })
        })
        .collect();
    settle().await;
    net.peer(1).manners(Manners::DEFAULT);
    for sender in senders {
        sender.await.unwrap().unwrap();
    }
    settle().await;
    assert_eq!(net.peer(1).sent().len(), 300);
}

#[tokio::test(start_paused = true)]
async fn waiting_senders_fill_all_the_room_there_is() {
    let net = Net::default();
    let (client, mut events) = net.builder().outbox(limits(50, WhenFull::Refuse)).spawn();
    assert_eq!(said(&mut events).await, "up 1");
    net.peer(1).manners(DEAF);
    let senders = (0..500).map(|number| {
        let client = client.clone();
        tokio::spawn(async move { client.send(number.to_string()).await.unwrap() })
    });
    let senders: Vec<_> = senders.collect();
    settle().await;
    net.peer(1).manners(Manners::DEFAULT);
    for sender in senders {
        sender.await.unwrap();
    }
    settle().await;
    assert_eq!(net.peer(1).sent().len(), 500);
    assert!(net.peer(1).flushes() <= 30, "{}", net.peer(1).flushes());
}

#[tokio::test(start_paused = true)]
async fn what_came_while_the_socket_was_full_is_not_forgotten() {
    let net = Net::default();
    let (client, mut events) = net.builder().spawn();
    assert_eq!(said(&mut events).await, "up 1");
    net.peer(1).manners(DEAF);
    for round in 0..3 {
        for number in 0..BUFFER_MAX + 5 {
            client.send(format!("{round} {number}")).await.unwrap();
        }
        settle().await;
    }
    net.peer(1).manners(Manners::DEFAULT);
    settle().await;
    assert_eq!(net.peer(1).sent().len(), 3 * (BUFFER_MAX + 5));
}

#[tokio::test(start_paused = true)]
async fn a_blocked_connection_takes_no_more_than_it_has() {
    let net = Net::default();
    let (client, mut events) = net.builder().spawn();
    assert_eq!(said(&mut events).await, "up 1");
    net.peer(1).manners(DEAF);
    let first = client.send_tracked("on its way").await.unwrap();
    settle().await;
    let second = client.send_tracked("waiting").await.unwrap();
    settle().await;
    net.peer(1).lose();
    assert_eq!((first.await, second.await), (Fate::Unknown, Fate::Written));
    assert_eq!(net.peer(2).sent(), ["waiting"]);
}

#[tokio::test(start_paused = true)]
async fn a_waiting_sender_is_refused_when_the_link_goes_down() {
    let net = Net::default();
    net.plan([Plan::Open, Plan::Hang]);
    let (client, mut events) = net.builder().outbox(limits(1, WhenFull::Refuse)).spawn();
    assert_eq!(said(&mut events).await, "up 1");
    net.peer(1).manners(DEAF);
    while client.try_send("x").is_ok() {
        settle().await;
    }
    let sender = tokio::spawn({
        let client = client.clone();
        async move { client.send("last").await }
    });
    settle().await;
    assert!(!sender.is_finished());
    net.peer(1).lose();
    assert_eq!(sender.await.unwrap(), Err(SendError::Full("last".into())));
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_send_was_not_accepted() {
    let net = Net::default();
    let (client, mut events) = net.builder().outbox(limits(1, WhenFull::Refuse)).spawn();
    assert_eq!(said(&mut events).await, "up 1");
    net.peer(1).manners(DEAF);
    while client.try_send("x").is_ok() {
        settle().await;
    }
    assert!(tokio::time::timeout(Duration::from_secs(1), client.send("cancelled")).await.is_err());
    net.peer(1).manners(Manners::DEFAULT);
    settle().await;
    client.send("next").await.unwrap();
    settle().await;
    let sent = net.peer(1).sent();
    assert_eq!(sent.last().map(String::as_str), Some("next"));
    assert!(!sent.contains(&"cancelled".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn each_message_has_one_fate_when_the_link_drops() {
    let net = Net::default();
    net.plan([Plan::Open, Plan::OpenAfter(Duration::from_secs(1))]);
    let (client, mut events) = net.builder().spawn();
    assert_eq!(said(&mut events).await, "up 1");
    let written = client.send_tracked("written").await.unwrap();
    settle().await;
    net.peer(1).manners(DEAF);
    let mut buffered = Vec::new();
    // As many as the write buffer holds are on their way; the others wait.
    for number in 0..BUFFER_MAX {
        buffered.push(client.send_tracked(format!("buffered {number}")).await.unwrap());
    }
    settle().await;
    let waiting = client.send_tracked("waiting").await.unwrap();
    settle().await;
    net.peer(1).lose();
    assert_eq!(written.await, Fate::Written);
    for receipt in buffered {
        assert_eq!(receipt.await, Fate::Unknown);
    }
    assert_eq!(waiting.await, Fate::Written);
    assert_eq!(net.peer(2).sent(), ["waiting"]);
    assert_eq!(client.stats().unknown, BUFFER_MAX as u32);
}

#[tokio::test(start_paused = true)]
async fn what_was_never_written_comes_back_at_the_end() {
    let net = Net::default();
    net.plan([Plan::Hang]);
    let (client, _events) = net.builder().spawn();
    client.send("a").await.unwrap();
    let tracked = client.send_tracked("b").await.unwrap();
    client.send("c").await.unwrap();
    assert!(client.unsent().is_empty(), "not before the end");
    client.stop().await;
    assert_eq!(tracked.await, Fate::NotWritten("b".into()));
    assert_eq!(client.unsent(), ["a", "c"]);
    assert!(client.unsent().is_empty(), "only once");
}

#[tokio::test(start_paused = true)]
async fn what_was_accepted_before_a_stop_goes_before_its_close() {
    let net = Net::default();
    let (client, mut events) = net.builder().spawn();
    assert_eq!(said(&mut events).await, "up 1");
    let receipt = client.send_tracked("goodbye").await.unwrap();
    client.stop().await;
    assert_eq!(receipt.await, Fate::Written);
    assert_eq!(net.peer(1).sent(), ["goodbye"]);
}

#[tokio::test(start_paused = true)]
async fn a_message_bound_to_a_connection_goes_there_or_nowhere() {
    let net = Net::default();
    let (client, mut events) = net.builder().spawn();
    assert_eq!(said(&mut events).await, "up 1");
    let first = Attempt::from_number(1);
    assert_eq!(client.send_on(first, "ack").await.unwrap().await, Fate::Written);
    assert_eq!(client.try_send_on(first, "at once").unwrap().await, Fate::Written);
    assert!(matches!(client.try_send_on(Attempt::from_number(2), "too early"), Err(SendError::Gone(_))));
    net.peer(1).manners(DEAF);
    for _ in 0..BUFFER_MAX {
        client.send("x").await.unwrap();
    }
    settle().await;
    let late = client.send_on(first, "late").await.unwrap();
    net.peer(1).lose();
    assert_eq!(late.await, Fate::NotWritten("late".into()));
    assert!(matches!(client.send_on(first, "later").await, Err(SendError::Gone(_))));
    assert_eq!(said(&mut events).await, "down 1 eof");
    assert_eq!(said(&mut events).await, "up 2");
    assert!(matches!(client.send_on(first, "much later").await, Err(SendError::Gone(_))));
    settle().await;
    assert_eq!(net.peer(2).sent(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_write_error_gives_way_to_the_peers_last_words() {
    let net = Net::default();
    let (client, mut events) = net.builder().spawn();
    assert_eq!(said(&mut events).await, "up 1");
    net.peer(1).break_writes();
    net.peer(1).close(1008);
    client.send("x").await.unwrap();
    assert_eq!(said(&mut events).await, "down 1 closed");
    assert_eq!(said(&mut events).await, "up 2");
    net.peer(2).break_writes();
    client.send("y").await.unwrap();
    assert_eq!(said(&mut events).await, "down 2 io");
}

#[tokio::test(start_paused = true)]
async fn nothing_is_dropped_where_that_makes_no_room() {
    let net = Net::default();
    net.manners(Manners { answers_close: false, ..Manners::DEFAULT });
    let config = relink_tokio::Config { overlap_max: relink_tokio::Millis::from_secs(30), ..CONFIG };
    let limits = OutboxLimits { bytes_max: 100, ..limits(100, WhenFull::DropOldest) };
    let (client, mut events) = net.builder().config(config).outbox(limits).spawn();
    assert_eq!(said(&mut events).await, "up 1");
    seconds(11).await;
    client.renew();
    assert_eq!(said(&mut events).await, "renewed 1 2");
    // What is bound to the old connection, which takes nothing, cannot make room.
    net.peer(1).manners(Manners { answers_close: false, ..DEAF });
    let first = Attempt::from_number(1);
    let _written = client.send_on(first, "a").await.unwrap();
    settle().await;
    let _heavy = client.send_on(first, "h".repeat(80)).await.unwrap();
    settle().await;
    net.peer(2).report(relink_core::Report::Asked(relink_tokio::Verdict::Retry));
    settle().await;
    let oldest = client.send_tracked("o".repeat(6)).await.unwrap();
    let other = client.send_tracked("s".repeat(10)).await.unwrap();
    assert!(matches!(client.try_send("b".repeat(30)), Err(SendError::Full(_))), "80 stay, whatever goes");
    assert_eq!((client.stats().dropped, client.stats().waiting_bytes), (0, 96));
    client.try_send("b".repeat(10)).unwrap();
    assert_eq!((oldest.await, client.stats().dropped), (Fate::Dropped("o".repeat(6)), 1), "no more than has to");
    assert!(tokio::time::timeout(Duration::ZERO, other).await.is_err(), "it still waits");
}
