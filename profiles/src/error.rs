//! Why a message is not understood.

use core::fmt;

use crate::json::Fault;

/// Why a message, or a field of it, is not understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// It is no JSON object, or one that cannot be read.
    Json(Fault),
    /// This field is there twice: which one counts, cannot be told.
    Twice(&'static str),
    /// This field is not there.
    Missing(&'static str),
    /// This field holds another kind of value.
    Wrong {
        /// Its name.
        field: &'static str,
        /// What it should hold.
        expected: &'static str,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json(fault) => fault.fmt(f),
            Self::Twice(field) => write!(f, "the message has \"{field}\" twice"),
            Self::Missing(field) => write!(f, "the message has no \"{field}\""),
            Self::Wrong { field, expected } => write!(f, "\"{field}\" in the message is not {expected}"),
        }
    }
}

impl core::error::Error for Error {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Json(fault) => Some(fault),
            Self::Twice(_) | Self::Missing(_) | Self::Wrong { .. } => None,
        }
    }
}
