//! Owns the beginning of a shift: what the one before left unanswered is waited for, so that it is worked on before anything newer.

use std::time::Duration;

use tokio::time::Instant;

use crate::{Consumer, Unanswered};

/// So often it is looked whether there is still something to wait for.
const LOOK: Duration = Duration::from_millis(250);

/// What was left by others, as far as it has not come.
#[derive(Debug)]
pub(super) struct Gathering {
    /// How many are missing, and up to which place in the queue.
    missing: Unanswered,
    pub(super) looks_at: Instant,
    /// Where nothing has come until then, nothing will.
    until: Instant,
    ack_wait: Duration,
}

/// How what was left by others is read.
///
/// Perhaps they are gone because of it. Each time somebody goes with all that is in hand, the deliveries of all of it are counted, and the limit ends
/// all of it: the one that kills, and whatever was beside it. So where so many deliveries are used up already, one is
/// delivered at a time, the oldest first, and worked on alone: the others keep what they have left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wary {
    /// As much as there is.
    No,
    /// The first one will show.
    Looks,
    /// One at a time.
    Yes,
}

impl Gathering {
    pub(super) fn of(missing: Unanswered, now: Instant, ack_wait: Duration) -> Option<Self> {
        (missing.count > 0).then_some(Self { missing, looks_at: now + LOOK, until: now + ack_wait * 2, ack_wait })
    }

    /// Something came, at this place in the queue, for the first time. `None`: it was the last that was missing.
    pub(super) fn come(mut self, sequence: u64, now: Instant) -> Option<Self> {
        self.until = now + self.ack_wait * 2;
        if sequence <= self.missing.last {
            self.missing.count = self.missing.count.saturating_sub(1);
        }
        (self.missing.count > 0).then_some(self)
    }

    /// Whether nothing is missing any more: some of it was answered late by the one before, or was a marker, or had been delivered too often.
    /// So many are in this worker's hand.
    pub(super) async fn is_over<C: Consumer>(&mut self, consumer: &mut C, in_hand: usize) -> bool {
        let unanswered = consumer.unanswered().await;
        let now = Instant::now();
        self.looks_at = now + LOOK;
        match unanswered {
            Ok(unanswered) => unanswered.count <= in_hand as u64 || now >= self.until,
            Err(fault) => {
                tracing::debug!(%fault, "looking for what is missing");
                now >= self.until
            }
        }
    }
}
