//! What the rows need: a server that ticks for whoever asks, on a port of its own, and clients of ours.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::{StreamExt, stream};
use relink_tests::sockets::{self, Sockets};
use relink_tokio::graphql::{CLIENT_CONFIG, Client, Init, Json, Operation, Request, Server, Subscription, Welcome};
use relink_tokio::server::Key;
use relink_tokio::{Backoff, Config, Millis};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// Everybody who was ever accepted, in order, with the name that was said.
pub(crate) type Keys = Arc<Mutex<Vec<(Key, String)>>>;

/// Ticks every 5 ms with the name of who asks.
pub(crate) fn server() -> (Server<String>, Keys) {
    let keys = Keys::default();
    let known = keys.clone();
    let server = Server::builder()
        .init(move |init: Init| {
            let name: String = init.payload().and_then(|payload| payload.parse::<Name>().ok()).map(|said| said.name).unwrap_or_default();
            known.lock().unwrap().push((init.key(), name.clone()));
            async move { Ok(Welcome::new(name)) }
        })
        .execute(|name: String, _| {
            Operation::live(stream::unfold(name, |name| async move {
                sleep(Duration::from_millis(5)).await;
                Some((Ok(Json::of(&Name { name: name.clone() }).unwrap()), name))
            }))
        });
    (server, keys)
}

#[derive(serde::Serialize, serde::Deserialize)]
struct Name {
    name: String,
}

pub(crate) async fn listen_at(server: &Server<String>, address: SocketAddr) -> (SocketAddr, JoinHandle<()>) {
    let listener = TcpListener::bind(address).await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = server.clone();
    (address, tokio::spawn(async move { server.sockets().listen(listener).await }))
}

pub(crate) async fn listen(server: &Server<String>) -> (SocketAddr, JoinHandle<()>) {
    listen_at(server, "127.0.0.1:0".parse().unwrap()).await
}

pub(crate) fn client(address: SocketAddr, name: &str, backoff: Backoff) -> Client {
    let init = Json::of(&Name { name: name.into() }).unwrap();
    let builder = Client::builder(&format!("ws://{address}/")).unwrap().init(move |_| std::future::ready(Ok(Some(init.clone()))));
    builder.link(move |link| link.config(Config { backoff, ..CLIENT_CONFIG })).connect()
}

/// A test has less time than a fleet.
pub(crate) const HURRIED: Backoff = Backoff { delay_min: Millis::new(50), delay_max: Millis::new(500), ..Backoff::INTERACTIVE };

pub(crate) fn ticks(client: &Client) -> Subscription {
    client.subscribe(Request::new("subscription { tick }")).unwrap()
}

/// The name in the next result.
pub(crate) async fn name(ticks: &mut Subscription) -> String {
    match timeout(PATIENCE, ticks.next()).await {
        Ok(Some(Ok(json))) => json.parse::<Name>().unwrap().name,
        other => panic!("not a result but: {other:?}"),
    }
}

/// Waits until no socket has to do with this port any more.
pub(crate) async fn none_left(port: u16) {
    let left = sockets::settled(port, PATIENCE, |now| now == Sockets::NONE).await.unwrap();
    assert_eq!(left, Sockets::NONE);
}
