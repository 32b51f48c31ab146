//! Owns what is to be done with an item: a pure function of what became of it.

use super::Nature;

/// What became of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The queue has confirmed it, now or when it came before.
    Stored,
    /// A worker has answered.
    Answered,
    /// No worker has answered, and the time is up.
    Unanswered,
    /// The queue has not confirmed it, and the time is up.
    Unconfirmed,
    /// The queue will never take it.
    Refused,
    /// A newer token has the lanes.
    Fenced,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Deed {
    /// Acknowledge it, with the answer if there is one; it is done.
    Acknowledge,
    /// Acknowledge it now, and go on trying to store it.
    AcknowledgeAndGoOn,
    /// Let it go: it is not acknowledged, or not stored although it is.
    Leave(Why),
}

/// Why an item was let go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Why {
    /// The lead was over before it could be acknowledged.
    LeadOver,
    /// The queue did not confirm it in time.
    Unconfirmed,
    /// The queue never takes it: it is too large, or its id or key is none.
    Refused,
    /// It came when [as many as allowed](super::Options::in_hand_max) were in hand.
    Beyond,
    /// No worker answered in time.
    Unanswered,
    /// The connection that brought it was gone.
    Gone,
}

/// How far an item's time is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// It waits to be acknowledged; so do things in general.
    Fresh,
    /// It is acknowledged already, and should still be stored.
    Acknowledged,
}

/// The table. `goes_on`: what was not confirmed is to be [acknowledged](super::Unconfirmed::Acknowledge) all the same.
pub(super) const fn deed(outcome: Outcome, stage: Stage, is_lead_valid: bool, goes_on: bool) -> Deed {
    match (outcome, stage, is_lead_valid) {
        // What was acknowledged before, and is stored: nothing more can be wrong with it.
        (Outcome::Stored | Outcome::Answered, Stage::Acknowledged, _) | (Outcome::Stored | Outcome::Answered, Stage::Fresh, true) => {
            Deed::Acknowledge
        }
        (Outcome::Fenced, ..) | (_, _, false) => Deed::Leave(Why::LeadOver),
        (Outcome::Unconfirmed, Stage::Fresh, true) if goes_on => Deed::AcknowledgeAndGoOn,
        (Outcome::Unconfirmed, ..) => Deed::Leave(Why::Unconfirmed),
        (Outcome::Unanswered, ..) => Deed::Leave(Why::Unanswered),
        (Outcome::Refused, ..) => Deed::Leave(Why::Refused),
    }
}

/// Whether what is let go is lost: nobody sends it again.
pub(super) const fn is_lost(nature: Nature, stage: Stage) -> bool {
    match (nature, stage) {
        (Nature::ComesAgain, Stage::Fresh) => false,
        (Nature::ComesAgain, Stage::Acknowledged) | (Nature::Once | Nature::Question, _) => true,
    }
}

impl Why {
    /// In a word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LeadOver => "lead over",
            Self::Unconfirmed => "unconfirmed",
            Self::Refused => "refused",
            Self::Beyond => "beyond",
            Self::Unanswered => "unanswered",
            Self::Gone => "gone",
        }
    }

    pub(super) const ALL: [Self; 6] = [Self::LeadOver, Self::Unconfirmed, Self::Refused, Self::Beyond, Self::Unanswered, Self::Gone];
}

#[cfg(test)]
mod tests {
    use super::{Deed, Outcome, Stage, Why, deed, is_lost};
    use crate::receiver::Nature;

    const ALL: [Outcome; 6] =
        [Outcome::Stored, Outcome::Answered, Outcome::Unanswered, Outcome::Unconfirmed, Outcome::Refused, Outcome::Fenced];

    #[test]
    fn only_what_is_stored_or_answered_is_acknowledged_unless_it_was_chosen_otherwise() {
        for outcome in ALL {
            let is_good = matches!(outcome, Outcome::Stored | Outcome::Answered);
            assert_eq!(deed(outcome, Stage::Fresh, true, false) == Deed::Acknowledge, is_good, "{outcome:?}");
            let goes_on = deed(outcome, Stage::Fresh, true, true) == Deed::AcknowledgeAndGoOn;
            assert_eq!(goes_on, outcome == Outcome::Unconfirmed, "{outcome:?}");
            assert_ne!(deed(outcome, Stage::Acknowledged, true, true), Deed::AcknowledgeAndGoOn, "{outcome:?}: once");
        }
    }

    #[test]
    fn nothing_is_acknowledged_without_a_lead() {
        for outcome in ALL {
            for goes_on in [false, true] {
                assert_eq!(deed(outcome, Stage::Fresh, false, goes_on), Deed::Leave(Why::LeadOver), "{outcome:?}");
            }
        }
        assert_eq!(deed(Outcome::Fenced, Stage::Fresh, true, true), Deed::Leave(Why::LeadOver), "whatever the clock says");
    }

    #[test]
    fn what_comes_again_is_lost_only_where_it_was_acknowledged() {
        for stage in [Stage::Fresh, Stage::Acknowledged] {
            assert_eq!(is_lost(Nature::ComesAgain, stage), stage == Stage::Acknowledged);
            assert!(is_lost(Nature::Once, stage) && is_lost(Nature::Question, stage));
        }
    }
}
