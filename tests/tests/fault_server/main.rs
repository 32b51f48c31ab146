//! Owns the proof that the fault server does what it says, seen from plain tokio-tungstenite and from raw TCP.

mod acceptance;
mod broken;
mod closing;
mod leaks;
mod liveness;
mod obvious;
mod opening;
mod restart;
mod tls;

use std::future::Future;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use relink_tests::fault::{FaultServer, Frame};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// What a test gives back; the error says what was not so.
type Tested = Result<(), Box<dyn std::error::Error>>;
type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(5);
/// Long enough to say that nothing comes.
const QUIET: Duration = Duration::from_millis(120);

const UPGRADE: &str = "GET /path HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
    Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n";

async fn soon<T>(future: impl Future<Output = T>) -> T {
    timeout(PATIENCE, future).await.expect("it should have happened by now")
}

/// Whether nothing comes of the future for a while.
async fn quiet<T>(future: impl Future<Output = T>) -> bool {
    timeout(QUIET, future).await.is_err()
}

/// Opens a WebSocket with tokio-tungstenite.
async fn dial(server: &FaultServer) -> Result<Socket, Error> {
    soon(connect_async(server.url())).await.map(|(socket, _)| socket)
}

/// The next message; `None` after the end.
async fn next(socket: &mut Socket) -> Option<Result<Message, Error>> {
    soon(socket.next()).await
}

/// Whether the server sends a message back.
async fn echoes(socket: &mut Socket) -> bool {
    let sent = Message::text("to and fro");
    soon(socket.send(sent.clone())).await.is_ok() && matches!(next(socket).await, Some(Ok(back)) if back == sent)
}

/// Opens TCP alone and sends the request of an opening handshake.
async fn request(server: &FaultServer) -> std::io::Result<TcpStream> {
    let mut tcp = TcpStream::connect(server.address()).await?;
    tcp.write_all(UPGRADE.as_bytes()).await?;
    Ok(tcp)
}

/// Opens a WebSocket over raw TCP.
async fn open_raw(server: &FaultServer) -> std::io::Result<TcpStream> {
    let mut tcp = request(server).await?;
    let answer = read_head(&mut tcp).await?;
    assert!(answer.starts_with("HTTP/1.1 101 "), "{answer}");
    Ok(tcp)
}

/// Reads an HTTP head, and not a byte more.
async fn read_head(tcp: &mut TcpStream) -> std::io::Result<String> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        head.push(char::from(soon(tcp.read_u8()).await?));
    }
    Ok(head)
}

/// Reads exactly what the server is to send next.
async fn read_frame(tcp: &mut TcpStream, expected: &Frame) -> Tested {
    let mut bytes = vec![0; expected.to_bytes().len()];
    soon(tcp.read_exact(&mut bytes)).await?;
    assert_eq!(bytes, expected.to_bytes());
    Ok(())
}

async fn send_raw(tcp: &mut TcpStream, frame: Frame) -> std::io::Result<()> {
    soon(tcp.write_all(&frame.masked([1, 2, 3, 4]).to_bytes())).await
}
