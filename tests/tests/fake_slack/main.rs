//! Owns the proof that the fake Slack does what Slack does and what it is told, seen from plain tokio-tungstenite and from raw HTTP.

mod binary;
mod calls;
mod endings;
mod envelopes;
mod flood;
mod frames;
mod liveness;
mod registry;
mod tickets;

use std::future::Future;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use relink_tests::slack::{FakeSlack, Settings};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async, connect_async_with_config};

/// What a test gives back; the error says what was not so.
type Tested = Result<(), Box<dyn std::error::Error>>;
type Failure = Box<dyn std::error::Error>;
type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Longer than anything takes here, on a busy machine and on a paused clock.
const PATIENCE: Duration = Duration::from_secs(10 * 3600);
const TOKEN: &str = "xapp-1-A0FAKE-1-secret";

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A Slack as it is, but that URLs may be asked for as often as one likes.
async fn slack() -> Result<FakeSlack, Failure> {
    slack_with(|_| {}).await
}

async fn slack_with(change: impl FnOnce(&mut Settings)) -> Result<FakeSlack, Failure> {
    let mut settings = Settings { rate: None, ..Settings::default() };
    change(&mut settings);
    Ok(FakeSlack::start(settings).await?)
}

async fn soon<T>(future: impl Future<Output = T>) -> Result<T, Failure> {
    Ok(timeout(PATIENCE, future).await?)
}

/// An HTTP answer.
#[derive(Debug)]
struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().filter_map(|line| line.split_once(": ")).find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    fn json(&self) -> Result<Value, Failure> {
        Ok(serde_json::from_str(&self.body)?)
    }

    fn error(&self) -> Result<String, Failure> {
        Ok(self.json()?["error"].as_str().ok_or("no error")?.to_owned())
    }
}

/// Calls `apps.connections.open` with these header lines.
async fn call_with(slack: &FakeSlack, headers: &str) -> Result<Answer, Failure> {
    let request =
        format!("POST /api/apps.connections.open HTTP/1.1\r\nHost: slack\r\nConnection: close\r\nContent-Length: 0\r\n{headers}\r\n");
    http(slack, &request).await
}

async fn call(slack: &FakeSlack) -> Result<Answer, Failure> {
    call_with(slack, &format!("Authorization: Bearer {TOKEN}\r\n")).await
}

async fn http(slack: &FakeSlack, request: &str) -> Result<Answer, Failure> {
    http_at(&slack.address().to_string(), request).await
}

async fn http_at(address: &str, request: &str) -> Result<Answer, Failure> {
    let mut tcp = TcpStream::connect(address).await?;
    tcp.write_all(request.as_bytes()).await?;
    let mut bytes = Vec::new();
    tcp.read_to_end(&mut bytes).await?;
    let text = String::from_utf8(bytes)?;
    let (head, body) = text.split_once("\r\n\r\n").ok_or("the connection ended without an answer")?;
    let status = head.split(' ').nth(1).ok_or("no status")?.parse()?;
    Ok(Answer { status, head: head.to_owned(), body: body.to_owned() })
}

async fn url(slack: &FakeSlack) -> Result<String, Failure> {
    let answer = call(slack).await?;
    Ok(answer.json()?["url"].as_str().ok_or_else(|| format!("no url: {answer:?}"))?.to_owned())
}

/// Opens a WebSocket; what comes first is not read.
async fn dial(slack: &FakeSlack) -> Result<Socket, Failure> {
    open(&url(slack).await?).await
}

/// Without Nagle's algorithm: what it holds back arrives after real milliseconds, and a paused clock has gone on by then.
async fn open(url: &str) -> Result<Socket, Failure> {
    Ok(soon(connect_async_with_config(url, None, true)).await??.0)
}

/// The status with which a dial is refused.
async fn refused(url: &str) -> Result<u16, Failure> {
    match soon(connect_async(url)).await? {
        Err(Error::Http(response)) => Ok(response.status().as_u16()),
        other => Err(format!("not refused: {:?}", other.map(|_| ())).into()),
    }
}

/// Opens a WebSocket and reads hello.
async fn ready(slack: &FakeSlack) -> Result<Socket, Failure> {
    let mut socket = dial(slack).await?;
    let hello = json(&mut socket).await?;
    if hello["type"] == "hello" { Ok(socket) } else { Err(format!("no hello: {hello}").into()) }
}

/// The next message that is neither ping nor pong.
async fn next(socket: &mut Socket) -> Result<Message, Failure> {
    loop {
        match soon(socket.next()).await?.ok_or("the end")?? {
            Message::Ping(_) | Message::Pong(_) => {}
            message => return Ok(message),
        }
    }
}

async fn text(socket: &mut Socket) -> Result<String, Failure> {
    match next(socket).await? {
        Message::Text(text) => Ok(text.as_str().to_owned()),
        other => Err(format!("no text: {other:?}").into()),
    }
}

async fn json(socket: &mut Socket) -> Result<Value, Failure> {
    Ok(serde_json::from_str(&text(socket).await?)?)
}

/// The code of the Close that comes next.
async fn closed(socket: &mut Socket) -> Result<Option<u16>, Failure> {
    match next(socket).await? {
        Message::Close(frame) => Ok(frame.map(|frame| frame.code.into())),
        other => Err(format!("no Close: {other:?}").into()),
    }
}

async fn ack(socket: &mut Socket, id: &str) -> Tested {
    say(socket, &format!(r#"{{"envelope_id":"{id}"}}"#)).await
}

async fn say(socket: &mut Socket, text: &str) -> Tested {
    Ok(soon(socket.send(Message::text(text))).await??)
}
