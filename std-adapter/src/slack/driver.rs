//! The one future that drives all links of an app.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_core::Stream;
use futures_util::stream::FuturesUnordered;
use relink_core::Instant;
use tokio::time::Sleep;
use tracing::error;

use super::hub::Hub;
use super::protocol::SlackProtocol;
use crate::ws::{Message, Ws};
use crate::{Driver, Event, Events};

/// What keeps an app's links alive: a task of its own, or the caller's to poll. Ready when all of them have ended for good.
#[must_use = "an app does nothing unless its driver is polled"]
pub struct SocketModeDriver {
    hub: Arc<Hub>,
    links: FuturesUnordered<Driver<Ws<SlackProtocol>>>,
    events: Vec<Option<Events<Message>>>,
    /// What is due next in the account of envelopes, and the timer set to it.
    alarm: Option<(Instant, Pin<Box<Sleep>>)>,
}

impl SocketModeDriver {
    pub(super) fn new(hub: Arc<Hub>, links: Vec<(Events<Message>, Driver<Ws<SlackProtocol>>)>) -> Self {
        let (events, links): (Vec<_>, FuturesUnordered<_>) = links.into_iter().map(|(events, driver)| (Some(events), driver)).unzip();
        Self { hub, links, events, alarm: None }
    }

    /// Takes note of what happens to the links.
    fn listen(&mut self, cx: &mut Context<'_>) {
        for slot in &mut self.events {
            let Some(events) = slot else { continue };
            loop {
                match Pin::new(&mut *events).poll_next(cx) {
                    Poll::Pending => break,
                    Poll::Ready(Some(event)) => note(&self.hub, event),
                    Poll::Ready(None) => {
                        *slot = None;
                        break;
                    }
                }
            }
        }
    }

    /// Tells what is due, and has the task woken for what is due next.
    fn watch(&mut self, cx: &mut Context<'_>) {
        loop {
            let Some(due) = self.hub.tell_due() else {
                self.alarm = None;
                return;
            };
            if self.alarm.as_ref().is_none_or(|(set_to, _)| *set_to != due) {
                let wait = Duration::from_millis(due.since(self.hub.now()));
                self.alarm = Some((due, Box::pin(tokio::time::sleep(wait))));
            }
            let Some((_, sleep)) = &mut self.alarm else { return };
            if sleep.as_mut().poll(cx).is_pending() {
                return;
            }
            self.alarm = None;
        }
    }
}

fn note(hub: &Hub, event: Event<Message>) {
    match event {
        Event::GaveUp { why } => {
            error!(%why, "Slack is given up");
            hub.gave_up(why);
        }
        Event::Up { .. } | Event::Renewed { .. } | Event::Message { .. } => return,
        Event::Down { .. } | Event::Failed { .. } => {}
    }
    hub.changed.notify_waiters();
}

impl Future for SocketModeDriver {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let driver = &mut *self;
        while let Poll::Ready(Some(_)) = Pin::new(&mut driver.links).poll_next(cx) {}
        driver.listen(cx);
        driver.watch(cx);
        if driver.links.is_empty() {
            driver.hub.changed.notify_waiters();
            return Poll::Ready(());
        }
        Poll::Pending
    }
}

impl fmt::Debug for SocketModeDriver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SocketModeDriver").field("links", &self.links.len()).finish_non_exhaustive()
    }
}
