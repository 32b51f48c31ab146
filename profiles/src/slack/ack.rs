//! The acknowledgement of an envelope, written into a buffer that the caller lends.

use core::error::Error;
use core::fmt;

use super::limits::FRAME_BYTES_MAX;
use crate::json::{self, Fault, Writer};

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
    let mut out = Writer::new(buffer);
    out.text("envelope_id", id);
    if let Some(payload) = payload {
        out.value("payload", payload);
    }
    match out.finish() {
        Err(bytes) if bytes <= FRAME_BYTES_MAX => Err(Refused::Buffer { bytes }),
        Ok(written) if written.len() <= FRAME_BYTES_MAX => Ok(written),
        Ok(written) => Err(Refused::TooLarge { bytes: written.len() }),
        Err(bytes) => Err(Refused::TooLarge { bytes }),
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
