//! Owns the fake Slack's handle: start it, script it, post envelopes, meddle with connections, read the book.

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::accept::accept;
use super::book::Book;
use super::hub::{Hub, Registration};
use super::order::Order;
use super::reason::{Kind, Reason};
use super::record::Connection;
use super::sample::sample;
use super::script::{Scene, Script};
use super::settings::Settings;
use super::trouble::{CallTrouble, LinkTrouble, Oddity};
use crate::fault::Leave;

/// A Slack on a loopback port of its own. Dropped, it ends with all its connections and tasks.
///
/// What it does to a connection is done in the connection's turn; a method that names one says whether it is registered.
pub struct FakeSlack {
    hub: Arc<Hub>,
}

impl FakeSlack {
    /// Starts it on a free port.
    ///
    /// # Errors
    /// If no loopback port can be had.
    pub async fn start(settings: Settings) -> io::Result<Self> {
        Self::start_on(0, settings).await
    }

    /// Starts it on this port of 127.0.0.1.
    ///
    /// # Errors
    /// If the port cannot be had.
    pub async fn start_on(port: u16, settings: Settings) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let hub = Arc::new(Hub::new(settings, listener.local_addr()?));
        hub.spawn(accept(listener, hub.clone()));
        Ok(Self { hub })
    }

    /// The address it listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.hub.address
    }

    /// What stands for `https://slack.com/api/`.
    #[must_use]
    pub fn api_url(&self) -> String {
        format!("http://{}/api/", self.hub.address)
    }

    /// What the next calls of `apps.connections.open` meet, scene by scene; then all is well.
    pub fn script_calls(&self, scenes: impl IntoIterator<Item = Scene<CallTrouble>>) {
        self.hub.change(|state| state.calls = Script::new(scenes, Instant::now()));
    }

    /// What the next upgrades meet, scene by scene; then all is well.
    pub fn script_links(&self, scenes: impl IntoIterator<Item = Scene<LinkTrouble>>) {
        self.hub.change(|state| state.links = Script::new(scenes, Instant::now()));
    }

    /// Posts an envelope to any connection. The payload stands in it as it is, be it JSON or not. Gives its id.
    pub fn send(&self, kind: Kind, payload: impl Into<String>) -> String {
        self.hub.post(None, kind, payload.into(), None)
    }

    /// Posts an envelope on this connection.
    pub fn send_on(&self, connection: usize, kind: Kind, payload: impl Into<String>) -> String {
        self.hub.post(None, kind, payload.into(), Some(connection))
    }

    /// Posts an envelope with this id to any connection.
    pub fn send_as(&self, id: &str, kind: Kind, payload: impl Into<String>) {
        self.hub.post(Some(id.to_owned()), kind, payload.into(), None);
    }

    /// Sends an envelope that is in the book on this connection too, with `retry_attempt` 0. Says whether there is such an envelope.
    pub fn again_on(&self, connection: usize, id: &str) -> bool {
        let known = self.hub.read(|book| book.envelopes.get(id).map(|envelope| envelope.kind));
        if let Some(kind) = known {
            self.hub.post(Some(id.to_owned()), kind, String::new(), Some(connection));
        }
        known.is_some()
    }

    /// Posts so many envelopes in the background, so many in a second of Slack's; their payloads are [`sample`]s from 0.
    pub fn flood(&self, kind: Kind, per_second: u32, count: usize) {
        let hub = self.hub.clone();
        self.hub.spawn(async move {
            let gap = hub.paced(Duration::from_secs(1)) / per_second.max(1);
            let mut ticks = interval(gap.max(Duration::from_nanos(1)));
            ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
            for number in 0..count {
                ticks.tick().await;
                hub.post(None, kind, sample(kind, number), None);
            }
        });
    }

    /// Says `warning`; when its time is over, `refresh_requested` and Close.
    pub fn warn(&self, connection: usize) -> bool {
        self.order(connection, Order::Warn)
    }

    /// Says `disconnect` with this reason, and no more.
    pub fn tell(&self, connection: usize, reason: Reason) -> bool {
        self.order(connection, Order::Tell(reason))
    }

    /// Says `disconnect` with this reason, and Close.
    pub fn disconnect(&self, connection: usize, reason: Reason) -> bool {
        self.order(connection, Order::Part(Some(reason), Some(1000)))
    }

    /// Sends a Close that nothing announced.
    pub fn close(&self, connection: usize, code: Option<u16>) -> bool {
        self.order(connection, Order::Part(None, code))
    }

    /// Ends the connection without a Close.
    pub fn lose(&self, connection: usize, how: Leave) -> bool {
        self.order(connection, Order::Lose(how))
    }

    /// Makes the connection half-open: nothing is read, written or ended any more, and it stays registered until its time is over.
    pub fn freeze(&self, connection: usize) -> bool {
        self.order(connection, Order::Freeze)
    }

    /// Says something odd.
    pub fn say(&self, connection: usize, oddity: &Oddity) -> bool {
        self.order(connection, Order::Say(oddity.frame()))
    }

    /// Registers so many ghosts, as processes leave them that are no more. They stay until [`bury`](Self::bury).
    pub fn haunt(&self, ghosts: usize) -> Vec<usize> {
        let now = Instant::now();
        self.hub.change(|state| {
            let first = state.book.connections.len() + 1;
            let numbers: Vec<usize> = (first..first + ghosts).collect();
            for &connection in &numbers {
                let record = Connection { ghost: true, hello: Some(now), ended: Some(now), ..Connection::new(connection, now) };
                state.book.connections.push(record);
                state.registrations.push(Registration { connection, ready: true, orders: None });
            }
            numbers
        })
    }

    /// Takes all ghosts out of the registry, those that clients left, too.
    pub fn bury(&self) {
        let now = Instant::now();
        self.hub.change(|state| {
            let ghosts = state.registrations.iter().filter(|registration| registration.orders.is_none());
            for connection in ghosts.map(|registration| registration.connection).collect::<Vec<_>>() {
                state.unregister(connection, now);
            }
        });
    }

    /// A copy of the book as it is now.
    #[must_use]
    pub fn book(&self) -> Book {
        self.hub.read(Book::clone)
    }

    /// Looks something up in the book without a copy of it.
    pub fn read<T>(&self, look: impl FnOnce(&Book) -> T) -> T {
        self.hub.read(look)
    }

    /// Waits until the book is as `wanted`, and gives a copy.
    ///
    /// # Errors
    /// [`Unseen`] if it is not so within `patience` of the tokio clock; its text shows the book.
    pub async fn until(&self, patience: Duration, wanted: impl Fn(&Book) -> bool) -> Result<Book, Unseen> {
        self.until_some(patience, |book| wanted(book).then(|| book.clone())).await
    }

    /// Waits until something is found in the book, and gives it.
    ///
    /// # Errors
    /// As [`until`](Self::until).
    pub async fn until_some<T>(&self, patience: Duration, find: impl Fn(&Book) -> Option<T>) -> Result<T, Unseen> {
        self.hub.until(patience, find).await.ok_or_else(|| Unseen { patience, book: Box::new(self.book()) })
    }

    /// Ends it, returns when nothing of it is left, and gives the book.
    pub async fn stop(self) -> Book {
        let hub = self.hub.clone();
        drop(self);
        hub.clone().shut().await;
        hub.read(Book::clone)
    }

    fn order(&self, connection: usize, order: Order) -> bool {
        self.hub.change(|state| {
            let orders = state.registration_mut(connection).and_then(|registration| registration.orders.as_ref());
            orders.is_some_and(|orders| orders.send(order).is_ok())
        })
    }
}

impl Drop for FakeSlack {
    fn drop(&mut self) {
        self.hub.abort();
    }
}

impl fmt::Debug for FakeSlack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FakeSlack").field("address", &self.hub.address).finish_non_exhaustive()
    }
}

/// What a test waited for did not happen in time. Its text shows the book.
#[derive(Clone)]
pub struct Unseen {
    /// How long it was waited for.
    pub patience: Duration,
    /// What happened instead.
    pub book: Box<Book>,
}

impl fmt::Display for Unseen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not seen within {:?}; this is what the fake Slack saw:\n{}", self.patience, self.book)
    }
}

/// As `Display`, so that `unwrap` shows the book as a person reads it.
impl fmt::Debug for Unseen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Unseen {}
