//! Owns how a receiver is set up, and its life: one lead after the other.

use std::fmt;
use std::sync::Arc;

use super::course::{self, Terms};
use super::notice::Notice;
use super::options::Options;
use super::role::{Observer, Receiver, Shared};
use super::source::Source;
use crate::driver::Driver;
use crate::{Election, Engine};

/// A receiver to be.
#[must_use = "a receiver receives when it is spawned, or its driver polled"]
pub struct Builder<E, S> {
    engine: E,
    election: Election,
    source: S,
    options: Options,
    observer: Option<Observer>,
}

impl<E: Engine, S: Source> Builder<E, S> {
    pub(super) fn new(engine: E, election: Election, source: S) -> Self {
        Self { engine, election, source, options: Options::default(), observer: None }
    }

    /// How much it may have in hand, and what it does where the queue does not answer.
    pub fn options(mut self, options: Options) -> Self {
        self.options = options;
        self
    }

    /// Hears what it does, item by item.
    pub fn observer(mut self, observer: impl Fn(Notice<'_>) + Send + Sync + 'static) -> Self {
        self.observer = Some(Box::new(observer));
        self
    }

    /// The handle, and the future that makes it happen: one task does it all.
    pub fn build(self) -> (Receiver, Driver) {
        let shared = Arc::new(Shared::new(self.observer));
        let receiver = Receiver { election: self.election.clone(), shared: Arc::clone(&shared) };
        let terms = Terms { engine: self.engine, options: self.options, shared };
        (receiver, Driver::new(live(self.election, terms, self.source)))
    }

    /// The handle; the rest is a task of its own, until the election is stopped.
    pub fn spawn(self) -> Receiver {
        let (receiver, driver) = self.build();
        tokio::spawn(driver);
        receiver
    }
}

async fn live<E: Engine, S: Source>(election: Election, terms: Terms<E>, mut source: S) {
    while let Some(lead) = election.elected().await {
        terms.shared.stats().leads += 1;
        course::run(&lead, &terms, &mut source).await;
        terms.shared.stats().is_up = false;
        terms.shared.tell(Notice::Over);
    }
}

impl<E, S> fmt::Debug for Builder<E, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder").field("election", &self.election).field("options", &self.options).finish_non_exhaustive()
    }
}
