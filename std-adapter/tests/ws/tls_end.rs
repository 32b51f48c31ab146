//! The end of TLS: what a peer sees that looks for a clean one.

use std::sync::Arc;
use std::time::Duration;

use relink_tokio::ws::rustls::{ClientConfig, ServerConfig};
use relink_tokio::ws::{Request, Ws};
use relink_tokio::{Builder, Client, Clock, Config, Event, Events, Millis, ws::Message};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::time::Instant;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::peer::{accept, close_frame, read_frame};
use crate::tls::Authority;

const CLOSING: Duration = Duration::from_secs(3);

fn parties() -> (Arc<ServerConfig>, Arc<ClientConfig>) {
    let authority = Authority::new("ours");
    (authority.server("chat.test", |_| ()), authority.client())
}

/// A link that is up, and its peer's end of the pipe between them.
async fn up() -> (Client<Message>, Events<Message>, TlsStream<DuplexStream>) {
    let (server, client) = parties();
    let (ours, theirs) = tokio::io::duplex(10_000);
    let ours = std::sync::Mutex::new(Some(ours));
    let ws = Ws::to(Request::new("wss://chat.test/").unwrap()).tls(client).connector(move |_| {
        let stream = ours.lock().unwrap().take();
        async move { stream.ok_or_else(|| std::io::Error::other("the pipe is taken")) }
    });
    let config = Config { closing_timeout: Millis::from_duration(CLOSING), ..Config::DEFAULT };
    let (client, mut events) = Builder::new(ws).clock(Clock::tokio()).config(config).spawn();
    let mut stream = TlsAcceptor::from(server).accept(theirs).await.unwrap();
    accept(&mut stream).await;
    assert!(matches!(events.next().await, Some(Event::Up { .. })));
    (client, events, stream)
}

/// Reads to the end, which with rustls is an error unless the other side has said that it is the end.
async fn assert_clean_end(mut stream: TlsStream<DuplexStream>) {
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).await.expect("a close_notify");
    assert_eq!(rest, [0; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_closes_gets_a_clean_end() {
    for at_once in [false, true] {
        let (_client, mut events, mut stream) = up().await;
        stream.write_all(&close_frame(1001, "")).await.unwrap();
        if at_once {
            stream.shutdown().await.unwrap();
        }
        assert_eq!(read_frame(&mut stream).await.0, 0x88, "its Close is answered all the same");
        stream.shutdown().await.unwrap();
        assert_clean_end(stream).await;
        assert!(matches!(events.next().await, Some(Event::Down { .. })));
    }
}

#[tokio::test(start_paused = true)]
async fn a_stop_ends_cleanly_with_a_peer_that_ends_first_and_with_one_that_waits() {
    for waits in [false, true] {
        let (client, _events, mut stream) = up().await;
        let asked = Instant::now();
        let peer = async {
            assert_eq!(read_frame(&mut stream).await.0, 0x88);
            stream.write_all(&close_frame(1000, "")).await.unwrap();
            stream.flush().await.unwrap();
            if !waits {
                stream.shutdown().await.unwrap();
            }
            assert_clean_end(stream).await;
        };
        tokio::join!(client.stop(), peer);
        assert_eq!(asked.elapsed(), if waits { CLOSING } else { Duration::ZERO });
    }
}

#[tokio::test(start_paused = true)]
async fn a_stop_does_not_wait_for_a_peer_that_takes_no_end() {
    let (client, _events, mut stream) = up().await;
    // It does not read any more, so the pipe is full.
    client.try_send("x".repeat(60_000)).unwrap();
    let asked = Instant::now();
    let ends = async {
        tokio::time::sleep(CLOSING / 3).await;
        stream.write_all(&close_frame(1000, "")).await.unwrap();
        stream.shutdown().await.unwrap();
    };
    tokio::join!(client.stop(), ends);
    assert_eq!(asked.elapsed(), CLOSING / 3, "it has ended, so there is nothing to wait for");
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_is_given_up_gets_a_clean_end_too() {
    let (_client, mut events, mut stream) = up().await;
    assert!(matches!(events.next().await, Some(Event::Down { .. })), "it has not answered the ping");
    assert_eq!(read_frame(&mut stream).await.0, 0x89);
    assert_eq!(read_frame(&mut stream).await, (0x88, 3008_u16.to_be_bytes().to_vec()));
    assert_clean_end(stream).await;
}
