//! What came of an action that a bot has called.

use std::fmt;
use std::sync::Arc;

use relink_profiles::onebot as profile;
use serde::de::DeserializeOwned;

use super::text::Part;
use crate::redaction::Foreign;
use crate::ws::Utf8Bytes;

/// What came of an action, whether it was done or not (OneBot v11, `communication/ws.md`). Cheap to clone.
#[derive(Clone, PartialEq, Eq)]
pub struct Response(Arc<Said>);

#[derive(PartialEq, Eq)]
struct Said {
    is_success: bool,
    retcode: Option<i64>,
    words: Option<Box<str>>,
    data: Option<Part>,
    text: Utf8Bytes,
}

impl Response {
    /// Whether the action was done or taken on.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.0.is_success
    }

    /// How it went, as a [code](super::retcode).
    #[must_use]
    pub fn retcode(&self) -> Option<i64> {
        self.0.retcode
    }

    /// What went wrong, for a person (an extension of several implementations).
    #[must_use]
    pub fn words(&self) -> Option<&str> {
        self.0.words.as_deref()
    }

    /// What the action yields: a JSON value, the exact bytes that came; `null` if it yields nothing.
    #[must_use]
    pub fn data(&self) -> &str {
        self.0.data.as_ref().map_or("null", Part::as_str)
    }

    /// What the action yields, as a type of yours; nothing fits `()` and `Option`.
    ///
    /// # Errors
    /// serde's, if it does not fit.
    pub fn deserialize<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(self.data())
    }

    /// All of it: the exact bytes that came.
    #[must_use]
    pub fn text(&self) -> &str {
        self.0.text.as_str()
    }

    pub(super) fn new(response: &profile::Response<'_>, text: &Utf8Bytes) -> Self {
        Self(Arc::new(Said {
            is_success: response.is_success(),
            retcode: response.retcode,
            words: response.words.map(|words| words.to_string().into()),
            data: response.data.map(|data| Part::of(text, data)),
            text: text.clone(),
        }))
    }
}

/// How it went; what it yields is the user's.
impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Said { is_success, retcode, words, data: _, text } = &*self.0;
        f.debug_struct("Response")
            .field("is_success", is_success)
            .field("retcode", retcode)
            .field("words", &words.as_deref().map(Foreign))
            .field("bytes", &text.len())
            .finish()
    }
}
