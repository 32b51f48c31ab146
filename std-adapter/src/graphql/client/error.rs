//! Why there is no subscription, and why one has ended.

use std::fmt;

use relink_profiles::Unwritten;

use crate::Ending;
use crate::graphql::Json;

/// Why an operation was not begun.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum SubscribeError {
    /// It cannot be written: the query or the variables are not what GraphQL wants there.
    Request(Unwritten),
    /// As many are going on as [may be](super::ClientBuilder::subscriptions_max).
    TooMany {
        /// So many.
        subscriptions_max: usize,
    },
    /// The client has ended, for this reason.
    Ended(Box<SubscriptionError>),
}

/// Why a subscription has ended, other than by its `complete`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum SubscriptionError {
    /// The server has failed to execute it: an array of GraphQL errors.
    Errors(Json),
    /// The connection it was begun on is lost, and it is [not to be resumed](super::OnLoss::EndWithError).
    Lost(Ending),
    /// The link has given up: the server will not have us, or it was tried as often as allowed. Somebody has to do something.
    GaveUp(Ending),
    /// The client was stopped.
    Stopped,
    /// Its results were not taken for longer than [others may wait](super::ClientBuilder::slow_timeout).
    Slow,
    /// It is heavier than [the link's outbox](crate::graphql::OUTBOX) takes a message for.
    TooHeavy,
    /// It was not begun.
    Refused(SubscribeError),
    /// It was completed without a result.
    NoResult,
}

impl fmt::Display for SubscribeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Request(unwritten) => write!(f, "this is no GraphQL request: {unwritten}"),
            Self::TooMany { subscriptions_max } => write!(f, "{subscriptions_max} subscriptions are going on, as many as there may be"),
            Self::Ended(why) => write!(f, "the client has ended: {why}"),
        }
    }
}

impl fmt::Display for SubscriptionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // They are the server's words, and may quote what was asked.
            Self::Errors(_) => f.write_str("the server has failed to execute it; what it says is in the errors"),
            Self::Lost(why) => write!(f, "its connection is lost: {why}"),
            Self::GaveUp(why) => write!(f, "given up: {why}"),
            Self::Stopped => f.write_str("the client was stopped"),
            Self::Slow => f.write_str("its results were not taken in time"),
            Self::TooHeavy => f.write_str("it is heavier than the whole outbox; raise `alone_bytes_max` of its `OutboxLimits`"),
            Self::Refused(why) => why.fmt(f),
            Self::NoResult => f.write_str("the server completed it without a result"),
        }
    }
}

impl std::error::Error for SubscribeError {}
impl std::error::Error for SubscriptionError {}
