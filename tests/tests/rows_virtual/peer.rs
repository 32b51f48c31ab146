//! Owns the peers in memory: what becomes of a dial, without a socket and so without a machine that is late.

use std::future::pending;
use std::io;
use std::sync::Arc;

use futures_util::{SinkExt, StreamExt};
use relink_tokio::ws::{Request, Ws};
use relink_tokio::{Builder, Clock};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::time::{Instant, sleep};
use tokio_tungstenite::accept_async;
use tokio_tungstenite::tungstenite::Message;

use super::*;

/// How much is on its way in memory.
const BUFFER_BYTES: usize = 64 << 10;

/// What a peer does with one dial.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Peer {
    /// Nothing listens there.
    Refuses,
    /// Takes the connection and is silent.
    Mute,
    /// Sends its answer to the Upgrade a byte a second.
    ByteASecond,
    /// Opens the WebSocket, and neither reads nor writes from then on.
    Deaf,
    /// Opens the WebSocket, sends a Close, and holds the connection.
    ClosesAndHolds,
    /// Opens the WebSocket and drops the connection.
    Drops,
    /// A proper server.
    Proper,
    /// A proper server that drops the connection after this time.
    ProperFor(Duration),
}

/// A link by the default configuration to whatever peer there is at the moment of a dial.
pub(crate) fn link(peer: impl Fn(Instant) -> Peer + Send + Sync + 'static) -> Result<Builder<Ws>, Box<dyn Error>> {
    let peer = Arc::new(peer);
    let connect = move |_| {
        let peer = peer(Instant::now());
        async move { dial(peer) }
    };
    Ok(Builder::new(Ws::to(Request::new("ws://peer.example/")?).connector(connect)).clock(Clock::tokio()))
}

fn dial(peer: Peer) -> io::Result<DuplexStream> {
    if matches!(peer, Peer::Refuses) {
        return Err(io::ErrorKind::ConnectionRefused.into());
    }
    let (ours, theirs) = duplex(BUFFER_BYTES);
    tokio::spawn(play(peer, theirs));
    Ok(ours)
}

/// Holds the connection for as long as it has something to do with it.
async fn play(peer: Peer, mut stream: DuplexStream) -> Result<(), Box<dyn Error + Send + Sync>> {
    match peer {
        Peer::Refuses => {}
        Peer::Mute => hold(stream).await,
        Peer::ByteASecond => {
            stream.read_u8().await?;
            for byte in b"HTTP/1.1 101 Switching Protocols\r\n" {
                stream.write_u8(*byte).await?;
                sleep(Duration::from_secs(1)).await;
            }
        }
        Peer::Deaf => hold(accept_async(stream).await?).await,
        Peer::ClosesAndHolds => {
            let mut socket = accept_async(stream).await?;
            socket.send(Message::Close(None)).await?;
            hold(socket).await;
        }
        Peer::Drops => drop(accept_async(stream).await?),
        Peer::Proper => serve(stream).await?,
        Peer::ProperFor(time) => drop(tokio::time::timeout(time, serve(stream)).await),
    }
    Ok(())
}

async fn hold<T>(connection: T) {
    pending::<()>().await;
    drop(connection);
}

/// Reads, which answers pings and a Close, until the end.
async fn serve(stream: DuplexStream) -> Result<(), Box<dyn Error + Send + Sync>> {
    let mut socket = accept_async(stream).await?;
    while let Some(message) = socket.next().await {
        message?;
    }
    Ok(())
}
