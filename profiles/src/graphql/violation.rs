//! What breaks the protocol, as the code and the reason of the Close frame that answers it.

use core::fmt::{self, Write};

use relink_core::CloseCode;

use super::code;
use super::limits::REASON_BYTES_MAX;
use crate::Error;
use crate::json::Text;

/// What a client did that a server ends the connection for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Violation<'a> {
    /// It sent what no client may send.
    Invalid(Error),
    /// It sent a second `connection_init`.
    TooManyInits,
    /// It subscribed before it was acknowledged.
    Unauthorized,
    /// It subscribed under the id of an operation that is going on.
    SubscriberExists(Text<'a>),
}

/// The reason in a Close frame: as much of a text as fits, never half a character.
#[derive(Clone, Copy)]
pub struct Reason {
    bytes: [u8; REASON_BYTES_MAX],
    length: usize,
    is_full: bool,
}

impl Violation<'_> {
    /// The code of the Close frame.
    #[must_use]
    pub const fn code(&self) -> CloseCode {
        match self {
            Self::Invalid(_) => code::BAD_REQUEST,
            Self::TooManyInits => code::TOO_MANY_INITS,
            Self::Unauthorized => code::UNAUTHORIZED,
            Self::SubscriberExists(_) => code::SUBSCRIBER_EXISTS,
        }
    }

    /// The reason of the Close frame: what [`Display`](fmt::Display) says, as far as it fits.
    #[must_use]
    pub fn reason(&self) -> Reason {
        Reason::of(self)
    }
}

/// The words of the protocol; what is invalid is said exactly.
impl fmt::Display for Violation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(error) => write!(f, "Invalid message: {error}"),
            Self::TooManyInits => f.write_str("Too many initialisation requests"),
            Self::Unauthorized => f.write_str("Unauthorized"),
            Self::SubscriberExists(id) => write!(f, "Subscriber for {id} already exists"),
        }
    }
}

impl Reason {
    /// As much of this as fits into a Close frame.
    #[must_use]
    pub fn of(what: impl fmt::Display) -> Self {
        let mut reason = Self { bytes: [0; REASON_BYTES_MAX], length: 0, is_full: false };
        // What does not fit is left out, which is no error.
        let _ = write!(reason, "{what}");
        reason
    }

    /// The reason.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.bytes.get(..self.length).and_then(|bytes| core::str::from_utf8(bytes).ok()).unwrap_or_default()
    }

    fn push(&mut self, char: char) {
        let mut encoded = [0; 4];
        let encoded = char.encode_utf8(&mut encoded).as_bytes();
        let end = self.length.saturating_add(encoded.len());
        match self.bytes.get_mut(self.length..end) {
            Some(place) if !self.is_full => {
                place.iter_mut().zip(encoded).for_each(|(place, byte)| *place = *byte);
                self.length = end;
            }
            Some(_) | None => self.is_full = true,
        }
    }
}

impl Write for Reason {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.chars().for_each(|char| self.push(char));
        Ok(())
    }
}

impl fmt::Debug for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}
