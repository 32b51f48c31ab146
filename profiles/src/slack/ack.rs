//! Owns the acknowledgement of an envelope, written into a buffer that the caller lends.

use core::error::Error;
use core::fmt;

use super::limits::FRAME_BYTES_MAX;
use crate::json::{self, Fault};

/// Why an acknowledgement was not written. The buffer holds nothing of use then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// It would be longer than [`FRAME_BYTES_MAX`], and Slack would drop it without a word. Send a [`bare`] one:
    /// the envelope is acknowledged then, and the response can go through the Web API.
    TooLarge {
        /// How long it would be.
        bytes: usize,
    },
    /// The buffer is too small. [`FRAME_BYTES_MAX`] bytes are always enough.
    Buffer {
        /// How long it would have to be.
        bytes: usize,
    },
    /// The payload is not one JSON value.
    Payload(Fault),
}

/// The acknowledgement of the envelope with this id, without a payload.
pub fn bare<'b>(buffer: &'b mut [u8], id: &str) -> Result<&'b str, Refused> {
    write(buffer, id, None)
}

/// The acknowledgement of the envelope with this id, with a payload: one JSON value, which is sent as it is. Only for
/// an envelope that [accepts](super::Envelope::accepts_response_payload) it.
pub fn with_payload<'b>(buffer: &'b mut [u8], id: &str, payload: &str) -> Result<&'b str, Refused> {
    let payload = json::check(payload, 1).map_err(Refused::Payload)?;
    write(buffer, id, Some(payload.raw()))
}

fn write<'b>(buffer: &'b mut [u8], id: &str, payload: Option<&str>) -> Result<&'b str, Refused> {
    let mut out = Out { buffer, bytes: 0 };
    out.push(r#"{"envelope_id":""#);
    id.bytes().for_each(|byte| out.push_escaped(byte));
    out.push("\"");
    if let Some(payload) = payload {
        out.push(r#","payload":"#);
        out.push(payload);
    }
    out.push("}");
    out.finish()
}

/// A buffer that goes on counting when it is full.
struct Out<'b> {
    buffer: &'b mut [u8],
    bytes: usize,
}

impl<'b> Out<'b> {
    fn push(&mut self, text: &str) {
        text.bytes().for_each(|byte| self.push_byte(byte));
    }

    fn push_byte(&mut self, byte: u8) {
        if let Some(place) = self.buffer.get_mut(self.bytes) {
            *place = byte;
        }
        self.bytes = self.bytes.saturating_add(1);
    }

    /// As it stands in a JSON string (RFC 8259 §7): all but three kinds of characters stand for themselves.
    fn push_escaped(&mut self, byte: u8) {
        match byte {
            b'"' | b'\\' => {
                self.push_byte(b'\\');
                self.push_byte(byte);
            }
            0..0x20 => {
                self.push(r"\u00");
                self.push_byte(b'0' | (byte >> 4));
                self.push_byte(*b"0123456789abcdef".get(usize::from(byte & 0xF)).unwrap_or(&b'0'));
            }
            _ => self.push_byte(byte),
        }
    }

    fn finish(self) -> Result<&'b str, Refused> {
        let bytes = self.bytes;
        if bytes > FRAME_BYTES_MAX {
            return Err(Refused::TooLarge { bytes });
        }
        let written: Option<&'b [u8]> = self.buffer.get(..bytes);
        written.and_then(|written| core::str::from_utf8(written).ok()).ok_or(Refused::Buffer { bytes })
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge { bytes } => write!(
                f,
                "the acknowledgement would be {bytes} bytes long, and Slack takes at most {FRAME_BYTES_MAX}: \
                 acknowledge without a payload, and send the response through the Web API"
            ),
            Self::Buffer { bytes } => write!(f, "the acknowledgement needs a buffer of {bytes} bytes"),
            Self::Payload(fault) => write!(f, "the payload of the acknowledgement is not one JSON value: {fault}"),
        }
    }
}

impl Error for Refused {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Payload(fault) => Some(fault),
            Self::TooLarge { .. } | Self::Buffer { .. } => None,
        }
    }
}
