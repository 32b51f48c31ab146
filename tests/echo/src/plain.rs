//! Owns the clients over plain tokio-tungstenite: the obvious loop, and the careful one with one flush a wake-up.

use std::time::Duration;

use futures_util::{FutureExt, SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use crate::Outcome;

/// The text of every message, 64 bytes.
pub(crate) const TEXT: &str = "a message of sixty-four bytes, as a bot or a device would send..";

/// The same 4 KiB buffers on every side.
pub(crate) fn buffers() -> WebSocketConfig {
    WebSocketConfig::default().read_buffer_size(4096).write_buffer_size(4096)
}

pub(crate) async fn open(port: u16) -> Outcome<Socket> {
    let stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.set_nodelay(true)?;
    let url = format!("ws://127.0.0.1:{port}/");
    Ok(tokio_tungstenite::client_async_with_config(url, stream, Some(buffers())).await?.0)
}

/// What people write: every message is answered by the next, sent and flushed.
pub(crate) async fn obvious(port: u16, window: usize, total: usize) -> Outcome<()> {
    let mut socket = open(port).await?;
    for _ in 0..window {
        socket.send(Message::text(TEXT)).await?;
    }
    let mut sent = window;
    for _ in 0..total {
        socket.next().await.ok_or("the server closed")??;
        if sent < total {
            socket.send(Message::text(TEXT)).await?;
            sent += 1;
        }
    }
    Ok(())
}

/// The same with what a client needs that must not hang: a deadline on every wait.
pub(crate) async fn watched(port: u16, window: usize, total: usize) -> Outcome<()> {
    const SILENCE: Duration = Duration::from_secs(20);
    let mut socket = open(port).await?;
    for _ in 0..window {
        timeout(SILENCE, socket.send(Message::text(TEXT))).await??;
    }
    let mut sent = window;
    for _ in 0..total {
        timeout(SILENCE, socket.next()).await?.ok_or("the server closed")??;
        if sent < total {
            timeout(SILENCE, socket.send(Message::text(TEXT))).await??;
            sent += 1;
        }
    }
    Ok(())
}

/// The best that can be done by hand: all that is ready is read, its answers are fed, then one flush.
pub(crate) async fn careful(port: u16, window: usize, total: usize) -> Outcome<()> {
    carefully(open(port).await?, window, total).await.map(drop)
}

pub(crate) type Socket = WebSocketStream<TcpStream>;

pub(crate) async fn carefully(mut socket: Socket, window: usize, total: usize) -> Outcome<Socket> {
    for _ in 0..window {
        socket.feed(Message::text(TEXT)).await?;
    }
    socket.flush().await?;
    let (mut sent, mut received) = (window, 0);
    while received < total {
        socket.next().await.ok_or("the server closed")??;
        let mut ready = 1;
        while let Some(message) = socket.next().now_or_never() {
            message.ok_or("the server closed")??;
            ready += 1;
        }
        received += ready;
        for _ in 0..ready.min(total - sent) {
            socket.feed(Message::text(TEXT)).await?;
            sent += 1;
        }
        socket.flush().await?;
    }
    Ok(socket)
}
