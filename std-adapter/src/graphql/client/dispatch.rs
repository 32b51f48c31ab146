//! Hands out what comes in, begins on each connection what is to be begun there.

use std::future::pending;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::SubscriptionError;
use super::hub::Hub;
use super::inbound::{Inbound, What};
use super::state::{Delivery, Out};
use crate::graphql::Json;
use crate::receipt::SendError;
use crate::ws::Message;
use crate::{Attempt, Client, Event, Events};

/// A result whose subscriber has no room for it: all wait for it, until then.
struct Stuck {
    id: u64,
    json: Json,
    until: Instant,
}

enum Turn {
    Changed,
    Event(Option<Event<Message>>),
    Sent(Out, Result<(), SendError<Message>>),
    TooSlow,
}

pub(super) async fn dispatch(hub: Arc<Hub>, link: Client<Message>, mut events: Events<Message>, slow_timeout: Duration) {
    let mut stuck: Option<Stuck> = None;
    loop {
        let mut changed = pin!(hub.changed.notified());
        changed.as_mut().enable();
        if stuck.as_ref().is_some_and(|stuck| hub.deliver(stuck.id, &stuck.json) == Delivery::Done) {
            stuck = None;
        }
        if hub.is_orphaned() {
            hub.end(&SubscriptionError::Stopped);
            link.stop().await;
            return;
        }
        let turn = tokio::select! {
            biased;
            (out, sent) = send(&link, hub.outgoing()) => Turn::Sent(out, sent),
            event = events.next(), if stuck.is_none() => Turn::Event(event),
            () = patience(stuck.as_ref()) => Turn::TooSlow,
            () = &mut changed => Turn::Changed,
        };
        match turn {
            Turn::Changed => {}
            Turn::Event(None) => {
                hub.end(&SubscriptionError::Stopped);
                return;
            }
            Turn::Event(Some(event)) => stuck = handle(&hub, event, slow_timeout),
            Turn::Sent(out, sent) => note(&hub, out, sent),
            Turn::TooSlow => {
                if let Some(Stuck { id, .. }) = stuck.take() {
                    hub.abandon(id, SubscriptionError::Slow);
                }
            }
        }
    }
}

async fn send(link: &Client<Message>, outgoing: Option<(Attempt, Out, Message)>) -> (Out, Result<(), SendError<Message>>) {
    match outgoing {
        Some((attempt, out, message)) => (out, link.send_on(attempt, message).await.map(drop)),
        None => pending().await,
    }
}

async fn patience(stuck: Option<&Stuck>) {
    match stuck {
        Some(stuck) => sleep_until(stuck.until).await,
        None => pending().await,
    }
}

fn note(hub: &Hub, out: Out, sent: Result<(), SendError<Message>>) {
    match (out, sent) {
        (_, Ok(())) => hub.sent(out),
        (Out::Subscribe(id), Err(SendError::TooHeavy(_))) => hub.failed(id, SubscriptionError::TooHeavy),
        (Out::Complete(_), Err(SendError::TooHeavy(_))) => hub.sent(out),
        // The connection is gone: its end is told, and begins anew what is to be begun.
        (_, Err(SendError::Gone(_) | SendError::Ended(_) | SendError::Full(_))) => hub.unreachable(),
    }
}

/// What happens to the link. Answers with a result that nobody has room for.
fn handle(hub: &Hub, event: Event<Message>, slow_timeout: Duration) -> Option<Stuck> {
    match event {
        Event::Up { attempt } | Event::Renewed { new: attempt, .. } => hub.connected(attempt),
        Event::Down { why, .. } => hub.disconnected(&why),
        Event::GaveUp { why } => hub.end(&SubscriptionError::GaveUp(why)),
        Event::Message { attempt, message: Message::Text(text) } => {
            let inbound = hub.take(&text)?;
            // Else the link was down already, or another connection goes on.
            if hub.is_current(attempt) {
                return received(hub, inbound, slow_timeout);
            }
        }
        Event::Failed { .. } | Event::Message { .. } => {}
    }
    None
}

fn received(hub: &Hub, inbound: Inbound, slow_timeout: Duration) -> Option<Stuck> {
    let Inbound { id, what } = inbound;
    match what {
        What::Next(json) => {
            let until = Instant::now().checked_add(slow_timeout)?;
            return (hub.deliver(id, &json) == Delivery::Full).then_some(Stuck { id, json, until });
        }
        What::Failed(errors) => hub.failed(id, SubscriptionError::Errors(errors)),
        What::Completed => hub.completed(id),
    }
    None
}
