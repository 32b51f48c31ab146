//! Owns one partition's deliveries: what waits, what is in somebody's hand, and when it is due again.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use tokio::time::Instant;

use crate::{Settings, Unanswered};

#[derive(Debug, Default)]
pub(super) struct Partition {
    waiting: VecDeque<u64>,
    in_hand: BTreeMap<u64, InHand>,
    /// The newest that was delivered to anybody.
    delivered: u64,
    /// How many deliveries there were, to whomever.
    deliveries: u64,
}

#[derive(Debug)]
struct InHand {
    delivered: u64,
    due: Instant,
}

#[derive(Debug)]
pub(super) enum Due {
    /// To be delivered; it counts as done.
    Now { sequence: u64, delivered: u64 },
    /// It was delivered as often as it may be.
    Spent { sequence: u64, delivered: u64 },
    /// Nothing now; perhaps then.
    Later(Option<Instant>),
}

impl Partition {
    pub(super) fn stored(&mut self, sequence: u64) {
        self.waiting.push_back(sequence);
    }

    /// What was delivered before and is due again goes first.
    pub(super) fn next(&mut self, settings: &Settings, now: Instant) -> Due {
        let again = self.in_hand.iter_mut().find(|(_, in_hand)| in_hand.due <= now);
        if let Some((&sequence, in_hand)) = again {
            if in_hand.delivered >= u64::from(settings.max_deliver) {
                return Due::Spent { sequence, delivered: in_hand.delivered };
            }
            in_hand.delivered += 1;
            in_hand.due = now + settings.ack_wait;
            self.deliveries += 1;
            return Due::Now { sequence, delivered: in_hand.delivered };
        }
        if self.in_hand.len() < usize::from(settings.max_ack_pending)
            && let Some(sequence) = self.waiting.pop_front()
        {
            self.delivered = sequence;
            self.deliveries += 1;
            self.in_hand.insert(sequence, InHand { delivered: 1, due: now + settings.ack_wait });
            return Due::Now { sequence, delivered: 1 };
        }
        Due::Later(self.in_hand.values().map(|in_hand| in_hand.due).min())
    }

    /// Whether it was in somebody's hand.
    pub(super) fn settled(&mut self, sequence: u64) -> bool {
        self.in_hand.remove(&sequence).is_some()
    }

    pub(super) fn postpone(&mut self, sequence: u64, due: Instant) {
        if let Some(in_hand) = self.in_hand.get_mut(&sequence) {
            in_hand.due = due;
        }
    }

    pub(super) fn all_due(&mut self, now: Instant, but: &BTreeSet<u64>) {
        let others = self.in_hand.iter_mut().filter(|(sequence, _)| !but.contains(sequence));
        others.for_each(|(_, in_hand)| in_hand.due = now);
    }

    pub(super) const fn deliveries(&self) -> u64 {
        self.deliveries
    }

    pub(super) fn unanswered(&self) -> Unanswered {
        Unanswered { count: self.in_hand.len() as u64, last: self.delivered }
    }
}
