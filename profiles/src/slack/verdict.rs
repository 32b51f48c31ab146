//! What each ending on Slack's side means for the next attempt.

use relink_core::{Millis, Verdict};

use super::limits::{CAPACITY_DELAY, RENEWAL_SPREAD, URL_CALL_INTERVAL};
use super::{ErrorName, Reason};
use crate::Ending;

/// The policy caps it at its `delay_max`.
const LONGEST: Verdict = Verdict::RetryIn(Millis::MAX);

impl Reason<'_> {
    /// What it means for the link.
    ///
    /// `too_many_websockets` is a [`RetryAfter`](Verdict::RetryAfter): one wait, no shorter than
    /// [`CAPACITY_DELAY`], whoever asks for the link. On top comes the policy's draw, which keeps those who were refused
    /// together from coming back together and grows while there is no room. It is no `Postpone`: the attempt was made.
    #[must_use]
    pub const fn verdict(self) -> Verdict {
        match self {
            Self::Warning | Self::RefreshRequested | Self::Other(_) => Verdict::Renew { within: RENEWAL_SPREAD },
            Self::TooManyWebsockets => Verdict::RetryAfter(CAPACITY_DELAY),
            Self::LinkDisabled => Verdict::GiveUp,
        }
    }
}

impl ErrorName<'_> {
    /// What it means for the link, where no `Retry-After` came with it.
    #[must_use]
    pub const fn verdict(self) -> Verdict {
        match self {
            Self::Ratelimited => Verdict::RetryAfter(URL_CALL_INTERVAL),
            Self::InternalError | Self::FatalError | Self::ServiceUnavailable | Self::RequestTimeout | Self::TeamAddedToOrg => {
                Verdict::Retry
            }
            Self::InvalidAuth
            | Self::NotAuthed
            | Self::AccountInactive
            | Self::UserRemovedFromTeam
            | Self::TeamDisabled
            | Self::TokenRevoked
            | Self::TokenExpired
            | Self::NotAllowedTokenType
            | Self::MissingScope
            | Self::AccessDenied => Verdict::GiveUp,
            // It may need somebody to repair something, but nothing says that nobody will.
            Self::Other(_) => LONGEST,
        }
    }
}

pub(super) fn of(ending: Ending<'_>) -> Option<Verdict> {
    match ending {
        // Slack gives its close codes no meaning of its own: what it has to say it says in a `disconnect`.
        Ending::Closed(_) => None,
        Ending::Upgrade { status, retry_after } => of_upgrade(status).map(|verdict| asked_to_wait(verdict, retry_after)),
        Ending::Call { status, retry_after } => of_call(status).map(|verdict| asked_to_wait(verdict, retry_after)),
        Ending::Api { error, retry_after } => Some(asked_to_wait(ErrorName::named(error).verdict(), retry_after)),
    }
}

/// Who says when to come back wants us back.
fn asked_to_wait(verdict: Verdict, retry_after: Option<Millis>) -> Verdict {
    retry_after.map_or(verdict, Verdict::RetryAfter)
}

/// The opening handshake of the WebSocket. The URL is good for one attempt, so the next one begins with another URL.
const fn of_upgrade(status: u16) -> Option<Verdict> {
    match status {
        408 | 409 | 429 | 503 => Some(Verdict::Retry),
        401 | 403 | 404 => Some(Verdict::GiveUp),
        _ => None,
    }
}

/// `apps.connections.open`. Slack refuses credentials with an error's name and status 200, so a bare status is a gateway's.
const fn of_call(status: u16) -> Option<Verdict> {
    match status {
        429 => Some(Verdict::RetryAfter(URL_CALL_INTERVAL)),
        408 | 409 | 500..=599 => Some(Verdict::Retry),
        400..=499 => Some(LONGEST),
        _ => None,
    }
}
