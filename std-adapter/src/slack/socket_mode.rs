//! The handle on an app: what comes in, and how it ends.

use std::fmt;
use std::pin::pin;
use std::sync::{Arc, Weak};
use std::time::Duration;

use futures_util::future::join_all;

use super::builder::SocketModeBuilder;
use super::envelope::Envelope;
use super::hub::Hub;
use super::stats::SlackStats;
use crate::ws::Message;
use crate::{Ending, States};

/// An app's connections to Slack, seen as one. Cheap to clone: clones, and everyone who connects with the same token, share
/// what comes in. When the last one is dropped, the links stop.
#[derive(Clone)]
pub struct SocketMode(Arc<App>);

struct App {
    hub: Arc<Hub>,
}

pub(super) struct WeakSocketMode(Weak<App>);

impl SocketMode {
    /// An app with this app-level token (`xapp-…`), in the making.
    pub fn builder(app_token: impl Into<String>) -> SocketModeBuilder {
        SocketModeBuilder::new(app_token.into())
    }

    /// The next envelope, each once; `None` when the app has ended ([`ended`](Self::ended) says why). Safe to cancel.
    pub async fn next(&self) -> Option<Envelope> {
        let hub = &self.0.hub;
        loop {
            let mut changed = pin!(hub.changed.notified());
            changed.as_mut().enable();
            if let Some(delivered) = hub.take() {
                // One was waiting behind it, perhaps, and whoever waits for that was not woken.
                hub.changed.notify_one();
                return Some(Envelope::new(delivered, hub.clone()));
            }
            if hub.is_over() {
                return None;
            }
            changed.await;
        }
    }

    /// Why it gave up; `None` as long as it did not. What it says, a person has to mend; then [`start`](Self::start).
    #[must_use]
    pub fn ended(&self) -> Option<Ending> {
        self.0.hub.ended()
    }

    /// Dials now instead of waiting, as far as Slack and the budget allow; starts afresh what has ended.
    pub fn start(&self) {
        self.0.hub.set_draining(false);
        self.0.hub.clients().iter().for_each(crate::Client::retry_now);
    }

    /// Closes all connections and waits until nothing of them is left, 1 s at most.
    pub async fn stop(&self) {
        join_all(self.0.hub.clients().iter().map(crate::Client::stop)).await;
    }

    /// Hands out nothing new, waits `within` this time for what is in hand to be acknowledged, then stops.
    pub async fn drain(&self, within: Duration) {
        self.0.hub.set_draining(true);
        join_all(self.0.hub.clients().iter().map(|client| client.drain(within))).await;
    }

    /// The app's numbers.
    #[must_use]
    pub fn stats(&self) -> SlackStats {
        self.0.hub.stats()
    }

    /// The states of its links as they change, link by link.
    #[must_use]
    pub fn states(&self) -> Vec<States<Message>> {
        self.0.hub.clients().iter().map(crate::Client::states).collect()
    }

    pub(super) fn new(hub: Arc<Hub>) -> Self {
        Self(Arc::new(App { hub }))
    }

    pub(super) fn downgrade(&self) -> WeakSocketMode {
        WeakSocketMode(Arc::downgrade(&self.0))
    }
}

impl WeakSocketMode {
    pub(super) fn upgrade(&self) -> Option<SocketMode> {
        self.0.upgrade().map(SocketMode)
    }
}

impl Drop for App {
    fn drop(&mut self) {
        self.hub.forget_clients();
    }
}

impl fmt::Debug for SocketMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SocketMode").field("live", &self.0.hub.live()).finish_non_exhaustive()
    }
}
