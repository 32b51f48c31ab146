//! The handle on a receiver: how it does, and how it is stopped.

use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::builder::Builder;
use super::notice::Notice;
use super::source::Source;
use super::stats::ReceiverStats;
use crate::election::Standing;
use crate::{Condition, Count, Election, Engine, Observed};

/// A receiver: it takes part in an election, and receives while it leads. Clones are the same one. It goes on when they are dropped.
#[derive(Clone, Debug)]
pub struct Receiver {
    pub(super) election: Election,
    pub(super) shared: Arc<Shared>,
}

/// What the handle and the driver share.
pub(super) struct Shared {
    stats: Mutex<ReceiverStats>,
    observer: Option<Observer>,
}

pub(super) type Observer = Box<dyn Fn(Notice<'_>) + Send + Sync>;

impl Receiver {
    /// A receiver to be: for this election, which decides when; from this source.
    pub fn builder<E: Engine, S: Source>(engine: E, election: Election, source: S) -> Builder<E, S> {
        Builder::new(engine, election, source)
    }

    /// Receives no more: what is in hand is finished, the connection closed, the lease given back, within
    /// [`Terms::drain`](crate::election::Terms::drain) and a moment.
    pub async fn stop(&self) {
        self.election.stop().await;
    }

    /// Its numbers.
    #[must_use]
    pub fn stats(&self) -> ReceiverStats {
        self.shared.stats().clone()
    }

    /// The election that it takes part in.
    #[must_use]
    pub const fn election(&self) -> &Election {
        &self.election
    }
}

impl Shared {
    pub(super) fn new(observer: Option<Observer>) -> Self {
        Self { stats: Mutex::default(), observer }
    }

    pub(super) fn stats(&self) -> MutexGuard<'_, ReceiverStats> {
        self.stats.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn tell(&self, notice: Notice<'_>) {
        match notice {
            Notice::TookOver { token } => tracing::info!(token = token.get(), "receives from now on"),
            Notice::Up => tracing::info!("the receiver has a connection"),
            Notice::Down => tracing::warn!("the receiver has no connection; the lease stays"),
            Notice::Stored { id, key, stored } => tracing::debug!(id, key, ?stored, "stored"),
            Notice::Answered { id } => tracing::debug!(id, "answered"),
            Notice::Acknowledged { id } => tracing::debug!(id, "acknowledged"),
            Notice::Left { id, why, is_lost: false } => tracing::info!(id, why = why.as_str(), "let go; it comes again"),
            Notice::Left { id, why, is_lost: true } => tracing::warn!(id, why = why.as_str(), "let go; it never comes again"),
            Notice::StepsDown => tracing::info!("the receiver steps down"),
            Notice::Over => tracing::info!("the receiver's lead is over"),
        }
        if let Some(observer) = &self.observer {
            observer(notice);
        }
    }
}

/// Ready as a candidate whose engine answers, and as a leader with a connection.
impl Observed for Receiver {
    fn condition(&self) -> Condition {
        let condition = self.election.condition();
        let leads = matches!(self.election.status().borrow().standing, Standing::Leading(_));
        if condition == Condition::Ready && leads && !self.shared.stats().is_up {
            return Condition::Unready("leads, and has no connection yet".into());
        }
        condition
    }

    fn warnings(&self) -> Vec<Cow<'static, str>> {
        let ghosts = self.shared.stats().ghosts;
        if ghosts == 0 {
            return Vec::new();
        }
        let text = format!(
            "{ghosts} more connection(s) are registered at the peer than this app's receivers have: dead ones of an earlier leader, perhaps, \
             and each gets its share of what is delivered until the peer forgets it"
        );
        vec![text.into()]
    }

    fn counts(&self) -> Vec<Count> {
        let group = self.election.group().as_str();
        let counts = self.stats().counts().into_iter().map(|count| count.with("group", group));
        self.election.counts().into_iter().chain(counts).collect()
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("stats", &*self.stats()).finish_non_exhaustive()
    }
}
