//! What reading and writing do to each other: last words, long messages, answers that are owed.

use std::time::Duration;

use relink_tokio::ws::{Limits, Meaning, Message, Protocol, Request, Ws};
use relink_tokio::{Builder, Clock, CloseCode, Config, Event, Fate, Millis};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, sleep, timeout};

use crate::peer::{accept, acceptance, close_frame, frame, peer, piped, read_frame, read_request};

#[tokio::test]
async fn a_pong_that_cannot_be_written_does_not_hide_the_last_words() {
    let url = peer(|mut stream| async move {
        let request = read_request(&mut stream).await;
        stream.write_all(acceptance(&request).as_bytes()).await.unwrap();
        // What the client sends is not read, so that this end resets the connection.
        sleep(Duration::from_millis(20)).await;
        let words = [frame(0x89, b""), frame(0x81, b"the last word"), close_frame(3000, "unauthorized")].concat();
        stream.write_all(&words).await.unwrap();
    })
    .await;
    let (client, mut events) = Builder::new(Ws::to(Request::new(&url).unwrap())).spawn();
    client.ready().await;
    client.send("hello").await.unwrap();
    let mut told = Vec::new();
    while let Ok(Some(event)) = timeout(Duration::from_secs(5), events.next()).await {
        told.push(format!("{event:?}"));
    }
    assert!(told.iter().any(|event| event.contains("the last word")), "{told:#?}");
    assert!(told.last().is_some_and(|event| event.starts_with("GaveUp")), "{told:#?}");
}

/// Everything is to be acknowledged.
#[derive(Clone)]
struct Acks;

impl Protocol for Acks {
    fn recognise(&mut self, _: &Message) -> Meaning {
        Meaning { reply: Some("ack".into()), ..Meaning::PAYLOAD }
    }
}

#[tokio::test(start_paused = true)]
async fn reading_goes_on_when_the_peer_takes_answers_again() {
    for ping_after in [Millis::from_secs(20), Millis::ZERO] {
        let (ws, mut theirs) = piped(512);
        let config = Config { ping_after, ..Config::DEFAULT };
        let builder = Builder::new(ws.protocol(Acks)).clock(Clock::tokio()).config(config);
        let (client, mut events) = builder.write_timeout(Duration::from_secs(1000)).spawn();
        accept(&mut theirs).await;
        assert!(matches!(events.next().await, Some(Event::Up { .. })));
        sleep(Duration::from_secs(15)).await;
        client.send("x".repeat(2000)).await.unwrap();
        sleep(Duration::from_millis(5)).await;
        let (mut read, mut write) = tokio::io::split(theirs);
        let talk = tokio::spawn(async move {
            for number in 0..200 {
                write.write_all(&frame(0x81, format!("m{number}").as_bytes())).await.unwrap();
            }
            write
        });
        let mut got = 0;
        while let Ok(Some(Event::Message { .. })) = timeout(Duration::from_secs(1), events.next()).await {
            got += 1;
        }
        assert!(got < 200, "answers are owed, and the peer does not read");
        client.send("later").await.unwrap();
        sleep(Duration::from_millis(5)).await;
        tokio::spawn(async move {
            let mut buffer = [0; 4096];
            while matches!(read.read(&mut buffer).await, Ok(1..)) {}
        });
        let began = Instant::now();
        while got < 200 {
            assert!(matches!(timeout(Duration::from_secs(3600), events.next()).await, Ok(Some(Event::Message { .. }))));
            got += 1;
        }
        assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
        drop(talk);
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_that_takes_long_is_not_silence() {
    let (ws, mut theirs) = piped(64 << 10);
    let (_client, mut events) = Builder::new(ws).clock(Clock::tokio()).spawn();
    accept(&mut theirs).await;
    assert!(matches!(events.next().await, Some(Event::Up { .. })));
    let whole = frame(0x81, "x".repeat(60_000).as_bytes());
    let sending = tokio::spawn(async move {
        for part in whole.chunks(1000) {
            theirs.write_all(part).await.unwrap();
            sleep(Duration::from_secs(1)).await;
        }
        theirs
    });
    assert!(matches!(events.next().await, Some(Event::Message { message, .. }) if message.len() == 60_000));
    drop(sending.await);
}

#[tokio::test(start_paused = true)]
async fn a_code_that_never_stands_in_a_frame_is_not_sent() {
    let (ws, mut theirs) = piped(64 << 10);
    let (client, mut events) = Builder::new(ws).clock(Clock::tokio()).spawn();
    accept(&mut theirs).await;
    assert!(matches!(events.next().await, Some(Event::Up { .. })));
    let (_, sent) = tokio::join!(client.stop_with(CloseCode::new(1006)), read_frame(&mut theirs));
    assert_eq!(sent, (0x88, 1000_u16.to_be_bytes().to_vec()));
}

#[tokio::test(start_paused = true)]
async fn a_read_buffer_of_any_size_works() {
    for read_buffer_bytes in [0, usize::MAX] {
        let (ws, mut theirs) = piped(64 << 10);
        let ws = ws.limits(Limits { read_buffer_bytes, ..Limits::DEFAULT });
        let (client, mut events) = Builder::new(ws).clock(Clock::tokio()).spawn();
        accept(&mut theirs).await;
        assert!(matches!(events.next().await, Some(Event::Up { .. })));
        theirs.write_all(&frame(0x81, b"hello")).await.unwrap();
        assert!(matches!(events.next().await, Some(Event::Message { .. })));
        assert_eq!(client.send_tracked("bye").await.unwrap().await, Fate::Written);
    }
}
