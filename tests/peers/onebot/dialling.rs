//! Owns the account that dials bots (reverse WebSocket), on one connection for all, or one for each role.

use std::error::Error;
use std::time::Duration;

use relink_tokio::onebot::{Implementation, Reverse, Role};
use relink_tokio::{Backoff, CloseCode, Config, LinkState, Millis};
use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::Instant;

use crate::account;
use crate::lines::say;

/// Commands: the account's, and `stop`.
pub(crate) async fn talk(
    account: &Implementation,
    url: &str,
    token: &str,
    delay_max: Millis,
    roles: &[&str],
    mut commands: UnboundedReceiver<String>,
) -> Result<(), Box<dyn Error>> {
    let mut links = Vec::new();
    for role in roles.iter().filter_map(|role| Role::in_header(role)) {
        let mut builder = account.dial(url)?.role(role);
        if !token.is_empty() {
            builder = builder.token(token)?;
        }
        let link = builder.config(|config| Config { backoff: Backoff { delay_max, ..config.backoff }, ..config }).spawn()?;
        tokio::spawn(watch(link.clone(), role));
        links.push(link);
    }
    while let Some(command) = commands.recv().await {
        if command == "stop" {
            for link in &links {
                link.stop(Duration::from_secs(2)).await;
            }
        } else if !account::perform(account, &command) {
            say(json!({"what": "unknown", "command": command}));
        }
    }
    Ok(())
}

/// Tells where a link is: up, or down until the next dial, or for good.
async fn watch(link: Reverse, role: Role) {
    let mut states = link.client().states();
    while let Some(state) = states.changed().await {
        let retry_ms = match state {
            LinkState::Ready { .. } => {
                say(json!({"what": "up", "role": role.header()}));
                continue;
            }
            LinkState::Backoff { retry_at } => Some(retry_at.saturating_duration_since(Instant::now()).as_millis()),
            LinkState::Shutdown { .. } => None,
            LinkState::Idle | LinkState::Connecting { .. } | LinkState::Open { .. } => continue,
            LinkState::Draining { .. } | LinkState::Closing { .. } => continue,
        };
        let mut told = json!({"what": "down", "role": role.header()});
        let stats = link.client().stats();
        told["retry_ms"] = retry_ms.and_then(|ms| u64::try_from(ms).ok()).into();
        told["forced"] = stats.forced.into();
        if let Some(why) = stats.last_ending {
            told["why"] = why.label().into();
            told["text"] = why.to_string().into();
            told["status"] = why.status().into();
            told["code"] = why.close_code().map_or(Value::Null, |code| CloseCode::get(code).into());
        }
        say(told);
    }
}
