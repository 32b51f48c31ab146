//! Why a message was not written.

use core::error::Error;
use core::fmt;

use crate::json::{self, Fault, Writer};

/// Why a message was not written. The buffer holds nothing of use then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unwritten {
    /// The buffer is too small.
    Buffer {
        /// How long it has to be.
        bytes: usize,
    },
    /// What is to stand in this field is not what belongs there.
    Json {
        /// The field's name.
        field: &'static str,
        /// What is wrong with it.
        fault: Fault,
    },
    /// What is to stand in this field is JSON, but of another kind.
    Wrong {
        /// The field's name.
        field: &'static str,
        /// What it should hold.
        expected: &'static str,
    },
}

/// A field's value that somebody wrote as JSON: it is checked, or the message would be none.
pub(crate) fn checked<'a>(field: &'static str, value: &'a str) -> Result<&'a str, Unwritten> {
    json::check(value, 1).map(json::Value::raw).map_err(|fault| Unwritten::Json { field, fault })
}

pub(crate) fn finished(out: Writer<'_>) -> Result<&str, Unwritten> {
    out.finish().map_err(|bytes| Unwritten::Buffer { bytes })
}

impl fmt::Display for Unwritten {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Buffer { bytes } => write!(f, "the message needs a buffer of {bytes} bytes"),
            Self::Json { field, fault } => write!(f, "what is given for \"{field}\" is not one JSON value: {fault}"),
            Self::Wrong { field, expected } => write!(f, "what is given for \"{field}\" is not {expected}"),
        }
    }
}

impl Error for Unwritten {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Json { fault, .. } => Some(fault),
            Self::Buffer { .. } | Self::Wrong { .. } => None,
        }
    }
}
