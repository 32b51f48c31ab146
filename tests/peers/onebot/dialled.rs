//! Owns the account that bots dial (forward WebSocket).

use std::error::Error;

use relink_tokio::onebot::Implementation;
use relink_tokio::server::{Plan, Record};
use relink_tokio::{CloseCode, Millis};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::mpsc::UnboundedReceiver;

use crate::account;
use crate::lines::say;

/// Commands: the account's, and `token TOKEN`, `drain`.
pub(crate) async fn serve(
    account: &Implementation,
    port: u16,
    token: &str,
    mut commands: UnboundedReceiver<String>,
) -> Result<(), Box<dyn Error>> {
    let forward = account.accept().token(token).server(|server| server.on_end(told)).serve();
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    say(json!({"what": "listening", "port": listener.local_addr()?.port()}));
    let server = forward.server().clone();
    let listening = tokio::spawn(async move { server.listen(listener).await });
    while let Some(command) = commands.recv().await {
        match command.split_once(' ') {
            Some(("token", token)) => {
                let ended = forward.set_token(Some(token.to_owned()));
                say(json!({"what": "changed", "ended": ended}));
            }
            None if command == "drain" => {
                let report = forward.server().drain(Plan { spread: Millis::new(200), ..Plan::DEFAULT }).await;
                say(json!({"what": "drained", "graceful": report.graceful, "forced": report.forced}));
            }
            _ if account::perform(account, &command) => {}
            _ => say(json!({"what": "unknown", "command": command})),
        }
    }
    listening.abort();
    Ok(())
}

fn told(record: &Record) {
    say(json!({
        "what": "down", "why": record.ending.label(), "text": record.ending.to_string(), "code": record.code.map(CloseCode::get),
        "cause": format!("{:?}", record.cause), "forced": record.forced,
    }));
}
