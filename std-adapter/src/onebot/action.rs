//! What an application asks an implementation to do.

use std::fmt;

use relink_profiles::onebot as profile;
use serde::de::DeserializeOwned;

use super::text::Part;
use crate::redaction::ForeignName;
use crate::ws::Utf8Bytes;

/// What an application asks for (OneBot v11, `communication/ws.md`). Its answer carries its echo, whatever that is.
#[derive(Clone, PartialEq, Eq)]
pub struct Action {
    name: Box<str>,
    params: Option<Part>,
    echo: Option<Part>,
}

impl Action {
    /// What: `send_msg`, for instance.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// With what: a JSON value, the exact bytes that came; `{}` if there was none.
    #[must_use]
    pub fn params(&self) -> &str {
        self.params.as_ref().map_or("{}", Part::as_str)
    }

    /// With what, as a type of yours.
    ///
    /// # Errors
    /// serde's, if it does not fit: [`Answer::BAD_REQUEST`](super::Answer::BAD_REQUEST) says so.
    pub fn deserialize<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(self.params())
    }

    /// What names it in its answer: a JSON value of any kind, the exact bytes that came.
    #[must_use]
    pub fn echo(&self) -> Option<&str> {
        self.echo.as_ref().map(Part::as_str)
    }

    pub(super) fn new(action: &profile::Action<'_>, text: &Utf8Bytes) -> Self {
        Self {
            name: action.action.to_string().into(),
            params: action.params.map(|params| Part::of(text, params)),
            echo: action.echo.map(|echo| Part::of(text, echo)),
        }
    }
}

/// What it is called; what it is called with is the user's.
impl fmt::Debug for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Action").field("name", &ForeignName(&self.name)).field("echo", &self.echo).finish_non_exhaustive()
    }
}
