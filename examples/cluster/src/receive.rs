//! Owns the receiver's role: elected, it dials Slack, stores what comes in, and acknowledges what is confirmed.

use std::sync::Arc;
use std::time::Duration;

use relink_cluster::election::{Hold, Lead};
use relink_cluster::{Election, Engine, Envelope as Item, Publisher, Stored};
use relink_tokio::slack::{Envelope, SocketMode};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

use crate::args::Args;
use crate::journal::Journal;

const BUDGET: Duration = Duration::from_millis(2500);

pub(crate) async fn run<E: Engine>(engine: E, election: Election, args: Args, journal: Journal) {
    while let Some(lead) = election.elected().await {
        journal.say("took-over", json!({"token": lead.token().get()}));
        serve(&engine, &lead, &args, &journal).await;
        journal.say("over", json!({"token": lead.token().get()}));
    }
}

async fn serve<E: Engine>(engine: &E, lead: &Lead, args: &Args, journal: &Journal) {
    let publisher = tokio::select! {
        publisher = Publisher::take_over(engine.clone(), lead.group().clone(), lead.token()) => publisher,
        () = lead.halted() => return,
    };
    let publisher = match publisher {
        Ok(publisher) => Arc::new(publisher),
        Err(error) => return journal.say("fault", json!({"error": error.to_string()})),
    };
    let mut builder = SocketMode::builder(args.slack_token.clone().unwrap_or_default());
    if let Some(endpoint) = &args.slack_endpoint {
        builder = builder.endpoint(endpoint.clone());
    }
    let (app, driver) = match builder.build() {
        Ok(built) => built,
        Err(error) => return journal.say("fault", json!({"error": error.to_string()})),
    };
    let driver = tokio::spawn(driver);
    let mut tasks = JoinSet::new();
    let deadline = loop {
        tokio::select! {
            deadline = lead.stepping_down() => break deadline,
            envelope = app.next() => match envelope {
                Some(envelope) => { lead.serving(); tasks.spawn(store(publisher.clone(), lead.hold(), envelope, journal.clone())); }
                None => return,
            },
            Some(_) = tasks.join_next(), if !tasks.is_empty() => {}
        }
    };
    journal.say("steps-down", json!({"token": lead.token().get()}));
    tokio::select! {
        () = app.drain(deadline.saturating_duration_since(Instant::now())) => {}
        () = lead.halted() => driver.abort(),
    }
}

async fn store<E: Engine>(publisher: Arc<Publisher<E>>, hold: Hold, envelope: Envelope, journal: Journal) {
    let key =
        serde_json::from_str::<Value>(envelope.payload()).ok().and_then(|value| value["event"]["channel"].as_str().map(str::to_owned));
    let item =
        Item { id: envelope.id().into(), key: key.unwrap_or_default().into(), payload: envelope.payload().as_bytes().to_vec().into() };
    match timeout(BUDGET, publisher.publish(&item)).await {
        Ok(Ok(stored)) if hold.is_valid() => {
            journal.say("stored", json!({"id": &*item.id, "token": hold.token().get(), "new": matches!(stored, Stored::New(_))}));
            if envelope.ack().is_ok() {
                journal.say("acknowledged", json!({"id": &*item.id}));
            }
        }
        Ok(Ok(_)) => {}
        Ok(Err(error)) => journal.say("refused", json!({"id": &*item.id, "error": error.to_string()})),
        Err(_) => journal.say("refused", json!({"id": &*item.id, "error": "not confirmed in time"})),
    }
}
