//! A JSON value as it came, and its reading as something small and flat.

use super::{Members, Text};

/// A checked JSON value, borrowed as the exact bytes that came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Value<'a> {
    raw: &'a str,
}

impl<'a> Value<'a> {
    pub(super) const fn checked(raw: &'a str) -> Self {
        Self { raw }
    }

    /// The value as it came, without the blanks around it.
    #[must_use]
    pub const fn raw(self) -> &'a str {
        self.raw
    }

    /// Whether it is `null`.
    #[must_use]
    pub fn is_null(self) -> bool {
        self.raw == "null"
    }

    /// The string, if it is one.
    #[must_use]
    pub fn text(self) -> Option<Text<'a>> {
        Text::quoted(self.raw)
    }

    /// The number, if it is a whole one that fits.
    #[must_use]
    pub fn number(self) -> Option<u32> {
        serde_json_core::from_str(self.raw).ok().map(|(number, _)| number)
    }

    /// The number, if it is a whole one of at most 64 bits with its sign.
    #[must_use]
    pub fn signed(self) -> Option<i64> {
        self.raw.parse().ok()
    }

    /// The truth value, if it is one.
    #[must_use]
    pub fn flag(self) -> Option<bool> {
        serde_json_core::from_str(self.raw).ok().map(|(flag, _)| flag)
    }

    /// The members, if it is an object.
    #[must_use]
    pub fn members(self) -> Option<Members<'a>> {
        self.raw.starts_with('{').then(|| Members::of(self.raw))
    }
}
