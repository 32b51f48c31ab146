//! Why an action that was called has yielded nothing.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use super::response::Response;
use crate::redaction::Foreign;

/// Why an action that was called has yielded nothing.
#[derive(Debug)]
#[non_exhaustive]
pub enum CallError {
    /// There is no connection: the action was not sent.
    Down,
    /// As many calls wait as may: the action was not sent.
    Full,
    /// The parameters cannot be written as JSON, or are too large to be sent: the action was not sent.
    Params(Box<dyn Error + Send + Sync>),
    /// This connection is for events only (`/event`): the action was not sent.
    EventsOnly,
    /// The connection ended before the answer came: nobody knows whether the action was done.
    Lost,
    /// No answer came in this time: nobody knows whether the action was, or will be, done.
    Timeout(Duration),
    /// The action failed, and the implementation says how.
    Failed(Response),
    /// The action was done; what it yields does not fit the type that was asked for.
    Data(serde_json::Error, Response),
}

impl CallError {
    /// Whether the action was certainly not done for this reason: it can be called again.
    #[must_use]
    pub const fn is_unsent(&self) -> bool {
        match self {
            Self::Down | Self::Full | Self::Params(_) | Self::EventsOnly => true,
            Self::Lost | Self::Timeout(_) | Self::Failed(_) | Self::Data(..) => false,
        }
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Down => f.write_str("there is no connection; the action was not sent, call it again when the connection is up"),
            Self::Full => f.write_str("too many calls wait for an answer; the action was not sent, call it again later"),
            Self::Params(why) => write!(f, "the action cannot be sent with these parameters: {why}"),
            Self::EventsOnly => f.write_str("this connection is for events only; dial / or /api to call actions"),
            Self::Lost => f.write_str("the connection ended before the answer came; the action may have been done, or not"),
            Self::Timeout(limit) => write!(f, "no answer came within {limit:?}; the action may have been done, or not"),
            Self::Failed(response) => failed(f, response),
            Self::Data(why, _) => write!(f, "the action was done, but what it yields is not what was asked for: {why}"),
        }
    }
}

fn failed(f: &mut fmt::Formatter<'_>, response: &Response) -> fmt::Result {
    f.write_str("the action failed")?;
    if let Some(retcode) = response.retcode() {
        write!(f, " with retcode {retcode}")?;
    }
    response.words().map_or(Ok(()), |words| write!(f, ": {}", Foreign(words)))
}

impl Error for CallError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Params(why) => Some(&**why),
            Self::Data(why, _) => Some(why),
            Self::Down | Self::Full | Self::EventsOnly | Self::Lost | Self::Timeout(_) | Self::Failed(_) => None,
        }
    }
}
