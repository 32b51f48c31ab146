//! Owns the role of the client: a link that comes back, and every event of it.

use std::error::Error;

use relink_tokio::ws::Message;
use relink_tokio::{Backoff, Client, CloseCode, Config, Ending, Event, InboxLimits, Jitter, Millis, OutboxLimits, connect};
use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::Instant;

use crate::lines::sum;
use crate::{payload, say};

/// A message of a megabyte, and some more.
const BYTES_MAX: u32 = 64 << 20;

/// Quick, so that a proxy that comes back is not waited for; without chance, so that figures compare.
const CONFIG: Config = Config {
    backoff: Backoff {
        first_spread: Millis::new(100),
        delay_min: Millis::new(100),
        delay_max: Millis::from_secs(20),
        growth_percent: 150,
        jitter: Jitter::None,
        failures_max: 0,
    },
    reset_after: Millis::new(100),
    pong_timeout: Millis::from_secs(5),
    ..Config::DEFAULT
};

/// Commands: `send KIND BYTES`, `retry`, `stop CODE`.
pub(crate) async fn talk(url: &str, ping_ms: u32, mut commands: UnboundedReceiver<String>) -> Result<(), Box<dyn Error>> {
    let config = Config { ping_after: Millis::new(ping_ms), ..CONFIG };
    let outbox = OutboxLimits { bytes_max: BYTES_MAX, ..OutboxLimits::DEFAULT };
    let inbox = InboxLimits { bytes_max: BYTES_MAX, ..InboxLimits::DEFAULT };
    let (client, mut events) = connect(url)?.config(config).outbox(outbox).inbox(inbox).spawn();
    loop {
        tokio::select! {
            command = commands.recv() => match command {
                Some(command) => perform(&client, &command).await,
                None => return Ok(()),
            },
            event = events.next() => match event {
                Some(event) => say(told(event)),
                None => break,
            },
        }
    }
    say(json!({"what": "ended"}));
    Ok(())
}

async fn perform(client: &Client<Message>, command: &str) {
    let words: Vec<&str> = command.split(' ').collect();
    let done = match words[..] {
        ["send", kind, bytes] => match bytes.parse().ok().and_then(|bytes| payload::message(kind, bytes)) {
            Some(message) => client.try_send(message).is_ok(),
            None => false,
        },
        ["retry"] => {
            client.retry_now();
            true
        }
        ["stop", code] => {
            client.stop_with(CloseCode::new(code.parse().unwrap_or(1000))).await;
            true
        }
        _ => false,
    };
    if !done {
        say(json!({"what": "refused", "command": command}));
    }
}

fn told(event: Event<Message>) -> Value {
    match event {
        Event::Up { attempt } => json!({"what": "up", "attempt": attempt.number()}),
        Event::Down { why, retry_at, .. } => ended("down", &why, retry_at),
        Event::Failed { why, retry_at, .. } => ended("failed", &why, retry_at),
        Event::Renewed { new, .. } => json!({"what": "renewed", "attempt": new.number()}),
        Event::Message { message, .. } => {
            let bytes = message.as_bytes();
            json!({"what": "message", "kind": payload::kind(&message), "bytes": bytes.len(), "sum": sum(bytes)})
        }
        Event::GaveUp { why } => ended("gave-up", &why, None),
    }
}

fn ended(what: &str, why: &Ending, retry_at: Option<Instant>) -> Value {
    let retry_ms = retry_at.map(|at| u64::try_from(at.saturating_duration_since(Instant::now()).as_millis()).unwrap_or(u64::MAX));
    json!({
        "what": what, "why": why.label(), "text": why.to_string(), "status": why.status(),
        "code": why.close_code().map(CloseCode::get), "retry_ms": retry_ms,
    })
}
