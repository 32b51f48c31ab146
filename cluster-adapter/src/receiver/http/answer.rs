//! Owns what Slack is answered, given what became of a request: pure.

use axum::http::StatusCode;

use crate::receiver::judge::{Deed, Outcome, Stage, deed};

/// 200 only for what is stored or answered.
pub(super) const fn status(outcome: Outcome) -> StatusCode {
    match deed(outcome, Stage::Fresh, true, false) {
        Deed::Acknowledge | Deed::AcknowledgeAndGoOn => StatusCode::OK,
        Deed::Leave(_) => match outcome {
            // Slack need not try again what will never be taken.
            Outcome::Refused => StatusCode::UNPROCESSABLE_ENTITY,
            Outcome::Stored | Outcome::Answered | Outcome::Unanswered | Outcome::Unconfirmed | Outcome::Fenced => {
                StatusCode::SERVICE_UNAVAILABLE
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::{Outcome, StatusCode, status};

    #[test]
    fn ok_is_said_of_what_is_safe() {
        assert_eq!([Outcome::Stored, Outcome::Answered].map(status), [StatusCode::OK; 2]);
        assert_eq!([Outcome::Unconfirmed, Outcome::Unanswered, Outcome::Fenced].map(status), [StatusCode::SERVICE_UNAVAILABLE; 3]);
        assert_eq!(status(Outcome::Refused), StatusCode::UNPROCESSABLE_ENTITY);
    }
}
