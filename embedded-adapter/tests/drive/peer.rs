//! Owns the server's side of a connection: tungstenite where it is to behave, bytes where it is not.

use std::future::poll_fn;
use std::io::{self, Write};
use std::task::{Poll, Waker};

use tungstenite::handshake::derive_accept_key;
use tungstenite::protocol::{CloseFrame, Role, WebSocket};
use tungstenite::{Error, Message};

use crate::pipe::{Blocking, End};

/// A connection whose upgrade was answered.
pub(crate) struct Peer(WebSocket<Blocking>);

/// Reads the upgrade request, as far as its empty line.
pub(crate) async fn request(end: &mut End) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        let count = poll_fn(|cx| end.poll_read(&mut byte, cx.waker())).await.unwrap_or(0);
        if count == 0 {
            break;
        }
        head.push(byte[0]);
    }
    String::from_utf8(head).unwrap()
}

/// Writes all of this, as fast as it is taken. Whether it was.
pub(crate) async fn write(end: &mut End, mut bytes: &[u8]) -> bool {
    while !bytes.is_empty() {
        match poll_fn(|cx| end.poll_write(bytes, cx.waker())).await {
            Ok(count) => bytes = &bytes[count..],
            Err(_) => return false,
        }
    }
    true
}

/// The right answer to an upgrade.
pub(crate) fn answer(request: &str) -> String {
    let key = request.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: ")).unwrap_or_default();
    let accept = derive_accept_key(key.as_bytes());
    format!("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n")
}

impl Peer {
    /// Answers the upgrade.
    pub(crate) async fn upgrade(mut end: End) -> Self {
        let request = request(&mut end).await;
        write(&mut end, answer(&request).as_bytes()).await;
        Self(WebSocket::from_raw_socket(Blocking { end, waker: Waker::noop().clone() }, Role::Server, None))
    }

    /// What comes next; none, once the connection is over. Answers pings and Close.
    pub(crate) async fn next(&mut self) -> Option<Message> {
        poll_fn(|cx| {
            self.0.get_mut().waker = cx.waker().clone();
            match self.0.read() {
                Ok(message) => Poll::Ready(Some(message)),
                Err(error) => would_block(&error).map(|()| None),
            }
        })
        .await
    }

    /// The next text; none, once the connection is over.
    pub(crate) async fn text(&mut self) -> Option<String> {
        loop {
            if let Message::Text(text) = self.next().await? {
                return Some(text.to_string());
            }
        }
    }

    /// Sends this, and waits until it is taken. Whether it was.
    pub(crate) async fn send(&mut self, message: Message) -> bool {
        let mut message = Some(message);
        poll_fn(|cx| {
            self.0.get_mut().waker = cx.waker().clone();
            let written = message.take().map_or(Ok(()), |message| self.0.write(message));
            match written.and_then(|()| self.0.flush()) {
                Ok(()) => Poll::Ready(true),
                Err(error) => would_block(&error).map(|()| false),
            }
        })
        .await
    }

    pub(crate) async fn say(&mut self, text: &str) -> bool {
        self.send(Message::text(text)).await
    }

    pub(crate) async fn close(&mut self, code: u16) {
        self.send(Message::Close(Some(CloseFrame { code: code.into(), reason: "".into() }))).await;
    }

    /// Reads to the end of the connection.
    pub(crate) async fn finish(&mut self) {
        while self.next().await.is_some() {}
    }

    pub(crate) fn end(&mut self) -> &mut End {
        &mut self.0.get_mut().end
    }

    /// Writes these bytes as they are, once there is room for them.
    pub(crate) async fn raw_when_free(&mut self, bytes: &[u8]) {
        write(self.end(), bytes).await;
    }

    /// Writes these bytes as they are.
    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        self.0.get_mut().write_all(bytes).unwrap();
    }
}

fn would_block(error: &Error) -> Poll<()> {
    let would = matches!(error, Error::Io(error) if error.kind() == io::ErrorKind::WouldBlock);
    if would { Poll::Pending } else { Poll::Ready(()) }
}
