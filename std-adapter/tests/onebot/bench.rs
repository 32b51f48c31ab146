//! What every test needs: both sides of ours over streams in memory, and peers that are not ours.

use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use relink_tokio::onebot::{Action, Answer, Bot, BotBuilder, Bots, BotsBuilder, Event, Events, Forward, Implementation};
use relink_tokio::onebot::{ImplementationBuilder, Meta, Post, ReverseBuilder, SelfId, Stage};
use relink_tokio::server::{Record, Server};
use relink_tokio::ws::{Protocol, Target};
use relink_tokio::{Clock, Config, Ending, Millis};
use serde_json::{Value, json};
use tokio::io::{DuplexStream, duplex};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};
use tokio_tungstenite::tungstenite::http::{HeaderName, HeaderValue};
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, accept_hdr_async, client_async};

pub(crate) type Socket = WebSocketStream<DuplexStream>;
pub(crate) type Records = Arc<Mutex<Vec<Record>>>;

pub(crate) const ME: SelfId = SelfId::new(10001);

/// Round numbers, so that tests can say when things happen.
pub(crate) fn calm(config: Config) -> Config {
    Config { ping_after: Millis::from_secs(20), pong_timeout: Millis::from_secs(5), closing_timeout: Millis::from_secs(1), ..config }
}

/// Streams in memory, by the side that is dialled: the far end of each dial.
pub(crate) fn line() -> (impl Fn(Target) -> std::future::Ready<std::io::Result<DuplexStream>> + Send + Sync + 'static, Dials) {
    let (sender, dials) = mpsc::unbounded_channel();
    let dial = move |_: Target| {
        let (near, far) = duplex(1 << 20);
        std::future::ready(sender.send(far).map(|()| near).map_err(|_| std::io::ErrorKind::ConnectionRefused.into()))
    };
    (dial, Dials(dials))
}

pub(crate) struct Dials(mpsc::UnboundedReceiver<DuplexStream>);

impl Dials {
    /// The next dial.
    pub(crate) async fn stream(&mut self) -> DuplexStream {
        timeout(Duration::from_secs(120), self.0.recv()).await.expect("nobody dials").unwrap()
    }

    /// The next dial, answered as a WebSocket server of another author does, and what was asked for.
    pub(crate) async fn accept(&mut self) -> (Socket, Request) {
        let mut asked = None;
        let stream = self.stream().await;
        #[allow(clippy::result_large_err)] // tungstenite's own type
        let note = |request: &Request, response: Response| {
            asked = Some(request.clone());
            Ok(response)
        };
        let socket = accept_hdr_async(stream, note).await.unwrap();
        (socket, asked.unwrap())
    }

    /// All dials go to this server of ours.
    pub(crate) fn to<P: Protocol>(mut self, server: &Server<P>) {
        let server = server.clone();
        tokio::spawn(async move {
            while let Some(stream) = self.0.recv().await {
                server.accept(stream, None);
            }
        });
    }
}

/// A bot that dials a fake implementation.
pub(crate) fn bot(url: &str) -> (BotBuilder, Dials) {
    let (dial, dials) = line();
    let builder = Bot::dial(url).unwrap().config(calm).clock(Clock::tokio()).seed(7);
    (builder.transport(move |ws| ws.connector(dial)), dials)
}

/// A bot that is connected to a fake implementation.
pub(crate) async fn connected() -> (Bot, Events, Socket, Dials) {
    let (builder, mut dials) = bot("ws://there/");
    let (bot, mut events) = builder.spawn();
    let (mut socket, _) = dials.accept().await;
    say(&mut socket, lifecycle("connect")).await;
    assert!(matches!(meta(&mut events).await, Meta::Lifecycle(connect) if connect.stage == Stage::Connect));
    up(&mut events).await;
    (bot, events, socket, dials)
}

/// Bots on virtual time, in the making, and how connections end.
pub(crate) fn bots() -> (BotsBuilder, Records) {
    let records = Records::default();
    let kept = records.clone();
    let on_end = move |record: &Record| kept.lock().unwrap().push(record.clone());
    let builder = Bot::accept().server(|server| server.config(calm(Config::ACCEPTED)).clock(Clock::tokio()).seed(7).on_end(on_end));
    (builder, records)
}

/// The side of an account, that answers with what it was asked.
pub(crate) fn account(change: impl FnOnce(ImplementationBuilder) -> ImplementationBuilder) -> Implementation {
    change(Implementation::builder(ME)).answer(|action: Action| async move {
        match action.name() {
            "echo" => Answer::data(action.deserialize::<Value>().unwrap()),
            "sleep" => {
                tokio::time::sleep(Duration::from_secs(100)).await;
                Answer::DONE
            }
            "panic" => panic!("on purpose"),
            _ => Answer::UNKNOWN,
        }
    })
}

pub(crate) fn forward(account: &Implementation) -> Forward {
    account.accept().server(|server| server.config(calm(Config::ACCEPTED)).clock(Clock::tokio()).seed(7)).serve()
}

pub(crate) fn reverse(account: &Implementation) -> (ReverseBuilder, Dials) {
    let (dial, dials) = line();
    let builder = account.dial("ws://there/onebot").unwrap().config(calm).clock(Clock::tokio()).seed(7);
    (builder.transport(move |ws| ws.connector(dial)), dials)
}

/// A client of another author, which is let in or told why not.
pub(crate) async fn try_dial<P: Protocol>(server: &Server<P>, path: &str, headers: &[(&str, &str)]) -> Result<Socket, Error> {
    let (ours, theirs) = duplex(1 << 20);
    server.accept(theirs, None);
    let mut request = format!("ws://server{path}").into_client_request().unwrap();
    for (name, value) in headers {
        request.headers_mut().append(HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_str(value).unwrap());
    }
    client_async(request, ours).await.map(|(socket, _)| socket)
}

/// An implementation of another author that dials.
pub(crate) async fn dial_as(bots: &Bots, self_id: &str, role: &str) -> Socket {
    try_dial(bots.server(), "/", &[("X-Self-ID", self_id), ("X-Client-Role", role)]).await.unwrap()
}

pub(crate) fn lifecycle(stage: &str) -> Value {
    json!({ "time": 1, "self_id": 10001, "post_type": "meta_event", "meta_event_type": "lifecycle", "sub_type": stage })
}

pub(crate) fn heartbeat(interval: u32) -> Value {
    let status = json!({ "online": true, "good": true });
    json!({ "time": 1, "self_id": 10001, "post_type": "meta_event", "meta_event_type": "heartbeat", "status": status, "interval": interval })
}

pub(crate) async fn say(socket: &mut Socket, message: Value) {
    socket.send(Message::text(message.to_string())).await.unwrap();
}

/// The next text; pings are answered meanwhile.
pub(crate) async fn text(socket: &mut Socket) -> String {
    loop {
        match timeout(Duration::from_secs(60), socket.next()).await.expect("nothing is said") {
            Some(Ok(Message::Text(text))) => return text.to_string(),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            other => panic!("not a text but: {other:?}"),
        }
    }
}

pub(crate) async fn hears(socket: &mut Socket) -> Value {
    serde_json::from_str(&text(socket).await).unwrap()
}

/// The code of our Close, which is answered; what comes before is passed over.
pub(crate) async fn close_code(socket: &mut Socket) -> u16 {
    loop {
        match timeout(Duration::from_secs(120), socket.next()).await.expect("no Close") {
            Some(Ok(Message::Close(frame))) => {
                while let Some(Ok(_)) = socket.next().await {}
                return frame.map_or(1005, |frame| frame.code.into());
            }
            Some(Ok(_)) => {}
            other => panic!("not a Close but: {other:?}"),
        }
    }
}

pub(crate) async fn event(events: &mut Events) -> Event {
    timeout(Duration::from_secs(120), events.next()).await.expect("no event").expect("no event any more")
}

pub(crate) async fn up(events: &mut Events) {
    let event = event(events).await;
    assert!(matches!(event, Event::Up), "{event:?}");
}

pub(crate) async fn meta(events: &mut Events) -> Meta {
    match event(events).await {
        Event::Meta(meta) => meta,
        other => panic!("not a meta event but: {other:?}"),
    }
}

pub(crate) async fn post(events: &mut Events) -> Post {
    match event(events).await {
        Event::Post(post) => post,
        other => panic!("not an event but: {other:?}"),
    }
}

/// Why the connection ended, and whether that was announced; what comes before is passed over.
pub(crate) async fn down(events: &mut Events) -> (Ending, bool) {
    loop {
        if let Event::Down { why, expected, .. } = event(events).await {
            return (why, expected);
        }
    }
}

/// Waits until this is true, at most a minute of virtual time.
pub(crate) async fn until<F: Future<Output = bool>>(is_true: impl Fn() -> F) {
    for _ in 0..6000 {
        if is_true().await {
            return;
        }
        a_moment().await;
    }
    panic!("not within a minute");
}

pub(crate) async fn a_moment() {
    tokio::time::sleep(Duration::from_millis(10)).await;
}
