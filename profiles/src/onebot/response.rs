//! The answer to an action, and the refusal of a connection that looks like one.

use super::{echo, retcode};
use crate::Error;
use crate::fields::{Field, Odd};
use crate::json::Text;

/// What came of an action (`communication/ws.md`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Response<'a> {
    /// How it went.
    pub status: Status<'a>,
    /// How it went, as a [code](super::retcode).
    pub retcode: Option<i64>,
    /// What the action yields: a checked JSON value, the exact bytes that came. `null` counts as nothing.
    pub data: Option<&'a str>,
    /// What names the action: a checked JSON value of any kind, the exact bytes that came. `null` counts as nothing.
    pub echo: Option<&'a str>,
    /// What went wrong, for a person (an extension of several implementations).
    pub words: Option<Text<'a>>,
    /// The first field that held something else than expected, and was taken for missing.
    pub odd: Option<Error>,
}

/// How an action went (`communication/http.md`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status<'a> {
    /// It is done.
    Ok,
    /// It was taken on; what comes of it will not be told.
    Async,
    /// It failed.
    Failed,
    /// A status that nobody has told us about; empty if there was none.
    Other(Text<'a>),
}

/// The fields of a response, as far as they are there.
pub(super) struct Parts<'a> {
    pub(super) status: Option<Field<'a>>,
    pub(super) retcode: Option<Field<'a>>,
    pub(super) data: Option<Field<'a>>,
    pub(super) echo: Option<Field<'a>>,
    /// The names under which implementations say what went wrong, the best one first.
    pub(super) words: [Option<Field<'a>>; 3],
}

impl<'a> Response<'a> {
    pub(super) fn read(parts: &Parts<'a>) -> Self {
        let mut odd = Odd::default();
        let words = parts.words.iter().flatten().find_map(|field| field.value.text().filter(|text| !text.is_empty()));
        Self {
            status: Status::named(odd.text(parts.status).unwrap_or_default()),
            retcode: odd.signed(parts.retcode),
            data: parts.data.map(|field| field.value.raw()),
            echo: parts.echo.map(|field| field.value.raw()),
            words,
            odd: odd.0,
        }
    }

    /// Which of [our own calls](super::write::Echo::Call) it answers; `None` if the echo is not of our making.
    #[must_use]
    pub fn call(&self) -> Option<u64> {
        self.echo.and_then(echo::call)
    }

    /// Whether the action was done or taken on: by its status, and by its code where the status says neither.
    #[must_use]
    pub const fn is_success(&self) -> bool {
        match self.status {
            Status::Ok | Status::Async => true,
            Status::Failed => false,
            Status::Other(_) => matches!(self.retcode, Some(retcode::OK | retcode::ASYNC)),
        }
    }

    /// Whether it refuses the connection: it says that a token is missing or wrong, and answers no action.
    ///
    /// NapCatQQ lets everybody connect, and tells whose token is wrong in this way before it closes.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        self.echo.is_none() && matches!(self.retcode, Some(retcode::UNAUTHORIZED | retcode::FORBIDDEN))
    }
}

impl<'a> Status<'a> {
    /// The status with this name.
    #[must_use]
    pub fn named(name: Text<'a>) -> Self {
        let known = [Self::Ok, Self::Async, Self::Failed].into_iter().find(|status| name == status.as_str());
        known.unwrap_or(Self::Other(name))
    }

    /// The name OneBot gives it; with its escapes, if it is one that nobody has told us about.
    #[must_use]
    pub const fn as_str(self) -> &'a str {
        match self {
            Self::Ok => "ok",
            Self::Async => "async",
            Self::Failed => "failed",
            Self::Other(name) => name.raw(),
        }
    }
}
