//! Owns the wait for a lease that is given back: a hint, so that nobody has to poll often.

use std::future::pending;

use futures_util::future::BoxFuture;
use relink_core::{Instant, Millis};

use super::ballot::Ballot;
use crate::Engine;

/// The hint may be there before what it hints at: every server must hear of that first.
const BEHIND: Millis = Millis::new(30);

#[derive(Default)]
pub(super) struct Vacancy {
    hint: Option<BoxFuture<'static, ()>>,
    due: Option<Instant>,
}

impl Vacancy {
    /// Listens from now on, if it did not before; or no more.
    pub(super) fn listen<E: Engine>(&mut self, ballot: &Ballot<E>, is_candidate: bool) {
        if !is_candidate {
            *self = Self::default();
        } else if self.hint.is_none() && self.due.is_none() {
            let Ballot { engine, group, .. } = ballot.clone();
            self.hint = Some(Box::pin(async move { engine.given_back(&group).await }));
        }
    }

    /// Waits for the hint.
    pub(super) async fn hinted(&mut self) {
        match &mut self.hint {
            Some(hint) => hint.await,
            None => pending().await,
        }
        self.hint = None;
    }

    /// It is hinted at.
    pub(super) fn hint(&mut self, now: Instant) {
        self.due = Some(now.after(BEHIND));
    }

    /// When it is to be asked.
    pub(super) const fn due(&self) -> Option<Instant> {
        self.due
    }

    /// Whether it is to be asked now.
    pub(super) fn is_due(&mut self, now: Instant) -> bool {
        self.due.take_if(|due| now >= *due).is_some()
    }
}
