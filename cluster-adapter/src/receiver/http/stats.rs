//! The numbers of Slack over HTTP.

use crate::Count;

/// What Slack over HTTP has counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct HttpStats {
    /// Requests.
    pub requests: u64,
    /// Requests that Slack made once more, because an answer did not come or was not 200.
    pub retried_by_slack: u64,
    /// Challenges and checks answered.
    pub challenges: u64,
    /// Things stored that the queue did not have.
    pub stored: u64,
    /// Things that the queue had already.
    pub duplicates: u64,
    /// Things that a worker has answered.
    pub answered: u64,
    /// Things that the queue did not confirm in time.
    pub unconfirmed: u64,
    /// Things that the queue never takes.
    pub refused: u64,
    /// Things that no worker answered in time.
    pub unanswered: u64,
    /// Those of all of them that Slack does not send again, and a person waited for.
    pub unanswered_questions: u64,
    /// Requests that came when as many as allowed were in hand.
    pub beyond: u64,
    /// Requests whose signature was not right.
    pub unsigned: u64,
    /// Requests that were signed too long ago.
    pub stale: u64,
    /// Requests that were none of Slack's, too large, or did not come to an end.
    pub bad: u64,
}

impl HttpStats {
    pub(super) fn counts(&self) -> Vec<Count> {
        vec![
            Count::counter("relink_http_requests_total", "Requests", self.requests),
            Count::counter("relink_http_retried_by_slack_total", "Requests that Slack made once more", self.retried_by_slack),
            Count::counter("relink_http_challenges_total", "Challenges and checks answered", self.challenges),
            Count::counter("relink_http_stored_total", "Things stored", self.stored),
            Count::counter("relink_http_duplicates_total", "Things that the queue had already", self.duplicates),
            Count::counter("relink_http_answered_total", "Things that a worker has answered", self.answered),
            Count::counter("relink_http_unconfirmed_total", "Things not confirmed in time", self.unconfirmed),
            Count::counter("relink_http_refused_total", "Things that the queue never takes", self.refused),
            Count::counter("relink_http_unanswered_total", "Things not answered in time", self.unanswered),
            Count::counter(
                "relink_http_unanswered_questions_total",
                "Interactions and commands whose time ran out",
                self.unanswered_questions,
            ),
            Count::counter("relink_http_beyond_total", "Requests beyond the limit", self.beyond),
            Count::counter("relink_http_unsigned_total", "Requests not signed by Slack", self.unsigned),
            Count::counter("relink_http_stale_total", "Requests signed too long ago", self.stale),
            Count::counter("relink_http_bad_total", "Requests that are none of Slack's", self.bad),
        ]
    }
}
