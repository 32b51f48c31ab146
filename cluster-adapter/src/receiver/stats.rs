//! The numbers of a receiver.

use super::Nature;
use super::judge::Why;
use crate::Count;

/// The numbers of a receiver, since it was built.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReceiverStats {
    /// Items that came in.
    pub received: u64,
    /// Items in hand now.
    pub in_hand: usize,
    /// Items that the queue has confirmed and did not have before.
    pub stored: u64,
    /// Items that the queue had already.
    pub duplicates: u64,
    /// Items that a worker has answered.
    pub answered: u64,
    /// Acknowledgements.
    pub acknowledged: u64,
    /// Those of them that were given before the queue had confirmed, because that was chosen.
    pub acknowledged_unconfirmed: u64,
    /// Those of them whose answer could not be sent along.
    pub answers_refused: u64,
    /// Items that were let go and come again, by [`Why`].
    pub left: [u64; 6],
    /// Items that were let go and never come again, by [`Why`].
    pub lost: [u64; 6],
    /// Those of them that somebody waited for.
    pub unanswered_questions: u64,
    /// Publications that were tried again.
    pub retries: u64,
    /// Leads begun.
    pub leads: u64,
    /// Leads that ended because a newer token has the lanes.
    pub fenced: u64,
    /// Whether there is a connection now.
    pub is_up: bool,
    /// Connections registered at the peer that are nobody's, as far as it says.
    pub ghosts: u32,
}

impl ReceiverStats {
    /// Items that were let go for this reason and come again.
    #[must_use]
    pub const fn left_because(&self, why: Why) -> u64 {
        self.left[why as usize]
    }

    /// Items that were let go for this reason and never come again.
    #[must_use]
    pub const fn lost_because(&self, why: Why) -> u64 {
        self.lost[why as usize]
    }

    pub(super) fn let_go(&mut self, nature: Nature, why: Why, is_lost: bool) {
        let counts = if is_lost { &mut self.lost } else { &mut self.left };
        counts[why as usize] += 1;
        if nature == Nature::Question {
            self.unanswered_questions += 1;
        }
    }

    pub(super) fn counts(&self) -> Vec<Count> {
        let mut counts = vec![
            Count::counter("relink_receiver_received_total", "Items that came in", self.received),
            Count::counter("relink_receiver_stored_total", "Items that the queue has confirmed", self.stored),
            Count::counter("relink_receiver_duplicates_total", "Items that the queue had already", self.duplicates),
            Count::counter("relink_receiver_answered_total", "Items that a worker has answered at once", self.answered),
            Count::counter("relink_receiver_acknowledged_total", "Acknowledgements", self.acknowledged),
            Count::counter(
                "relink_receiver_acknowledged_unconfirmed_total",
                "Acknowledgements before the queue had confirmed",
                self.acknowledged_unconfirmed,
            ),
            Count::counter("relink_receiver_answers_refused_total", "Answers that could not be sent along", self.answers_refused),
            Count::counter(
                "relink_receiver_unanswered_questions_total",
                "Interactions and commands whose time ran out",
                self.unanswered_questions,
            ),
            Count::counter("relink_receiver_retries_total", "Publications that were tried again", self.retries),
            Count::counter("relink_receiver_leads_total", "Leads begun", self.leads),
            Count::counter("relink_receiver_fenced_total", "Leads ended by a newer token", self.fenced),
            Count::gauge("relink_receiver_up", "Whether there is a connection", f64::from(u8::from(self.is_up))),
            Count::gauge("relink_receiver_ghosts", "Connections registered at the peer that are nobody's", f64::from(self.ghosts)),
            Count::gauge("relink_receiver_in_hand", "Items in hand", f64::from(u32::try_from(self.in_hand).unwrap_or(u32::MAX))),
        ];
        for why in Why::ALL {
            let (left, lost) = (self.left_because(why), self.lost_because(why));
            let reason = why.as_str();
            counts.push(Count::counter("relink_receiver_left_total", "Items let go that come again", left).with("reason", reason));
            counts.push(Count::counter("relink_receiver_lost_total", "Items let go that never come again", lost).with("reason", reason));
        }
        counts
    }
}
