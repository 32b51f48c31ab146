//! The scripted peer and the small steps every test is made of.

use std::future::{Future, poll_fn};
use std::time::Duration;

use relink_core::Attempt;
use relink_tokio::ws::{Message, Protocol, Request, Ws, WsConnection};
use relink_tokio::{Connection, Ending, Incoming, Transport};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, duplex};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

/// Far longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(20);

/// A peer that accepts one connection and plays this script on it; answers with its URL.
pub(crate) async fn peer<F, R>(script: F) -> String
where
    F: FnOnce(TcpStream) -> R + Send + 'static,
    R: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}/path", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        script(stream).await;
    });
    url
}

/// A peer that takes the Upgrade, writes these bytes, and holds the socket until the other side ends it.
pub(crate) async fn peer_saying(bytes: impl Into<Vec<u8>>) -> String {
    let bytes = bytes.into();
    peer(move |mut stream| async move {
        read_request(&mut stream).await;
        stream.write_all(&bytes).await.unwrap();
        hold(&mut stream).await;
    })
    .await
}

/// A peer that accepts the Upgrade, writes these bytes, and holds the socket until the other side ends it.
pub(crate) async fn peer_sending(frames: impl Into<Vec<u8>>) -> String {
    let frames = frames.into();
    peer(move |mut stream| async move {
        accept(&mut stream).await;
        stream.write_all(&frames).await.unwrap();
        hold(&mut stream).await;
    })
    .await
}

/// A transport over a pipe in memory, and the peer's end of the pipe. The pipe holds this many bytes each way.
pub(crate) fn piped(bytes_max: usize) -> (Ws, DuplexStream) {
    let (ours, theirs) = duplex(bytes_max);
    let ours = std::sync::Mutex::new(Some(ours));
    let ws = Ws::to(Request::new("ws://pipe.test/").unwrap()).connector(move |_| {
        let stream = ours.lock().unwrap().take();
        async move { stream.ok_or_else(|| std::io::Error::other("the pipe is taken")) }
    });
    (ws, theirs)
}

pub(crate) async fn open(url: &str) -> Result<WsConnection<relink_tokio::ws::Plain>, Ending> {
    open_with(Ws::to(Request::new(url).unwrap())).await
}

pub(crate) async fn open_with<P: Protocol>(mut ws: Ws<P>) -> Result<WsConnection<P>, Ending> {
    timeout(PATIENCE, ws.open(Attempt::from_number(1))).await.expect("an answer in time")
}

/// How an attempt at this URL ends that must not succeed.
pub(crate) async fn failure(url: &str) -> Ending {
    open(url).await.expect_err("a failure")
}

pub(crate) async fn next<P: Protocol>(connection: &mut WsConnection<P>) -> Incoming<Message> {
    timeout(PATIENCE, poll_fn(|cx| connection.poll_receive(cx))).await.expect("something in time")
}

pub(crate) async fn ready<P: Protocol>(connection: &mut WsConnection<P>) -> Result<(), Ending> {
    timeout(PATIENCE, poll_fn(|cx| connection.poll_ready(cx))).await.expect("room in time")
}

pub(crate) async fn flush<P: Protocol>(connection: &mut WsConnection<P>) -> Result<(), Ending> {
    timeout(PATIENCE, poll_fn(|cx| connection.poll_flush(cx))).await.expect("a flush in time")
}

/// Reads the head of the request.
pub(crate) async fn read_request(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    String::from_utf8(head).unwrap()
}

/// The valid answer to this request.
pub(crate) fn acceptance(request: &str) -> String {
    let key = request.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: ")).unwrap();
    let accept = tungstenite::handshake::derive_accept_key(key.as_bytes());
    format!("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n")
}

/// Plays the server's part of the opening handshake.
pub(crate) async fn accept(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> String {
    let request = read_request(stream).await;
    stream.write_all(acceptance(&request).as_bytes()).await.unwrap();
    request
}

/// Reads until the other side ends the connection.
pub(crate) async fn hold(stream: &mut (impl AsyncRead + Unpin)) {
    let mut scratch = [0; 1024];
    while matches!(stream.read(&mut scratch).await, Ok(1..)) {}
}

/// An unmasked frame with this first byte (FIN, reserved bits, opcode).
pub(crate) fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match payload.len() {
        length @ 0..=125 => frame.push(length as u8),
        length @ 126..=0xFFFF => frame.extend([&[126], &(length as u16).to_be_bytes()[..]].concat()),
        length => frame.extend([&[127], &(length as u64).to_be_bytes()[..]].concat()),
    }
    frame.extend_from_slice(payload);
    frame
}

/// A Close frame.
pub(crate) fn close_frame(code: u16, reason: &str) -> Vec<u8> {
    frame(0x88, &[&code.to_be_bytes(), reason.as_bytes()].concat())
}

/// Reads one frame of a client; answers with its first byte and its unmasked payload.
pub(crate) async fn read_frame(stream: &mut (impl AsyncRead + Unpin)) -> (u8, Vec<u8>) {
    let first = stream.read_u8().await.unwrap();
    let second = stream.read_u8().await.unwrap();
    assert_eq!(second & 0x80, 0x80, "a client masks");
    let length = match second & 0x7F {
        126 => usize::from(stream.read_u16().await.unwrap()),
        127 => stream.read_u64().await.unwrap() as usize,
        length => usize::from(length),
    };
    let mut mask = [0; 4];
    stream.read_exact(&mut mask).await.unwrap();
    let mut payload = vec![0; length];
    stream.read_exact(&mut payload).await.unwrap();
    payload.iter_mut().zip(mask.iter().cycle()).for_each(|(byte, mask)| *byte ^= mask);
    (first, payload)
}
