//! The answer of `apps.connections.open`: a URL that is good for one connection, or why there is none.

use core::fmt;

use relink_core::Verdict;

use super::{ApiError, Error};
use crate::fields::{Fields, Odd, pick, required};
use crate::json::{Members, Text};

/// Where to ask, by POST, with the app-level token in the `Authorization` header and nowhere else.
pub const ENDPOINT: &str = "https://slack.com/api/apps.connections.open";

/// Put into the query of the URL, it makes connections last 360 s, to try out renewals.
pub const DEBUG_RECONNECTS: &str = "debug_reconnects=true";

/// A WebSocket URL with a ticket in it that is good for one opening handshake. Never use it twice, and never log it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct OneTimeUrl<'a>(Text<'a>);

/// Why an answer holds no URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoUrl<'a> {
    /// Slack refuses.
    Api(ApiError<'a>),
    /// The answer is not of Slack's form: a gateway's, more likely than not. It is worth another try.
    Answer(Error),
}

/// Reads the body of an answer, whatever its status.
pub fn answer(body: &str) -> Result<OneTimeUrl<'_>, NoUrl<'_>> {
    let Fields { values: [ok, url, error, needed, provided], error: fault } =
        pick(Members::of(body), ["ok", "url", "error", "needed", "provided"]);
    if let Some(fault) = fault {
        return Err(NoUrl::Answer(fault));
    }
    let mut odd = Odd::default();
    match odd.flag(ok) {
        Some(true) => required("url", url).map(OneTimeUrl).map_err(NoUrl::Answer),
        Some(false) => {
            let error = required("error", error).map_err(NoUrl::Answer)?;
            Err(NoUrl::Api(ApiError { error, needed: odd.text(needed), provided: odd.text(provided) }))
        }
        None => Err(NoUrl::Answer(odd.0.unwrap_or(Error::Missing("ok")))),
    }
}

impl<'a> OneTimeUrl<'a> {
    /// The URL. Slack escapes its slashes (`wss:\/\/…`), so it is seldom [plain](Text::plain).
    #[must_use]
    pub const fn reveal(self) -> Text<'a> {
        self.0
    }
}

impl NoUrl<'_> {
    /// What it means for the link, where no `Retry-After` came with it.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        match self {
            Self::Api(error) => error.verdict(),
            Self::Answer(_) => Verdict::Retry,
        }
    }
}

impl fmt::Debug for OneTimeUrl<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OneTimeUrl(…)")
    }
}

impl fmt::Display for NoUrl<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Api(error) => error.fmt(f),
            Self::Answer(error) => write!(f, "the answer to the call for a URL is not Slack's: {error}"),
        }
    }
}

impl core::error::Error for NoUrl<'_> {}
