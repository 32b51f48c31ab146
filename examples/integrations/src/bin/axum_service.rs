//! Owns an example: WebSockets inside an axum service, and what an orchestrator asks of it: `cargo run --bin axum_service [ADDRESS]`.
//!
//! | path | answers |
//! |---|---|
//! | `/socket` | a WebSocket that echoes |
//! | `/healthz` | 200 as long as the process lives: liveness |
//! | `/readyz` | 200, and 503 from the beginning of its end on: readiness |
//! | `/metrics` | what is counted, for Prometheus |
//!
//! SIGTERM or Ctrl-C ends it as Kubernetes and a load balancer want it: not ready at once, new sockets get 503 with `Retry-After`, those
//! that are there are told, closed over a second and a half, forced at the deadline; then the process ends, with 0.

use std::error::Error;
use std::net::SocketAddr;

use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::{any, get};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use relink_tokio::Millis;
use relink_tokio::server::{Limits, Plan, Server, Session, terminated};
use relink_tokio::ws::Message;
use tokio::net::TcpListener;

/// A second until the load balancer has seen that it is not ready, then the closes.
const PLAN: Plan = Plan { grace: Millis::from_secs(1), spread: Millis::new(1500), close_deadline: Millis::from_secs(3), ..Plan::DEFAULT };

#[derive(Clone)]
struct Service {
    sockets: Server,
    numbers: PrometheusHandle,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // The recorder comes first: what is counted before is lost.
    let numbers = PrometheusBuilder::new().install_recorder()?;
    relink_tokio::describe_metrics();
    let sockets = Server::builder()
        .limits(Limits { connections_max: 1000, per_address_max: 100, ..Limits::DEFAULT })
        .farewell(|_| Some(Message::from("this service ends; come back, another one will be there")))
        .serve(echo);
    let service = Service { sockets: sockets.clone(), numbers };
    let app = Router::new()
        .route("/socket", any(socket))
        .route("/healthz", get(|| async { "alive\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(numbers_for_prometheus))
        .with_state(service)
        .into_make_service_with_connect_info::<SocketAddr>();

    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8080".into());
    let listener = TcpListener::bind(&address).await?;
    println!("listening on {}", listener.local_addr()?);
    // axum by itself would end without a word to its WebSockets: its shutdown begins when theirs is complete.
    let shutdown = async move {
        terminated().await;
        println!("{:?}", sockets.drain(PLAN).await);
    };
    Ok(axum::serve(listener, app).with_graceful_shutdown(shutdown).await?)
}

async fn socket(State(service): State<Service>, ConnectInfo(remote): ConnectInfo<SocketAddr>, request: Request) -> impl IntoResponse {
    service.sockets.upgrade(request, Some(remote)).await
}

async fn echo(mut session: Session) {
    while let Some(message) = session.next().await {
        if session.send(message).await.is_err() {
            return;
        }
    }
}

async fn ready(State(service): State<Service>) -> (StatusCode, &'static str) {
    if service.sockets.is_ready() { (StatusCode::OK, "ready\n") } else { (StatusCode::SERVICE_UNAVAILABLE, "about to end\n") }
}

async fn numbers_for_prometheus(State(service): State<Service>) -> impl IntoResponse {
    ([("content-type", "text/plain; version=0.0.4")], service.numbers.render())
}
