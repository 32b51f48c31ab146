//! Where a link is, as its user sees it, and how to wait for a change.

use std::fmt;
use std::pin::pin;
use std::sync::Arc;

use relink_core::{Attempt, End};
use tokio::time::Instant;

use crate::Ending;
use crate::shared::Shared;

/// Where a link is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkState {
    /// Never started.
    Idle,
    /// An attempt is under way: address, dial, opening handshake.
    Connecting {
        /// The attempt.
        attempt: Attempt,
    },
    /// The connection is open, the peer has yet to accept us.
    Open {
        /// The attempt.
        attempt: Attempt,
    },
    /// Accepted: messages flow.
    Ready {
        /// The attempt of the current connection.
        attempt: Attempt,
    },
    /// Ending once nothing is in hand.
    Draining {
        /// The attempt of the current connection.
        attempt: Attempt,
    },
    /// A Close frame was sent or received: waiting for the transport's end.
    Closing {
        /// The attempt.
        attempt: Attempt,
    },
    /// Waiting to dial.
    Backoff {
        /// When.
        retry_at: Instant,
    },
    /// Ended.
    Shutdown {
        /// Why.
        because: End,
    },
}

/// The latest state, with a number that grows with each change.
#[derive(Debug)]
pub(crate) struct Status {
    pub(crate) state: LinkState,
    pub(crate) version: u32,
    pub(crate) last_ending: Option<Box<Ending>>,
}

impl Status {
    pub(crate) const fn new() -> Self {
        Self { state: LinkState::Idle, version: 0, last_ending: None }
    }
}

/// The states of a link as they change. States that follow one another quickly may be skipped, the latest one never is.
pub struct States<M> {
    shared: Arc<Shared<M>>,
    seen: u32,
}

impl<M> States<M> {
    pub(crate) fn new(shared: Arc<Shared<M>>) -> Self {
        let seen = shared.status().version;
        Self { shared, seen }
    }

    /// The state now.
    #[must_use]
    pub fn get(&self) -> LinkState {
        self.shared.status().state
    }

    /// Waits for a state that was not returned yet; `None` once the link has ended and its last state was returned.
    pub async fn changed(&mut self) -> Option<LinkState> {
        let (state, version) = self.shared.state_after(self.seen).await?;
        self.seen = version;
        Some(state)
    }
}

impl<M> fmt::Debug for States<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("States").field(&self.get()).finish()
    }
}

impl<M> Shared<M> {
    /// The first state after that version; `None` if the link has ended without another.
    pub(crate) async fn state_after(&self, seen: u32) -> Option<(LinkState, u32)> {
        loop {
            let mut changed = pin!(self.changed.notified());
            changed.as_mut().enable();
            let ended = self.outbox().is_ended();
            let (state, version) = {
                let status = self.status();
                (status.state, status.version)
            };
            if version != seen {
                return Some((state, version));
            }
            if ended {
                return None;
            }
            changed.await;
        }
    }

    /// Waits until the link is up; `None` once it has ended, and nobody has wished for another start.
    pub(crate) async fn up(&self) -> Option<Attempt> {
        loop {
            let mut changed = pin!(self.changed.notified());
            changed.as_mut().enable();
            let (ended, wishes) = self.ends();
            match self.status().state {
                LinkState::Ready { attempt } => return Some(attempt),
                LinkState::Shutdown { .. } if !wishes => return None,
                _ if ended => return None,
                LinkState::Idle | LinkState::Connecting { .. } | LinkState::Open { .. } | LinkState::Shutdown { .. } => {}
                LinkState::Draining { .. } | LinkState::Closing { .. } | LinkState::Backoff { .. } => {}
            }
            changed.await;
        }
    }

    /// Whether the driver has ended, and whether it has wishes to grant. The state that is asked for after this knows of those
    /// that are granted.
    fn ends(&self) -> (bool, bool) {
        let outbox = self.outbox();
        (outbox.is_ended(), outbox.has_wishes())
    }

    /// Waits until nothing is left of what an end was wished for: no wish, no connection. A link that can be restarted only
    /// rests then; one that is started again meanwhile has gone on.
    pub(crate) async fn over(&self) {
        loop {
            let mut changed = pin!(self.changed.notified());
            changed.as_mut().enable();
            let (ended, wishes) = self.ends();
            let over = match self.status().state {
                // The driver has yet to end.
                LinkState::Shutdown { .. } => self.restartable,
                LinkState::Draining { .. } | LinkState::Closing { .. } => false,
                LinkState::Idle | LinkState::Connecting { .. } | LinkState::Open { .. } => true,
                LinkState::Ready { .. } | LinkState::Backoff { .. } => true,
            };
            if ended || (over && !wishes) || !self.is_driven() {
                return;
            }
            changed.await;
        }
    }
}
