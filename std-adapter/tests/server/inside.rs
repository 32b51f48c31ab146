//! Inside axum: it reads the requests, the connections and their end are ours.

use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::routing::{any, get};
use futures_util::{SinkExt, StreamExt};
use relink_tokio::server::{Admission, Plan, Rejection, Server};
use relink_tokio::{Config, Millis};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::bench::echo;

async fn dial(port: u16, token: &str) -> Result<WebSocketStream<TcpStream>, Error> {
    let stream = TcpStream::connect(("127.0.0.1", port)).await?;
    let mut request = format!("ws://127.0.0.1:{port}/socket").into_client_request()?;
    request.headers_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
    client_async(request, stream).await.map(|(socket, _)| socket)
}

#[tokio::test]
async fn axum_gets_a_graceful_shutdown_that_includes_its_sockets() {
    let gated = Server::builder().gate(|upgrade| async move {
        if upgrade.bearer() == Some("right") { Ok(Admission::new()) } else { Err(Rejection::unauthorized("a token is needed")) }
    });
    let server = gated.serve(echo);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (sockets, probed, drained) = (server.clone(), server.clone(), server.clone());
    let app = Router::new()
        .route("/ready", get(move || async move { if probed.is_ready() { "yes" } else { "no" } }))
        .route("/socket", any(move |request: Request| async move { sockets.upgrade(request, None).await }));
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = tokio::spawn(async move {
        let shutdown = async move {
            stopped.await.ok();
            let plan = Plan { spread: Millis::ZERO, ..Plan::DEFAULT };
            let report = drained.drain(plan).await;
            assert_eq!((report.graceful, report.forced), (1, 0));
        };
        axum::serve(listener, app).with_graceful_shutdown(shutdown).await
    });
    let refused = dial(port, "wrong").await;
    assert!(matches!(&refused, Err(Error::Http(response)) if response.status() == 401), "{refused:?}");
    let mut socket = dial(port, "right").await.unwrap();
    socket.send(Message::text("hello")).await.unwrap();
    assert_eq!(socket.next().await.unwrap().unwrap(), Message::text("hello"));
    stop.send(()).unwrap();
    let close = socket.next().await.unwrap().unwrap();
    assert!(matches!(&close, Message::Close(Some(frame)) if u16::from(frame.code) == 1001), "{close:?}");
    while let Some(Ok(_)) = socket.next().await {}
    tokio::time::timeout(Duration::from_secs(5), serving).await.unwrap().unwrap().unwrap();
    assert_eq!((server.stats().connections, server.stats().rejected), (0, 1));
}

type Dialled = Result<WebSocketStream<TcpStream>, Error>;

/// A server inside axum whose gate never answers, with one client before it; and axum's task.
async fn hanging(opening_timeout: Millis) -> (Server, JoinHandle<Dialled>, JoinHandle<std::io::Result<()>>) {
    let config = Config { opening_timeout, ..Config::ACCEPTED };
    let server = Server::builder().config(config).gate(|_| std::future::pending()).serve(echo);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let sockets = server.clone();
    let app = Router::new().route("/socket", any(move |request: Request| async move { sockets.upgrade(request, None).await }));
    let serving = tokio::spawn(async move { axum::serve(listener, app).await });
    let client = tokio::spawn(async move { dial(port, "any").await });
    while server.stats().connections == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    (server, client, serving)
}

#[tokio::test]
async fn a_gate_that_hangs_inside_axum_is_cut_off_and_holds_up_no_drain() {
    let (server, client, serving) = hanging(Millis::new(200)).await;
    tokio::time::timeout(Duration::from_secs(12), server.drain(Plan::DEFAULT)).await.expect("the gate is given up");
    let refused = client.await.unwrap();
    assert!(matches!(&refused, Err(Error::Http(response)) if response.status() == 408), "{refused:?}");
    serving.abort();
}

#[tokio::test]
async fn a_gate_inside_axum_that_thinks_longer_than_a_drain_takes_is_not_waited_for() {
    let (server, client, serving) = hanging(Millis::from_secs(600)).await;
    let (spread, close_deadline) = (Millis::ZERO, Millis::new(200));
    let drain = server.drain(Plan { spread, close_deadline, ..Plan::DEFAULT });
    let report = tokio::time::timeout(Duration::from_secs(10), drain).await.expect("the drain has a deadline");
    assert_eq!((report.graceful, report.forced), (0, 0));
    let refused = client.await.unwrap();
    assert!(matches!(&refused, Err(Error::Http(response)) if response.status() == 503), "{refused:?}");
    serving.abort();
}
