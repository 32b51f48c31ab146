//! A message that is heavier than all that may wait, and may go alone.

use relink_tokio::{Fate, OutboxLimits, SendError, WhenFull};

use crate::fake::*;

const DEAF: Manners = Manners { takes_writes: false, ..Manners::DEFAULT };

#[tokio::test(start_paused = true)]
async fn one_that_is_heavier_goes_alone_where_that_is_allowed() {
    let net = Net::default();
    let limits = OutboxLimits { bytes_max: 10, alone_bytes_max: 50, ..OutboxLimits::DEFAULT };
    let (client, mut events) = net.builder().outbox(limits).spawn();
    assert_eq!(said(&mut events).await, "up 1");
    net.peer(1).manners(DEAF);
    let (heavy, too_heavy) = ("h".repeat(50), "h".repeat(51));
    assert_eq!(client.send(too_heavy.clone()).await, Err(SendError::TooHeavy(too_heavy)));
    // The connection takes nothing, or next to nothing.
    for small in ["1", "2", "3"] {
        client.send(small).await.unwrap();
        settle().await;
    }
    assert!(client.stats().waiting_messages > 0);
    assert_eq!(client.try_send(heavy.clone()), Err(SendError::Full(heavy.clone())));
    let sender = client.clone();
    let alone = tokio::spawn(async move { sender.send(heavy).await });
    settle().await;
    assert!(!alone.is_finished(), "it waits until nothing else does");
    net.peer(1).manners(Manners::DEFAULT);
    alone.await.unwrap().unwrap();
    settle().await;
    assert_eq!(net.peer(1).sent(), ["1".into(), "2".into(), "3".into(), "h".repeat(50)]);
}

#[tokio::test(start_paused = true)]
async fn beside_a_heavy_one_nothing_else_waits() {
    let net = Net::default();
    net.plan([Plan::Hang]);
    let limits = OutboxLimits { bytes_max: 10, alone_bytes_max: 50, when_full: WhenFull::DropOldest, ..OutboxLimits::DEFAULT };
    let (client, _events) = net.builder().outbox(limits).spawn();
    let small = client.send_tracked("small").await.unwrap();
    let heavy = client.send_tracked("h".repeat(50)).await.unwrap();
    assert_eq!((small.await, client.stats().waiting_bytes), (Fate::Dropped("small".into()), 50), "it makes room for it");
    client.try_send("x").unwrap();
    assert_eq!((heavy.await, client.stats().waiting_bytes), (Fate::Dropped("h".repeat(50)), 1), "as it does for others");
}
