//! What every test needs: a server that echoes, clients over streams in memory, and the records of what ended.

use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use relink_tokio::server::{Builder, Record, Server, Session};
use relink_tokio::ws::Protocol;
use relink_tokio::{Clock, Config, Millis};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::{HeaderName, HeaderValue};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

pub(crate) type Socket = WebSocketStream<DuplexStream>;
pub(crate) type Records = Arc<Mutex<Vec<Record>>>;

/// Round numbers, so that tests can say when things happen.
pub(crate) const CONFIG: Config = Config {
    opening_timeout: Millis::from_secs(10),
    ping_after: Millis::from_secs(20),
    pong_timeout: Millis::from_secs(5),
    closing_timeout: Millis::from_secs(1),
    ..Config::ACCEPTED
};

/// A server in the making on virtual time, and where its records go.
pub(crate) fn builder() -> (Builder, Records) {
    recorded(Server::builder().config(CONFIG).clock(Clock::tokio()).seed(7))
}

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

/// A stream into the server.
pub(crate) fn stream<P: Protocol>(server: &Server<P>) -> DuplexStream {
    let (ours, theirs) = duplex(64 << 10);
    server.accept(theirs, None);
    ours
}

/// A client that is let in, or is told why not.
pub(crate) async fn try_dial<P: Protocol>(server: &Server<P>, headers: &[(&str, &str)]) -> Result<Socket, Error> {
    let mut request = "ws://server/path?token=x".into_client_request().unwrap();
    for (name, value) in headers {
        request.headers_mut().append(HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_str(value).unwrap());
    }
    client_async(request, stream(server)).await.map(|(socket, _)| socket)
}

pub(crate) async fn dial<P: Protocol>(server: &Server<P>) -> Socket {
    try_dial(server, &[]).await.unwrap()
}

/// As somebody.
pub(crate) async fn dial_as<P: Protocol>(server: &Server<P>, name: &str) -> Socket {
    try_dial(server, &[("x-self-id", name)]).await.unwrap()
}

/// Status, headers in one text, body.
pub(crate) fn refusal(outcome: Result<Socket, Error>) -> (u16, String, String) {
    match outcome {
        Err(Error::Http(response)) => {
            let body = response.body().clone().unwrap_or_default();
            (response.status().as_u16(), format!("{:?}", response.headers()), String::from_utf8(body).unwrap())
        }
        other => panic!("not refused but: {other:?}"),
    }
}

/// What the server answers to these bytes, until it ends the stream.
pub(crate) async fn answer_to<P: Protocol>(server: &Server<P>, bytes: &[u8]) -> String {
    let mut stream = stream(server);
    stream.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

pub(crate) async fn says(socket: &mut Socket) -> String {
    match socket.next().await {
        Some(Ok(Message::Text(text))) => text.to_string(),
        other => panic!("not a text but: {other:?}"),
    }
}

pub(crate) async fn echoes(socket: &mut Socket, text: &str) {
    socket.send(Message::text(text)).await.unwrap();
    assert_eq!(says(socket).await, text);
}

/// The code of the server's Close, which is answered.
pub(crate) async fn close_code(socket: &mut Socket) -> u16 {
    loop {
        match socket.next().await {
            Some(Ok(Message::Close(Some(CloseFrame { code, .. })))) => {
                while let Some(Ok(_)) = socket.next().await {}
                return code.into();
            }
            Some(Ok(Message::Close(None))) => return 1005,
            Some(Ok(_)) => {}
            other => panic!("not a Close but: {other:?}"),
        }
    }
}

/// Waits until this is true, at most a minute of virtual time.
pub(crate) async fn until<F: Future<Output = ()>>(mut is_true: impl FnMut() -> bool, pause: impl Fn() -> F) {
    for _ in 0..6000 {
        if is_true() {
            return;
        }
        pause().await;
    }
    panic!("not within a minute");
}

pub(crate) async fn a_moment() {
    tokio::time::sleep(Duration::from_millis(10)).await;
}
