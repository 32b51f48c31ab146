//! Owns the accept loop: every TCP connection gets a task that serves HTTP on it.

use std::sync::Arc;
use std::time::Duration;

use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum::{Extension, Router};
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;

use super::call::open;
use super::hub::Hub;
use super::line::{Handle, Line};
use super::message;
use super::upgrade::link;

/// The pause after an accept that failed, such as for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(10);

pub(crate) async fn accept(listener: TcpListener, hub: Arc<Hub>) {
    let routes = Router::new()
        .route("/api/apps.connections.open", post(open))
        .route("/api/{method}", post(unknown_method))
        .route("/link", get(link))
        .route("/link/", get(link))
        .with_state(hub.clone());
    loop {
        match listener.accept().await {
            Ok((tcp, _)) => hub.spawn(serve(tcp, routes.clone(), hub.clone())),
            Err(_) => sleep(ACCEPT_PAUSE).await,
        }
    }
}

async fn serve(tcp: TcpStream, routes: Router, hub: Arc<Hub>) {
    let handle = Arc::new(Handle::default());
    let line = Line::new(tcp, handle.clone(), hub.clone());
    let service = TowerToHyperService::new(routes.layer(Extension(handle.clone())));
    let connection = http1::Builder::new().serve_connection(TokioIo::new(line), service).with_upgrades();
    tokio::select! {
        biased;
        () = handle.is_cut() => {}
        served = connection => {
            if served.is_err_and(|error| error.is_parse()) {
                hub.change(|state| state.book.counts.broken += 1);
            }
        }
    }
}

/// What Slack says to a method it does not know, or that is not played here.
async fn unknown_method() -> impl IntoResponse {
    (StatusCode::OK, [(header::CONTENT_TYPE, "application/json; charset=utf-8")], message::error_answer("unknown_method"))
}
