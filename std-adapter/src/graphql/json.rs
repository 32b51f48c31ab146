//! A JSON text: the exact bytes, and what they mean to whoever wants to know.

use std::fmt;
use std::ops::Range;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::ws::Utf8Bytes;

/// A JSON text as it came, or as it is to be sent, byte for byte. One that came shares the buffer of its message.
///
/// One that is to be sent is checked when it is.
#[derive(Clone)]
pub struct Json {
    text: Utf8Bytes,
    range: Range<usize>,
}

impl Json {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.text.as_str().get(self.range.clone()).unwrap_or_default()
    }

    /// What it means.
    ///
    /// # Errors
    /// serde_json's: it means something else.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(self.as_str())
    }

    /// The text that means this.
    ///
    /// # Errors
    /// serde_json's: a map whose keys are no strings, or the value's own.
    pub fn of(value: &(impl Serialize + ?Sized)) -> Result<Self, serde_json::Error> {
        serde_json::to_string(value).map(Self::from)
    }

    /// A part of a text.
    pub(super) fn within(text: &Utf8Bytes, part: &str) -> Self {
        let from = (part.as_ptr() as usize).saturating_sub(text.as_str().as_ptr() as usize);
        Self { text: text.clone(), range: from..from.saturating_add(part.len()) }
    }
}

impl From<String> for Json {
    fn from(text: String) -> Self {
        Self { range: 0..text.len(), text: text.into() }
    }
}

impl From<&str> for Json {
    fn from(text: &str) -> Self {
        Self::from(text.to_owned())
    }
}

impl PartialEq for Json {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Json {}

/// The text: what is in it is the user's, and may be secret, so `Debug` shows its length only.
impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Json({} bytes)", self.range.len())
    }
}
