//! What becomes of subscriptions when their connection is lost.

use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::StreamExt;
use relink_tokio::graphql::{OnLoss, Request, SubscriptionError};
use tokio::time::sleep;

use crate::bench::*;

/// Answers to everything with the number of the connection, and ends after so many.
async fn answer(number: u32, mut socket: Socket, results: usize) {
    welcome(&mut socket).await;
    for _ in 0..results {
        let id = taken(&mut socket).await;
        say(&mut socket, &next(&id, &format!(r#"{{"data":{number}}}"#))).await;
    }
    a_moment().await;
}

#[tokio::test(start_paused = true)]
async fn they_go_on_over_drops_restarts_and_silence_or_end_as_asked_for() {
    let (builder, dials) = client(|number, mut socket| async move {
        match number {
            1 => answer(number, socket, 3).await,
            2 => {
                // It never says another word.
                welcome(&mut socket).await;
                sleep(Duration::from_secs(3600)).await;
            }
            3 => {
                welcome(&mut socket).await;
                close(&mut socket, 1012).await;
            }
            _ => {
                answer(number, socket, 2).await;
                sleep(Duration::from_secs(3600)).await;
            }
        }
    });
    let client = builder.connect();
    let mut kept = [(); 2].map(|()| client.subscribe(Request::new("x")).unwrap());
    let mut once = client.subscribe_with(Request::new("x"), OnLoss::EndWithError).unwrap();
    for subscription in &mut kept {
        assert_eq!(result(subscription).await, r#"{"data":1}"#);
    }
    assert_eq!(result(&mut once).await, r#"{"data":1}"#);
    assert!(matches!(once.next().await, Some(Err(SubscriptionError::Lost(_)))));
    assert!(once.next().await.is_none());
    for subscription in &mut kept {
        let resumed = tokio::time::timeout(Duration::from_secs(300), subscription.next()).await.unwrap();
        assert_eq!(resumed.unwrap().unwrap().to_string(), r#"{"data":4}"#);
    }
    assert_eq!(dials.load(Ordering::Relaxed), 4);
}

#[tokio::test(start_paused = true)]
async fn what_has_ended_is_not_begun_again() {
    let (builder, _) = client(|number, mut socket| async move {
        welcome(&mut socket).await;
        let ids = if number == 1 { vec!["1", "2", "3"] } else { vec!["3"] };
        for id in ids {
            assert_eq!(taken(&mut socket).await, id, "connection {number}");
        }
        if number == 1 {
            say(&mut socket, r#"{"type":"complete","id":"1"}"#).await;
            a_moment().await;
            return;
        }
        say(&mut socket, &next("3", r#"{"data":"resumed"}"#)).await;
        sleep(Duration::from_secs(3600)).await;
    });
    let client = builder.connect();
    let [mut completed, dropped, mut kept] = [(); 3].map(|()| client.subscribe(Request::new("x")).unwrap());
    assert!(completed.next().await.is_none());
    // Dropped while there is no connection: nobody hears of it.
    sleep(Duration::from_millis(500)).await;
    drop(dropped);
    assert_eq!(result(&mut kept).await, r#"{"data":"resumed"}"#);
}

#[tokio::test(start_paused = true)]
async fn a_thousand_are_begun_again_through_an_outbox_of_eight() {
    const MANY: usize = 1000;
    let (builder, _) = client(|number, socket| answer(number, socket, if number < 3 { MANY } else { 0 }));
    let outbox = relink_tokio::OutboxLimits { messages_max: 8, ..relink_tokio::OutboxLimits::DEFAULT };
    let client = builder.link(move |link| link.outbox(outbox)).connect();
    let mut all: Vec<_> = (0..MANY).map(|_| client.subscribe(Request::new("x")).unwrap()).collect();
    for number in 1..3 {
        for subscription in &mut all {
            assert_eq!(result(subscription).await, format!(r#"{{"data":{number}}}"#));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn our_client_and_our_server_understand_each_other() {
    let (server, known) = server();
    let sockets = server.clone();
    let builder = relink_tokio::graphql::Client::builder("ws://server/").unwrap().transport(move |ws| {
        ws.connector(move |_| {
            let (ours, theirs) = tokio::io::duplex(64 << 10);
            sockets.sockets().accept(theirs, None);
            async move { Ok::<_, std::io::Error>(ours) }
        })
    });
    let client = builder.link(|link| link.clock(relink_tokio::Clock::tokio()).seed(3)).connect();
    let mut ticks = client.subscribe(Request::new("ticks")).unwrap();
    for number in 0..3 {
        assert_eq!(result(&mut ticks).await, format!(r#"{{"data":"nobody","n":{number}}}"#));
    }
    // A client that is ended by the server comes back, and goes on.
    let key = known.key.lock().unwrap().unwrap();
    assert!(server.sockets().end(key, relink_tokio::CloseCode::SERVICE_RESTART));
    assert_eq!(result(&mut ticks).await, r#"{"data":"nobody","n":0}"#);
    assert!(client.ask(Request::new("once")).await.unwrap().as_str().contains("nobody"));
    client.stop().await;
    // What waited is told first.
    let last = std::pin::pin!(ticks.skip_while(|result| std::future::ready(result.is_ok())).next()).await;
    assert!(matches!(last, Some(Err(SubscriptionError::Stopped))));
    a_moment().await;
    assert_eq!((known.there(), server.sockets().stats().connections), (0, 0));
}
