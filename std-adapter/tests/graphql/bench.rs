//! What every test needs: a server that ticks, peers that speak by hand, a client on a wire in memory.

use std::future::Future;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt, stream};
use relink_tokio::graphql::{
    CLIENT_CONFIG, Client, ClientBuilder, Failure, Init, Json, Operation, Refusal, Request, SERVER_CONFIG, Server, ServerBuilder, Welcome,
};
use relink_tokio::server::Key;
use relink_tokio::{Backoff, Clock, Config, Jitter, Millis};
use tokio::io::{DuplexStream, duplex};
use tokio::time::sleep;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request as Upgrade, Response};
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::{WebSocketStream, accept_hdr_async, client_async};

pub(crate) type Socket = WebSocketStream<DuplexStream>;

pub(crate) const INIT: &str = r#"{"type":"connection_init"}"#;
pub(crate) const ACK: &str = r#"{"type":"connection_ack"}"#;

/// What a test knows of a server.
#[derive(Clone, Default)]
pub(crate) struct Known {
    /// Operations that are there, whatever they do.
    pub(crate) there: Arc<AtomicU32>,
    /// Long results so far.
    pub(crate) yielded: Arc<AtomicU32>,
    /// Who was accepted last.
    pub(crate) key: Arc<Mutex<Option<Key>>>,
    /// What was executed, with whose name.
    pub(crate) executed: Arc<Mutex<Vec<String>>>,
}

/// Counted as long as it is there.
struct There(Arc<AtomicU32>);

impl There {
    fn new(count: &Arc<AtomicU32>) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count.clone())
    }
}

impl Drop for There {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Known {
    pub(crate) fn there(&self) -> u32 {
        self.there.load(Ordering::Relaxed)
    }
}

/// A server that executes a handful of words; who asks is what `connection_init` says.
pub(crate) fn server() -> (Server<String>, Known) {
    server_with(|builder| builder)
}

pub(crate) fn server_with(change: impl FnOnce(ServerBuilder<String>) -> ServerBuilder<String>) -> (Server<String>, Known) {
    let known = Known::default();
    let (keys, execute) = (known.clone(), known.clone());
    let builder = Server::builder()
        .sockets(|sockets| sockets.config(Config { closing_timeout: Millis::from_secs(1), ..SERVER_CONFIG }).clock(Clock::tokio()).seed(7))
        .init(move |init: Init| {
            *keys.key.lock().unwrap() = Some(init.key());
            authorise(init)
        })
        .operations_max(4);
    (change(builder).execute(move |name, request| execute_word(&execute, name, &request)), known)
}

async fn authorise(init: Init) -> Result<Welcome<String>, Refusal> {
    let name = init.payload().map_or("nobody".into(), |payload| payload.parse::<[String; 1]>().map_or(payload.to_string(), |[name]| name));
    match &*name {
        r#"{"name":"forbidden"}"# => Err(Refusal::forbidden()),
        r#"{"name":"hang"}"# => std::future::pending().await,
        r#"{"name":"slow"}"# => {
            sleep(Duration::from_secs(5)).await;
            Ok(Welcome::new(name))
        }
        _ => Ok(Welcome::new(name).with_payload(r#"{"hello":1}"#)),
    }
}

fn execute_word(known: &Known, name: String, request: &Request) -> Operation {
    let there = There::new(&known.there);
    known.executed.lock().unwrap().push(format!("{} {name}", request.query()));
    let data = move |value: &dyn std::fmt::Display| Json::from(format!(r#"{{"data":"{value}"}}"#));
    match request.query() {
        "once" => Operation::once(async move {
            let _there = there;
            sleep(Duration::from_secs(1)).await;
            Ok(Json::of(&std::collections::BTreeMap::from([("data", name)])).unwrap())
        }),
        // One a second, from the name of who asks.
        "ticks" => Operation::live(stream::unfold((0_u32, there), move |(number, there)| {
            let result = Json::of(&[&*name]).unwrap();
            async move {
                sleep(Duration::from_secs(1)).await;
                let value = result.as_str().trim_matches(['[', ']']).to_owned();
                Some((Ok(Json::from(format!(r#"{{"data":{value},"n":{number}}}"#))), (number + 1, there)))
            }
        })),
        "flood" => Operation::live(stream::repeat_with(move || {
            let _there = &there;
            Ok(data(&"x".repeat(1000)))
        })),
        "long errors" => Operation::failed(format!(r#"[{{"message":"{}"}}]"#, "x".repeat(1000))),
        // A string as long as this says, once a second.
        query if query.starts_with("long ") => {
            let long = "x".repeat(query[5..].parse().unwrap());
            let yielded = known.yielded.clone();
            Operation::live(stream::unfold((long, there), move |(long, there)| {
                let yielded = yielded.clone();
                async move {
                    sleep(Duration::from_secs(1)).await;
                    yielded.fetch_add(1, Ordering::Relaxed);
                    Some((Ok(data(&long)), (long, there)))
                }
            }))
        }
        "three" => Operation::live(stream::iter((0..3).map(move |number| Ok(data(&number))))),
        "invalid" => Operation::failed(r#"[{"message":"no such field"}]"#),
        "broken" => Operation::once(async { Err(Failure::Internal("the database is gone".into())) }),
        "nonsense" => Operation::once(async { Ok(Json::from("{")) }),
        "panic" => panic!("a mistake in what executes"),
        _ => Operation::once(async { Ok(Json::from(r#"{"data":null}"#)) }),
    }
}

/// A peer that offers these subprotocols.
pub(crate) async fn dial_with<C: Clone + Send + Sync + 'static>(server: &Server<C>, subprotocol: Option<&str>) -> Socket {
    let (ours, theirs) = duplex(64 << 10);
    server.sockets().accept(theirs, None);
    let mut request = "ws://server/".into_client_request().unwrap();
    if let Some(name) = subprotocol {
        request.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_str(name).unwrap());
    }
    client_async(request, ours).await.unwrap().0
}

pub(crate) async fn dial<C: Clone + Send + Sync + 'static>(server: &Server<C>) -> Socket {
    dial_with(server, Some("graphql-transport-ws")).await
}

/// One that is accepted.
pub(crate) async fn accepted<C: Clone + Send + Sync + 'static>(server: &Server<C>, init: &str) -> Socket {
    let mut socket = dial(server).await;
    say(&mut socket, init).await;
    assert!(hear(&mut socket).await.contains("connection_ack"));
    socket
}

pub(crate) fn subscribe(id: &str, query: &str) -> String {
    format!(r#"{{"id":"{id}","type":"subscribe","payload":{{"query":"{query}"}}}}"#)
}

pub(crate) async fn say(socket: &mut Socket, text: &str) {
    socket.send(Message::text(text)).await.unwrap();
}

/// The next text.
pub(crate) async fn hear(socket: &mut Socket) -> String {
    loop {
        match socket.next().await {
            Some(Ok(Message::Text(text))) => return text.to_string(),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            other => panic!("not a text but: {other:?}"),
        }
    }
}

/// Code and reason of the peer's Close, which is answered.
pub(crate) async fn closed(socket: &mut Socket) -> (u16, String) {
    loop {
        match socket.next().await {
            Some(Ok(Message::Close(Some(CloseFrame { code, reason })))) => {
                while let Some(Ok(_)) = socket.next().await {}
                return (code.into(), reason.to_string());
            }
            Some(Ok(_)) => {}
            other => panic!("not a Close but: {other:?}"),
        }
    }
}

/// A client in the making, and how often it has dialled. Each connection is given to `play` with its number.
pub(crate) fn client<F, R>(play: F) -> (ClientBuilder, Arc<AtomicU32>)
where
    F: Fn(u32, Socket) -> R + Send + Sync + Clone + 'static,
    R: Future<Output = ()> + Send + 'static,
{
    let dials = Arc::new(AtomicU32::new(0));
    let counted = dials.clone();
    let connect = move |_| {
        let number = counted.fetch_add(1, Ordering::Relaxed) + 1;
        let (ours, theirs) = duplex(64 << 10);
        let play = play.clone();
        tokio::spawn(async move {
            if let Ok(socket) = accept_hdr_async(theirs, chosen).await {
                play(number, socket).await;
            }
        });
        async move { Ok::<_, std::io::Error>(ours) }
    };
    let backoff = Backoff { jitter: Jitter::None, delay_min: Millis::from_secs(1), growth_percent: 200, ..Backoff::INTERACTIVE };
    let config = Config { backoff, closing_timeout: Millis::from_secs(1), ..CLIENT_CONFIG };
    let builder = Client::builder("ws://server/").unwrap().transport(|ws| ws.connector(connect));
    (builder.link(move |link| link.config(config).clock(Clock::tokio()).seed(1)), dials)
}

#[allow(clippy::unnecessary_wraps, clippy::result_large_err, reason = "the callback's type is tungstenite's")]
pub(crate) fn chosen(asked: &Upgrade, mut response: Response) -> Result<Response, ErrorResponse> {
    response.headers_mut().insert("sec-websocket-protocol", asked.headers()["sec-websocket-protocol"].clone());
    Ok(response)
}

/// Takes the greeting, and accepts.
pub(crate) async fn welcome(socket: &mut Socket) {
    assert!(hear(socket).await.contains("connection_init"));
    say(socket, ACK).await;
}

/// Takes a `subscribe`; answers with its id.
pub(crate) async fn taken(socket: &mut Socket) -> String {
    let text = hear(socket).await;
    assert!(text.contains("\"subscribe\""), "{text}");
    let (_, rest) = text.split_once(r#""id":""#).unwrap();
    rest.split_once('"').unwrap().0.to_owned()
}

pub(crate) fn next(id: &str, payload: &str) -> String {
    format!(r#"{{"id":"{id}","type":"next","payload":{payload}}}"#)
}

pub(crate) async fn close(socket: &mut Socket, code: u16) {
    socket.close(Some(CloseFrame { code: code.into(), reason: "".into() })).await.unwrap();
    while let Some(Ok(_)) = socket.next().await {}
}

pub(crate) async fn a_moment() {
    sleep(Duration::from_millis(10)).await;
}

/// The result, as text.
pub(crate) async fn result(subscription: &mut relink_tokio::graphql::Subscription) -> String {
    match tokio::time::timeout(Duration::from_secs(60), subscription.next()).await {
        Ok(Some(Ok(json))) => json.to_string(),
        other => panic!("not a result but: {other:?}"),
    }
}
