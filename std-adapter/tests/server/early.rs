//! What a client says before its protocol accepts it: kept, in order, within bounds.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::SinkExt;
use relink_tokio::server::{Builder, Server, Session};
use relink_tokio::ws::{Meaning, Message as Ours, Protocol, Sign};
use relink_tokio::{Config, InboxLimits, Millis};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

use crate::bench::*;

/// Whoever says "hello" is accepted; the user gets everything else, whenever it comes.
#[derive(Clone)]
struct Hello;

impl Protocol for Hello {
    fn recognise(&mut self, message: &Ours) -> Meaning {
        if message.as_text() == Some("hello") { Meaning::sign(Sign::Accepted) } else { Meaning::PAYLOAD }
    }
}

fn greeted() -> (Builder<Hello>, Records) {
    let (builder, records) = builder();
    (builder.config(Config { acceptance_timeout: Millis::from_secs(5), ..CONFIG }).protocol(Hello), records)
}

/// A server whose sessions write down what they are told.
fn listening() -> (Server<Hello>, Arc<Mutex<Vec<String>>>, Records) {
    let (builder, records) = greeted();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let kept = heard.clone();
    let server = builder.serve(move |mut session: Session| {
        let kept = kept.clone();
        async move {
            while let Some(message) = session.next().await {
                kept.lock().unwrap().push(message.as_text().unwrap_or_default().to_owned());
            }
        }
    });
    (server, heard, records)
}

#[tokio::test(start_paused = true)]
async fn what_is_said_before_the_acceptance_is_the_sessions() {
    let (builder, _) = greeted();
    let server = builder.serve(echo);
    let mut socket = dial(&server).await;
    for text in ["one", "two"] {
        socket.send(Message::text(text)).await.unwrap();
        a_moment().await;
    }
    assert_eq!(server.stats().sessions, 0, "it is not accepted");
    for text in ["hello", "three"] {
        socket.send(Message::text(text)).await.unwrap();
    }
    for text in ["one", "two", "three"] {
        assert_eq!(says(&mut socket).await, text);
    }
    assert_eq!(server.stats().sessions, 1);
    echoes(&mut socket, "four").await;
}

#[tokio::test(start_paused = true)]
async fn it_is_even_if_all_of_it_comes_at_once_and_the_close_with_it() {
    let (server, heard, records) = listening();
    let mut socket = dial(&server).await;
    for text in ["one", "hello", "two"] {
        socket.feed(Message::text(text)).await.unwrap();
    }
    socket.close(None).await.unwrap();
    until(|| records.lock().unwrap().len() == 1, a_moment).await;
    assert_eq!(*heard.lock().unwrap(), ["one", "two"]);
}

#[tokio::test(start_paused = true)]
async fn who_is_never_accepted_has_no_session_whatever_it_says() {
    let (server, heard, records) = listening();
    let mut socket = dial(&server).await;
    socket.send(Message::text("one")).await.unwrap();
    assert_eq!(close_code(&mut socket).await, 3008);
    until(|| server.stats().connections == 0, a_moment).await;
    assert_eq!((server.stats().sessions, heard.lock().unwrap().len(), records.lock().unwrap().len()), (0, 0, 0));
}

#[tokio::test(start_paused = true)]
async fn no_more_of_it_is_kept_than_may_wait() {
    let (builder, _) = greeted();
    let server = builder.inbox(InboxLimits { events_max: 4, bytes_max: 1 << 20 }).serve(echo);
    let mut socket = dial(&server).await;
    let text = "x".repeat(1000);
    let talks = async {
        for _ in 0..1000 {
            socket.send(Message::text(text.as_str())).await.unwrap();
        }
    };
    // 64 KiB are in its stream: what it says beyond that and a few messages is not taken.
    timeout(Duration::from_secs(1), talks).await.expect_err("it was slowed down");
    assert_eq!(close_code(&mut socket).await, 3008);
}
