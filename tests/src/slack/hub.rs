//! Owns what all parts of the fake Slack share: the book, the registrations, the scripts, chance, and the tasks.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

use super::book::Book;
use super::limit::Bucket;
use super::order::Order;
use super::script::Script;
use super::settings::Settings;
use super::trouble::{CallTrouble, LinkTrouble};

pub(crate) struct Hub {
    pub(crate) settings: Settings,
    pub(crate) address: SocketAddr,
    state: Mutex<State>,
    changed: Notify,
    tasks: Mutex<JoinSet<()>>,
}

/// What changes; every change is told to those who wait.
pub(crate) struct State {
    pub(crate) book: Book,
    pub(crate) registrations: Vec<Registration>,
    pub(crate) calls: Script<CallTrouble>,
    pub(crate) links: Script<LinkTrouble>,
    pub(crate) bucket: Bucket,
    pub(crate) chance: fastrand::Rng,
}

/// A connection as the app's registry knows it.
pub(crate) struct Registration {
    pub(crate) connection: usize,
    /// Whether hello was said: payloads come only then.
    pub(crate) ready: bool,
    /// To the connection's task; a ghost has none.
    pub(crate) orders: Option<UnboundedSender<Order>>,
}

impl Hub {
    pub(crate) fn new(settings: Settings, address: SocketAddr) -> Self {
        let now = Instant::now();
        let state = State {
            book: Book::new(now),
            registrations: Vec::new(),
            calls: Script::new([], now),
            links: Script::new([], now),
            bucket: Bucket::new(now),
            chance: fastrand::Rng::with_seed(settings.seed),
        };
        Self { settings, address, state: Mutex::new(state), changed: Notify::new(), tasks: Mutex::default() }
    }

    /// How long this time of Slack's takes.
    pub(crate) fn paced(&self, slack: Duration) -> Duration {
        self.settings.pace.of(slack)
    }

    pub(crate) fn read<T>(&self, look: impl FnOnce(&Book) -> T) -> T {
        look(&lock(&self.state).book)
    }

    pub(crate) fn change<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        let result = work(&mut lock(&self.state));
        self.changed.notify_waiters();
        result
    }

    /// Waits until the book is as wanted; `None` after `patience`.
    pub(crate) async fn until<T>(&self, patience: Duration, wanted: impl Fn(&Book) -> Option<T>) -> Option<T> {
        let deadline = Instant::now() + patience;
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            changed.as_mut().enable();
            if let Some(found) = self.read(&wanted) {
                return Some(found);
            }
            if timeout_at(deadline, changed).await.is_err() {
                return None;
            }
        }
    }

    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = lock(&self.tasks);
        while tasks.try_join_next().is_some() {}
        tasks.spawn(task);
    }

    /// Ends every task. Each is gone when its runtime gets to it.
    pub(crate) fn abort(&self) {
        lock(&self.tasks).abort_all();
    }

    /// Ends every task and waits until all are gone.
    pub(crate) async fn shut(self: Arc<Self>) {
        loop {
            let mut tasks = std::mem::take(&mut *lock(&self.tasks));
            if tasks.is_empty() {
                return;
            }
            tasks.shutdown().await;
        }
    }
}

impl State {
    pub(crate) fn registration_mut(&mut self, connection: usize) -> Option<&mut Registration> {
        self.registrations.iter_mut().find(|registration| registration.connection == connection)
    }

    /// Takes the connection out of the registry; nothing more is sent to it.
    pub(crate) fn unregister(&mut self, connection: usize, now: Instant) {
        self.registrations.retain(|registration| registration.connection != connection);
        if let Some(record) = self.book.connection_mut(connection) {
            record.unregistered.get_or_insert(now);
        }
    }

    /// Text of so many random hexadecimal digits.
    pub(crate) fn hex(&mut self, digits: usize) -> String {
        std::iter::repeat_with(|| self.chance.digit(16)).take(digits).collect()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
