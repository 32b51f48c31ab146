//! Owns the client of Autobahn's fuzzing server: one link for each case, echoing until the server has ended it.

use std::error::Error;

use relink_tokio::ws::Message;
use relink_tokio::{Client, Event, Events, InboxLimits, OutboxLimits, connect};
use serde_json::json;

use crate::say;

/// The longest message of a case, sixteen megabytes, and another one.
const BYTES_MAX: u32 = 64 << 20;

/// Asks how many cases there are, runs each, and has the report written.
pub(crate) async fn run(url: &str, agent: &str) -> Result<(), Box<dyn Error>> {
    let count = count(link(&format!("{url}/getCaseCount"))?).await?;
    for case in 1..=count {
        echo(link(&format!("{url}/runCase?case={case}&agent={agent}"))?).await;
    }
    echo(link(&format!("{url}/updateReports?agent={agent}"))?).await;
    say(json!({"what": "ran", "cases": count}));
    Ok(())
}

fn link(url: &str) -> Result<(Client<Message>, Events<Message>), Box<dyn Error>> {
    let outbox = OutboxLimits { bytes_max: BYTES_MAX, ..OutboxLimits::DEFAULT };
    let inbox = InboxLimits { bytes_max: BYTES_MAX, ..InboxLimits::DEFAULT };
    Ok(connect(url)?.outbox(outbox).inbox(inbox).spawn())
}

async fn count((_client, mut events): (Client<Message>, Events<Message>)) -> Result<u32, Box<dyn Error>> {
    while let Some(event) = events.next().await {
        match event {
            Event::Message { message, .. } => return Ok(message.as_text().unwrap_or_default().parse()?),
            Event::Up { .. } | Event::Renewed { .. } => {}
            Event::Down { why, .. } | Event::Failed { why, .. } | Event::GaveUp { why } => return Err(why.into()),
        }
    }
    Err("the link has ended".into())
}

/// With the first end of a connection it returns, and that stops the link: a case is dialled once.
async fn echo((client, mut events): (Client<Message>, Events<Message>)) {
    while let Some(event) = events.next().await {
        match event {
            Event::Message { message, .. } => {
                // Where the server has left meanwhile, that is what the case is about.
                let _ = client.send(message).await;
            }
            Event::Up { .. } | Event::Renewed { .. } => {}
            Event::Down { .. } | Event::Failed { .. } | Event::GaveUp { .. } => return,
        }
    }
}
