//! Any WebSocket client as a source: a server that wants what it sends acknowledged by a message of its own.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use relink_cluster::receiver::{Nature, Reading, Receiver, SocketSource};
use relink_cluster::{Consumer, Delivery, Election, Engine, Group, Holder, InProcess, Settings};
use relink_tokio::Clock;
use relink_tokio::ws::{Message, Request, Ws};
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::timeout;
use tokio_tungstenite::accept_async;
use tokio_tungstenite::tungstenite::Message as Frame;

const PATIENCE: Duration = Duration::from_secs(60);

/// Sends a hundred messages to whoever connects, and tells what comes back; an empty text at the end of a connection.
async fn server(listener: TcpListener, connections: usize) -> UnboundedReceiver<String> {
    let (told, tells) = unbounded_channel();
    tokio::spawn(async move {
        for _ in 0..connections {
            let (stream, _) = listener.accept().await.unwrap();
            let mut socket = accept_async(stream).await.unwrap();
            for number in 0..100 {
                socket.send(Frame::text(format!("{number} key-{} hello", number % 3))).await.unwrap();
            }
            while let Some(Ok(frame)) = socket.next().await {
                if let Frame::Text(text) = frame {
                    told.send(text.to_string()).unwrap();
                }
            }
            told.send(String::new()).unwrap();
        }
    });
    tells
}

fn read(message: &Message) -> Option<Reading<Message>> {
    let Message::Text(text) = message else { return None };
    let mut words = text.split(' ');
    let (id, key) = (words.next()?, words.next()?);
    Some(Reading {
        id: id.into(),
        key: key.into(),
        payload: text.as_bytes().to_vec().into(),
        nature: Nature::ComesAgain,
        ack: Some(format!("got {id}").into()),
    })
}

#[tokio::test(start_paused = true)]
async fn its_messages_are_stored_and_then_acknowledged_and_a_stop_says_goodbye() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}", listener.local_addr().unwrap());
    let mut tells = server(listener, 1).await;
    let engine = InProcess::new(Settings { partitions: 1, ..Settings::default() });
    let election =
        Election::builder(engine.clone(), Group::new("eu-1").unwrap(), Holder::new("pod").unwrap()).clock(Clock::tokio()).spawn();
    let link = move |_: &relink_cluster::Hold| {
        let request = Request::new(&url).expect("an address");
        relink_tokio::Builder::new(Ws::to(request)).clock(Clock::tokio()).seed(1)
    };
    let receiver = Receiver::builder(engine.clone(), election, SocketSource::new(link, read)).spawn();
    let mut acked = Vec::new();
    while acked.len() < 100 {
        acked.push(timeout(PATIENCE, tells.recv()).await.expect("an acknowledgement").unwrap());
    }
    let mut consumer = engine.consume(0).await.unwrap();
    let mut stored = Vec::new();
    for _ in 0..100 {
        let delivery = timeout(PATIENCE, consumer.next()).await.unwrap().unwrap();
        stored.push(format!("got {}", delivery.envelope().id));
        delivery.ack().await.unwrap();
    }
    acked.sort();
    stored.sort();
    assert_eq!(acked, stored);
    assert!(receiver.stats().is_up);
    timeout(Duration::from_secs(3), receiver.stop()).await.expect("a stop within its bound");
    assert_eq!(timeout(PATIENCE, tells.recv()).await.unwrap().as_deref(), Some(""), "the connection has ended");
}
