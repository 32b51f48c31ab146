//! Owns the guard of the opening handshake: reads the head of an answer byte by byte, however long it is and however it is cut.

use core::mem;
use core::ops::Range;

use relink_core::Millis;

use super::choice::Choice;
use super::field::Field;
use super::key::ACCEPT_BYTES;
use super::word::Word;
use crate::wire::request::{is_in_token, is_in_value};
use crate::wire::violation::HandshakeFault;

/// How long the head of an answer may be, in bytes, those of informational answers before it (100, 103) counted.
///
/// Servers and proxies limit their heads to 8 or 16 KiB; a longer one is no answer, but a stream that never ends.
pub const HEAD_BYTES_MAX: u32 = 64 * 1024;

/// What an answer begins with: a version, which is 1.1 or, in a refusal, 1.0, and a status.
const STATUS_LINE: [u8; 12] = *b"HTTP/1.v sss";

/// What an answer says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// 101, and all is as it must be. The subprotocol stands there in those that were asked for.
    Opened(Option<Range<usize>>),
    /// Another status.
    Refused { status: u16, retry_after: Option<Millis> },
}

/// Where in the head the next byte stands.
#[derive(Clone, Copy, Debug)]
enum Place {
    Status { at: usize },
    Reason,
    Name,
    Value(Field),
}

/// A head that is being read.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    accept: [u8; ACCEPT_BYTES],
    len: u32,
    place: Place,
    after_return: bool,
    is_newest: bool,
    status: u16,
    word: Word,
    choice: Choice,
    is_upgrade: bool,
    is_connection: bool,
    is_accepted: bool,
    subprotocol: Option<Range<usize>>,
    retry_after: Option<Millis>,
}

impl Answer {
    /// The answer to a request whose key makes this `Sec-WebSocket-Accept`.
    pub(crate) const fn new(accept: [u8; ACCEPT_BYTES]) -> Self {
        Self {
            accept,
            len: 0,
            place: Place::Status { at: 0 },
            after_return: false,
            is_newest: true,
            status: 0,
            word: Word::EMPTY,
            choice: Choice::START,
            is_upgrade: false,
            is_connection: false,
            is_accepted: false,
            subprotocol: None,
            retry_after: None,
        }
    }

    /// Reads what has come in, up to the end of the head: how many bytes that are, and what it says if it is complete.
    ///
    /// `asked`: the subprotocols, each with a comma behind it.
    pub(crate) fn look(&mut self, bytes: &[u8], asked: &[u8]) -> (usize, Option<Result<Verdict, HandshakeFault>>) {
        for (place, &byte) in bytes.iter().enumerate() {
            let said = match self.push(byte, asked) {
                // Whatever else is wrong with a refusal: it is one.
                Err(_) if self.status >= 200 => Some(Ok(self.refused())),
                Err(fault) => Some(Err(fault)),
                Ok(verdict) => verdict.map(Ok),
            };
            if said.is_some() {
                return (place.saturating_add(1), said);
            }
        }
        (bytes.len(), None)
    }

    fn refused(&self) -> Verdict {
        Verdict::Refused { status: self.status, retry_after: self.retry_after }
    }

    fn push(&mut self, byte: u8, asked: &[u8]) -> Result<Option<Verdict>, HandshakeFault> {
        self.len = self.len.saturating_add(1);
        if self.len > HEAD_BYTES_MAX {
            return Err(HandshakeFault::TooLong { bytes_max: HEAD_BYTES_MAX });
        }
        // A line ends with both, or with the second alone (RFC 9112 §2.2).
        match byte {
            b'\n' => {
                self.after_return = false;
                self.line_ends(asked)
            }
            _ if self.after_return => Err(self.broken()),
            b'\r' => {
                self.after_return = true;
                Ok(None)
            }
            _ => self.in_line(byte, asked).map(|()| None),
        }
    }

    /// What a byte that does not belong where it stands is.
    const fn broken(&self) -> HandshakeFault {
        match self.place {
            Place::Status { .. } => HandshakeFault::NotHttp,
            Place::Reason | Place::Name | Place::Value(_) => HandshakeFault::Line,
        }
    }

    fn in_line(&mut self, byte: u8, asked: &[u8]) -> Result<(), HandshakeFault> {
        match self.place {
            Place::Status { at } => return self.status(at, byte),
            Place::Name if byte == b':' && !self.word.is_empty() => {
                let field = Field::of(self.word.get(), self.status);
                self.word = Word::EMPTY;
                self.choice = Choice::START;
                self.place = Place::Value(field);
            }
            Place::Name if is_in_token(byte) => self.word.push(byte),
            Place::Value(field) if is_in_value(byte) => return self.value(field, byte, asked),
            Place::Reason if is_in_value(byte) => {}
            Place::Name | Place::Value(_) | Place::Reason => return Err(self.broken()),
        }
        Ok(())
    }

    fn status(&mut self, at: usize, byte: u8) -> Result<(), HandshakeFault> {
        let is_right = match STATUS_LINE.get(at) {
            Some(b'v') => {
                self.is_newest = byte == b'1';
                matches!(byte, b'0' | b'1')
            }
            Some(b's') => {
                self.status = self.status.wrapping_mul(10).wrapping_add(u16::from(byte.wrapping_sub(b'0')));
                byte.is_ascii_digit()
            }
            Some(wanted) => byte == *wanted,
            None => byte == b' ',
        };
        if !is_right {
            self.status = 0;
            return Err(HandshakeFault::NotHttp);
        }
        self.place = if at < STATUS_LINE.len() { Place::Status { at: at.saturating_add(1) } } else { Place::Reason };
        Ok(())
    }

    fn value(&mut self, field: Field, byte: u8, asked: &[u8]) -> Result<(), HandshakeFault> {
        match field {
            Field::Upgrade | Field::Accept | Field::RetryAfter => self.word.push(byte),
            Field::Connection if byte == b',' => self.option_ends(),
            Field::Connection => self.word.push(byte),
            Field::Protocol => self.choice.push(byte, asked),
            Field::Extensions if matches!(byte, b' ' | b'\t') => {}
            Field::Extensions => return Err(HandshakeFault::Extension),
            Field::Other => {}
        }
        Ok(())
    }

    /// One option of a `Connection` header ends.
    fn option_ends(&mut self) {
        let word = mem::replace(&mut self.word, Word::EMPTY);
        self.is_connection |= word.get().eq_ignore_ascii_case(b"upgrade");
    }

    fn line_ends(&mut self, asked: &[u8]) -> Result<Option<Verdict>, HandshakeFault> {
        match self.place {
            Place::Status { at } if at < STATUS_LINE.len() || self.status < 100 => {
                self.status = 0;
                return Err(HandshakeFault::NotHttp);
            }
            Place::Name if self.word.is_empty() => return self.head_ends(),
            Place::Name => return Err(self.broken()),
            Place::Value(field) => self.value_ends(field, asked)?,
            Place::Reason if self.status < 100 => {
                self.status = 0;
                return Err(HandshakeFault::NotHttp);
            }
            Place::Status { .. } | Place::Reason => {}
        }
        self.word = Word::EMPTY;
        self.place = Place::Name;
        Ok(None)
    }

    fn value_ends(&mut self, field: Field, asked: &[u8]) -> Result<(), HandshakeFault> {
        match field {
            Field::Upgrade if self.word.get().eq_ignore_ascii_case(b"websocket") => self.is_upgrade = true,
            Field::Upgrade => return Err(HandshakeFault::Upgrade),
            Field::Connection => self.option_ends(),
            Field::Accept if !self.is_accepted && self.word.get() == self.accept => self.is_accepted = true,
            Field::Accept => return Err(HandshakeFault::Accept),
            Field::Protocol => match self.choice.made(asked) {
                Some(chosen) if self.subprotocol.is_none() => self.subprotocol = Some(chosen),
                Some(_) | None => return Err(HandshakeFault::Subprotocol),
            },
            Field::RetryAfter => self.retry_after = seconds(self.word.get()),
            Field::Extensions | Field::Other => {}
        }
        Ok(())
    }

    fn head_ends(&mut self) -> Result<Option<Verdict>, HandshakeFault> {
        match self.status {
            101 if !self.is_newest => Err(HandshakeFault::NotHttp),
            101 if !self.is_upgrade => Err(HandshakeFault::Upgrade),
            101 if !self.is_connection => Err(HandshakeFault::Connection),
            101 if !self.is_accepted => Err(HandshakeFault::Accept),
            101 => Ok(Some(Verdict::Opened(self.subprotocol.clone()))),
            // Informational: the answer is still to come (RFC 9110 §15.2).
            100..=199 => {
                // Nothing of what is counted in a 101 was read.
                (self.place, self.status, self.retry_after) = (Place::Status { at: 0 }, 0, None);
                Ok(None)
            }
            _ => Ok(Some(self.refused())),
        }
    }
}

/// A number of seconds (RFC 9110 §10.2.3); none, if it is a date.
fn seconds(value: &[u8]) -> Option<Millis> {
    let mut seconds = 0_u32;
    for digit in value {
        if !digit.is_ascii_digit() {
            return None;
        }
        seconds = seconds.saturating_mul(10).saturating_add(u32::from(digit.wrapping_sub(b'0')));
    }
    if value.is_empty() { None } else { Some(Millis::from_secs(seconds)) }
}
