//! What the rows of OneBot need: both sides on ports of their own, quick enough for a test, and peers of another author.

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use relink_tests::sockets::{self, Sockets};
use relink_tokio::onebot::{Action, Answer, Bot, BotBuilder, Event, Events, Implementation, SelfId};
use relink_tokio::server::Server;
use relink_tokio::ws::Protocol;
use relink_tokio::{Backoff, Config, Millis};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, accept_async};

pub(crate) type Socket = WebSocketStream<TcpStream>;

/// How long a busy machine may take for what is done at once.
pub(crate) const SLACK: Duration = Duration::from_millis(750);

/// The protocol's own delays are 3 s and more; a test has less time.
pub(crate) fn hurried(config: Config) -> Config {
    let backoff = Backoff { first_spread: Millis::new(100), delay_min: Millis::new(100), delay_max: Millis::new(500), ..config.backoff };
    Config { backoff, dial_gap_min: Millis::new(10), closing_timeout: Millis::from_secs(1), ..config }
}

pub(crate) fn account(number: i64) -> Implementation {
    let builder = Implementation::builder(SelfId::new(number)).heartbeat(Millis::from_secs(15)).enable_and_disable();
    builder.answer(move |action: Action| async move {
        match action.name() {
            "get_login_info" => Answer::data(json!({ "user_id": number })),
            _ => Answer::UNKNOWN,
        }
    })
}

/// A bot that dials; 1001 and `disable` ask for a spread of seconds, which a test does not have.
pub(crate) fn bot(address: SocketAddr) -> BotBuilder {
    Bot::dial(&format!("ws://{address}/")).unwrap().config(hurried).token("secret").unwrap()
}

pub(crate) async fn listen<P: Protocol>(server: &Server<P>) -> (SocketAddr, JoinHandle<()>) {
    listen_at(server, "127.0.0.1:0".parse().unwrap()).await
}

pub(crate) async fn listen_at<P: Protocol>(server: &Server<P>, address: SocketAddr) -> (SocketAddr, JoinHandle<()>) {
    let listener = TcpListener::bind(address).await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = server.clone();
    (address, tokio::spawn(async move { server.listen(listener).await }))
}

/// A connection to a fake implementation.
pub(crate) async fn accept(listener: &TcpListener) -> Socket {
    let (stream, _) = timeout(Duration::from_secs(20), listener.accept()).await.expect("nobody dials").unwrap();
    stream.set_nodelay(true).unwrap();
    accept_async(stream).await.unwrap()
}

pub(crate) async fn say(socket: &mut Socket, message: Value) {
    socket.send(Message::text(message.to_string())).await.unwrap();
}

pub(crate) async fn text(socket: &mut Socket) -> Option<String> {
    loop {
        match socket.next().await? {
            Ok(Message::Text(text)) => return Some(text.to_string()),
            Ok(_) => {}
            Err(_) => return None,
        }
    }
}

pub(crate) fn lifecycle(stage: &str) -> Value {
    json!({ "time": 1, "self_id": 1, "post_type": "meta_event", "meta_event_type": "lifecycle", "sub_type": stage })
}

pub(crate) async fn event(events: &mut Events) -> Event {
    timeout(Duration::from_secs(30), events.next()).await.expect("no event").expect("no event any more")
}

/// Waits for the next event of which this is true; others are passed over.
pub(crate) async fn pass<T>(events: &mut Events, mut is_it: impl FnMut(Event) -> Option<T>) -> T {
    loop {
        if let Some(it) = is_it(event(events).await) {
            return it;
        }
    }
}

pub(crate) async fn up(events: &mut Events) {
    pass(events, |event| matches!(event, Event::Up).then_some(())).await;
}

pub(crate) async fn none_left(port: u16) {
    let left = sockets::settled(port, SLACK * 4, |now| now == Sockets::NONE).await.unwrap();
    assert_eq!(left, Sockets::NONE);
}
