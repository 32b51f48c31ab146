//! What the rows of the server need: one on a port of its own, and clients of another author.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use futures_util::StreamExt;
use relink_tests::sockets::{self, Sockets};
use relink_tokio::server::{Builder, Record, Server, Session};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

pub(crate) type Socket = WebSocketStream<TcpStream>;
pub(crate) type Records = Arc<Mutex<Vec<Record>>>;

/// How long a busy machine may take for what is done at once.
pub(crate) const SLACK: std::time::Duration = std::time::Duration::from_millis(750);

pub(crate) fn recorded(builder: Builder) -> (Builder, Records) {
    let records = Records::default();
    let kept = records.clone();
    (builder.on_end(move |record| kept.lock().unwrap().push(record.clone())), records)
}

/// Whatever comes goes back.
pub(crate) async fn echo(mut session: Session) {
    while let Some(message) = session.next().await {
        if session.send(message).await.is_err() {
            return;
        }
    }
}

/// Where it listens, and the task that does.
pub(crate) async fn listen(server: &Server) -> (SocketAddr, JoinHandle<()>) {
    listen_at(server, "127.0.0.1:0".parse().unwrap()).await
}

pub(crate) async fn listen_at(server: &Server, address: SocketAddr) -> (SocketAddr, JoinHandle<()>) {
    let listener = TcpListener::bind(address).await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = server.clone();
    (address, tokio::spawn(async move { server.listen(listener).await }))
}

pub(crate) async fn dial(address: SocketAddr) -> Result<Socket, Error> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    client_async(format!("ws://{address}/"), stream).await.map(|(socket, _)| socket)
}

pub(crate) async fn text(socket: &mut Socket) -> Option<String> {
    match socket.next().await {
        Some(Ok(Message::Text(text))) => Some(text.to_string()),
        _ => None,
    }
}

/// Waits until no socket has to do with this port any more.
pub(crate) async fn none_left(port: u16) {
    let left = sockets::settled(port, SLACK * 4, |now| now == Sockets::NONE).await.unwrap();
    assert_eq!(left, Sockets::NONE);
}
