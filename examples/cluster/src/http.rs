//! Owns the role that takes Slack's requests over HTTP, in place of Socket Mode.

use std::error::Error;

use relink_cluster::Engine;
use relink_cluster::receiver::http::SlackHttp;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::args::Args;
use crate::journal::Journal;

/// Takes requests.
pub(crate) struct Taking {
    pub(crate) slack: SlackHttp,
    close: oneshot::Sender<()>,
    served: JoinHandle<()>,
}

/// Starts to take requests.
///
/// # Errors
/// The address cannot be had.
pub(crate) async fn start<E: Engine>(engine: &E, args: &Args, journal: &Journal) -> Result<Taking, Box<dyn Error + Send + Sync>> {
    let secret = args.signing_secret.clone().unwrap_or_default();
    let (slack, router) = SlackHttp::builder(engine.clone(), secret.trim()).questions(args.work.questions.into()).build();
    let listener = TcpListener::bind(args.http).await.map_err(|error| format!("--http {}: {error}", args.http))?;
    journal.say("takes-requests", json!({"address": listener.local_addr()?.to_string()}));
    let (close, closed) = oneshot::channel::<()>();
    let journal = journal.clone();
    let served = tokio::spawn(async move {
        let closed = async {
            // Whoever could tell is gone: that is the same.
            let _ = closed.await;
        };
        if let Err(error) = axum::serve(listener, router).with_graceful_shutdown(closed).await {
            journal.say("fault", json!({"error": error.to_string()}));
        }
    });
    Ok(Taking { slack, close, served })
}

impl Taking {
    /// Takes nothing new, and answers what is in hand.
    pub(crate) async fn end(self) {
        let Self { close, served, .. } = self;
        let _ = close.send(());
        let _ = served.await;
    }
}
