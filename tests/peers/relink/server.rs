//! Owns the role of the server: whatever comes goes back, and every end of a connection is told.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use relink_tokio::server::{Admission, Plan, Record, Rejection, Server, Session};
use relink_tokio::{CloseCode, Config, InboxLimits, Millis, OutboxLimits};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::mpsc::UnboundedReceiver;

use crate::{payload, say};

/// The longest message of Autobahn's, sixteen megabytes, and another one.
const BYTES_MAX: u32 = 64 << 20;

/// Commands: `send KIND BYTES`, `close CODE`, `refuse SECONDS` (0: nobody any more), `drain`.
pub(crate) async fn serve(port: u16, ping_ms: u32, mut commands: UnboundedReceiver<String>) -> Result<(), Box<dyn Error>> {
    let refused = Arc::new(AtomicU32::new(0));
    let server = server(ping_ms, refused.clone());
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    say(json!({"what": "listening", "port": listener.local_addr()?.port()}));
    let listening = tokio::spawn({
        let server = server.clone();
        async move { server.listen(listener).await }
    });
    while let Some(command) = commands.recv().await {
        perform(&server, &refused, &command).await;
    }
    listening.abort();
    Ok(())
}

fn server(ping_ms: u32, refused: Arc<AtomicU32>) -> Server {
    Server::builder()
        .config(Config { ping_after: Millis::new(ping_ms), ..Config::ACCEPTED })
        .outbox(OutboxLimits { bytes_max: BYTES_MAX, ..OutboxLimits::DEFAULT })
        .inbox(InboxLimits { bytes_max: BYTES_MAX, ..InboxLimits::DEFAULT })
        .on_end(told)
        .gate(move |_| {
            let seconds = refused.load(Ordering::Relaxed);
            async move {
                match seconds {
                    0 => Ok(Admission::new()),
                    seconds => Err(Rejection::unavailable(Millis::from_secs(seconds), "come back later")),
                }
            }
        })
        .serve(echo)
}

async fn echo(mut session: Session) {
    say(json!({"what": "open"}));
    while let Some(message) = session.next().await {
        if session.send(message).await.is_err() {
            return;
        }
    }
}

async fn perform(server: &Server, refused: &AtomicU32, command: &str) {
    let words: Vec<&str> = command.split(' ').collect();
    match words[..] {
        ["send", kind, bytes] => {
            if let Some(message) = bytes.parse().ok().and_then(|bytes| payload::message(kind, bytes)) {
                server.broadcast(message);
            }
        }
        ["close", code] => {
            server.end_where(CloseCode::new(code.parse().unwrap_or(1000)), |_| true);
        }
        ["refuse", seconds] => refused.store(seconds.parse().unwrap_or(0), Ordering::Relaxed),
        ["drain"] => {
            let plan = Plan { spread: Millis::new(200), ..Plan::DEFAULT };
            let report = server.drain(plan).await;
            say(json!({"what": "drained", "graceful": report.graceful, "forced": report.forced}));
        }
        _ => say(json!({"what": "refused", "command": command})),
    }
}

fn told(record: &Record) {
    say(json!({
        "what": "closed", "code": record.code.map(CloseCode::get), "why": record.ending.label(), "text": record.ending.to_string(),
        "forced": record.forced, "cause": format!("{:?}", record.cause),
    }));
}
