//! Owns the guard: it sees each byte of every frame once, before anything else does, and lets only what RFC 6455 allows pass.
//!
//! Control frames end here: their few bytes are kept apart, so that they need no room in the lent buffer, come whole however
//! they arrive. Data frames are let pass as they come; their text is checked as it comes.

use core::str;

use super::CONTROL_BYTES_MAX;
use super::header::{Header, Opcode, Partial, Read};
use super::may_be_sent;
use super::utf8::Utf8;
use crate::wire::bytes::copy;
use crate::wire::violation::FrameFault;

/// A control frame, whole. Its payload is the guard's [`Guard::control`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Control {
    Close,
    Ping,
    Pong,
}

/// What the bytes were up to here.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Seen {
    /// A part of a header or of a control frame: nothing is complete.
    More,
    /// The header of a control frame.
    ControlBegins,
    /// The header of a data frame.
    DataBegins {
        /// How long its payload is.
        len: u64,
        /// How long the message is with it, as far as is known.
        message_len: u64,
    },
    /// A part of a data frame's payload.
    DataGoesOn,
    /// A data frame, whole.
    DataEnds {
        /// Whether the message is.
        is_final: bool,
        /// Whether it is text.
        is_text: bool,
    },
    /// A control frame, whole.
    Control(Control),
}

/// What the next byte belongs to.
#[derive(Clone, Copy, Debug)]
enum Place {
    Header(Partial),
    Data { left: u64, is_final: bool },
    Control { control: Control, left: u8 },
}

/// The message whose fragments are not complete.
#[derive(Clone, Copy, Debug)]
struct Fragments {
    len: u64,
    text: Option<Utf8>,
}

#[derive(Clone, Debug)]
pub(crate) struct Guard {
    place: Place,
    fragments: Option<Fragments>,
    control: [u8; CONTROL_BYTES_MAX],
    control_len: usize,
}

impl Guard {
    pub(crate) const fn new() -> Self {
        Self { place: Place::Header(Partial::First), fragments: None, control: [0; CONTROL_BYTES_MAX], control_len: 0 }
    }

    /// The payload of the last control frame.
    pub(crate) fn control(&self) -> &[u8] {
        self.control.get(..self.control_len).unwrap_or_default()
    }

    /// Looks at what has come in, up to the first thing to be said: how many bytes that are, and what it is.
    ///
    /// A frame without a payload ends without a byte: as long as something is said, there may be more.
    pub(crate) fn look(&mut self, bytes: &[u8]) -> (usize, Result<Seen, FrameFault>) {
        match self.place {
            Place::Header(partial) => self.header(partial, bytes),
            Place::Data { left, is_final } => self.data(left, is_final, bytes),
            Place::Control { control, left } => self.payload(control, left, bytes),
        }
    }

    fn header(&mut self, mut partial: Partial, bytes: &[u8]) -> (usize, Result<Seen, FrameFault>) {
        let in_message = self.fragments.is_some();
        for (place, &byte) in bytes.iter().enumerate() {
            match partial.push(byte, in_message) {
                Ok(Read::More(more)) => partial = more,
                Ok(Read::Whole(header)) => return (place.saturating_add(1), Ok(self.begins(header))),
                Err(fault) => return (place, Err(fault)),
            }
        }
        self.place = Place::Header(partial);
        (bytes.len(), Ok(Seen::More))
    }

    fn begins(&mut self, header: Header) -> Seen {
        let text = match header.opcode {
            Opcode::Close => return self.control_begins(Control::Close, header.len),
            Opcode::Ping => return self.control_begins(Control::Ping, header.len),
            Opcode::Pong => return self.control_begins(Control::Pong, header.len),
            Opcode::Continuation => self.fragments.and_then(|fragments| fragments.text),
            Opcode::Text => Some(Utf8::new()),
            Opcode::Binary => None,
        };
        let len_before = self.fragments.map_or(0, |fragments| fragments.len);
        let message_len = len_before.saturating_add(header.len);
        self.fragments = Some(Fragments { len: message_len, text });
        self.place = Place::Data { left: header.len, is_final: header.is_final };
        Seen::DataBegins { len: header.len, message_len }
    }

    fn control_begins(&mut self, control: Control, len: u64) -> Seen {
        self.control_len = 0;
        // A control frame's length is one byte: its header was refused otherwise.
        self.place = Place::Control { control, left: u8::try_from(len).unwrap_or(u8::MAX) };
        Seen::ControlBegins
    }

    fn data(&mut self, left: u64, is_final: bool, bytes: &[u8]) -> (usize, Result<Seen, FrameFault>) {
        let here = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
        let left = left.saturating_sub(here as u64);
        let mut text = self.fragments.and_then(|fragments| fragments.text);
        if let Some(text) = &mut text {
            let ends = is_final && left == 0;
            if !text.push(bytes.get(..here).unwrap_or_default()) || (ends && !text.is_whole()) {
                return (here, Err(FrameFault::Text));
            }
        }
        if let Some(fragments) = &mut self.fragments {
            fragments.text = text;
        }
        if left > 0 {
            self.place = Place::Data { left, is_final };
            return (here, Ok(Seen::DataGoesOn));
        }
        self.place = Place::Header(Partial::First);
        if is_final {
            self.fragments = None;
        }
        (here, Ok(Seen::DataEnds { is_final, is_text: text.is_some() }))
    }

    fn payload(&mut self, control: Control, left: u8, bytes: &[u8]) -> (usize, Result<Seen, FrameFault>) {
        let here = usize::from(left).min(bytes.len());
        let end = self.control_len.saturating_add(here);
        if copy(&mut self.control, self.control_len, bytes.get(..here).unwrap_or_default()) {
            self.control_len = end;
        }
        let left = usize::from(left).saturating_sub(here);
        if left > 0 {
            self.place = Place::Control { control, left: u8::try_from(left).unwrap_or(u8::MAX) };
            return (here, Ok(Seen::More));
        }
        self.place = Place::Header(Partial::First);
        let seen = match control {
            Control::Close => self.check_close().map(|()| Seen::Control(control)),
            Control::Ping | Control::Pong => Ok(Seen::Control(control)),
        };
        (here, seen)
    }

    /// The close code and the reason (RFC 6455 §5.5.1, §7.4).
    fn check_close(&self) -> Result<(), FrameFault> {
        let (code, reason) = close(self.control());
        match code {
            Some(code) if !may_be_sent(code) => Err(FrameFault::CloseCode(code)),
            Some(_) | None => str::from_utf8(reason).map(drop).map_err(|_| FrameFault::CloseReason),
        }
    }
}

/// What the payload of a Close is made of.
pub(crate) fn close(payload: &[u8]) -> (Option<u16>, &[u8]) {
    match payload {
        [high, low, reason @ ..] => (Some(u16::from_be_bytes([*high, *low])), reason),
        [] | [_] => (None, &[]),
    }
}
