//! Sending from anywhere: to one, to all, to those who are gone, to those who are too slow.

use std::time::Duration;

use futures_util::StreamExt;
use relink_tokio::server::{Cause, Slow};
use relink_tokio::ws::Message;
use relink_tokio::{CloseCode, OutboxLimits, SendError};
use tokio::time::{Instant, sleep};

use crate::bench::*;

#[tokio::test(start_paused = true)]
async fn a_message_for_somebody_who_is_gone_is_a_value_and_counted() {
    let (builder, _) = builder();
    let server = builder.serve(echo);
    let socket = dial(&server).await;
    let key = server.keys()[0];
    drop(socket);
    until(|| server.stats().connections == 0, a_moment).await;
    assert!(matches!(server.send(key, "late"), Err(SendError::Gone(message)) if message.as_text() == Some("late")));
    assert!(!server.end(key, CloseCode::NORMAL));
    assert!(server.about(key).is_none());
    assert_eq!(server.stats().stale, 2);
    // The slot is used again; the old key does not reach who has it now.
    let mut next = dial(&server).await;
    assert!(server.send(key, "late").is_err());
    server.send(server.keys()[0], "for the next one").unwrap();
    assert_eq!(says(&mut next).await, "for the next one");
}

#[tokio::test(start_paused = true)]
async fn a_broadcast_reaches_everybody_and_waits_for_nobody() {
    let (builder, records) = builder();
    let outbox = OutboxLimits { bytes_max: 100_000, ..OutboxLimits::DEFAULT };
    let server = builder.outbox(outbox).write_timeout(Duration::from_secs(600)).serve(echo);
    let mut sockets = Vec::new();
    for _ in 0..100 {
        sockets.push(dial(&server).await);
    }
    // It reads nothing: 64 KiB are in its stream, 100 kB in its outbox, then it is too slow.
    let mut slow = dial(&server).await;
    let start = Instant::now();
    let text = "x".repeat(10_000);
    for round in 0..40 {
        let reached = server.broadcast(text.as_str());
        assert!(reached >= 100, "round {round}: {reached}");
        for socket in &mut sockets {
            assert_eq!(says(socket).await.len(), 10_000);
        }
    }
    assert!(start.elapsed() < Duration::from_secs(1), "nobody was waited for: {:?}", start.elapsed());
    assert!(server.stats().full > 0);
    sleep(Duration::from_secs(2)).await;
    {
        let records = records.lock().unwrap();
        assert_eq!(records.len(), 1);
        let expected = (Cause::Slow, Some(CloseCode::new(1013)), true);
        assert_eq!((records[0].cause, records[0].code, records[0].forced), expected);
    }
    while let Some(Ok(_)) = slow.next().await {}
    assert_eq!(server.broadcast("to those who are left"), 100);
}

#[tokio::test(start_paused = true)]
async fn who_is_slow_may_also_just_be_refused() {
    let (builder, records) = builder();
    let outbox = OutboxLimits { bytes_max: 20_000, ..OutboxLimits::DEFAULT };
    let server = builder.outbox(outbox).slow(Slow::Refuse).serve(echo);
    let mut socket = dial(&server).await;
    let key = server.keys()[0];
    let mut taken = 0;
    let message = Message::from("x".repeat(10_000));
    while server.send(key, message.clone()).is_ok() {
        taken += 1;
        tokio::task::yield_now().await;
        assert!(taken < 100, "it has a limit");
    }
    assert!(matches!(server.send(key, message.clone()), Err(SendError::Full(_))));
    assert!(matches!(server.send(key, "x".repeat(30_000)), Err(SendError::TooHeavy(_))));
    for _ in 0..taken {
        assert_eq!(says(&mut socket).await.len(), 10_000);
    }
    server.send(key, "again").unwrap();
    assert_eq!(says(&mut socket).await, "again");
    assert!(records.lock().unwrap().is_empty());
}
