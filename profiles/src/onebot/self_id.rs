//! The number of an account.

use core::fmt;

use crate::json::Value;

/// Whose events these are: the number of the bot's account (`event/README.md`: `self_id`, an int64).
///
/// Some implementations write it as a string, as it stands in the header `X-Self-ID`: it is the same number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SelfId(i64);

impl SelfId {
    /// The account with this number.
    #[must_use]
    pub const fn new(number: i64) -> Self {
        Self(number)
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }

    /// The account in a header `X-Self-ID`, if it is a number written as one writes numbers: one account has one name.
    #[must_use]
    pub fn in_header(header: &str) -> Option<Self> {
        let header = header.trim();
        let digits = header.strip_prefix('-').unwrap_or(header);
        let canonical = header == "0" || digits.starts_with(|first: char| matches!(first, '1'..='9'));
        if canonical { header.parse().ok().map(Self) } else { None }
    }

    /// The account in a message: a number, or a string with one in it.
    pub(super) fn of(value: Value<'_>) -> Option<Self> {
        match value.text() {
            Some(text) => Self::in_header(text.plain()?),
            None => value.signed().map(Self),
        }
    }
}

impl fmt::Display for SelfId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
