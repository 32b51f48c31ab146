//! Owns the framing: another crate's reading and writing of single frames, behind the guard.

use core::ops::Range;

use ws_framer::{WsFrame, WsRxFramer, WsTxFramer};

/// What is sent in one frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frame<'a> {
    /// A text message.
    Text(&'a str),
    /// A binary message.
    Binary(&'a [u8]),
    /// A ping of at most 125 bytes.
    Ping(&'a [u8]),
    /// A pong of at most 125 bytes.
    Pong(&'a [u8]),
    /// A Close with a code and a reason of at most 123 bytes.
    Close(u16, &'a str),
}

/// How single frames are read and written.
///
/// No state is kept from one frame to the next, so nothing that is left over from one can harm the next one, and a
/// connection that ends leaves nothing behind. Fragments are put together before: each is read as a message of its own.
pub trait Framing {
    /// Where in `frame` the payload is: one whole binary message in one unmasked frame, of which the guard has seen that
    /// it is correct. None, if that cannot be told.
    fn payload(frame: &mut [u8]) -> Option<Range<usize>>;

    /// Writes one whole frame, masked with this key, to the beginning of `out`, and tells how long it is; none, if it does not fit.
    fn write(frame: Frame<'_>, key: [u8; 4], out: &mut [u8]) -> Option<usize>;
}

/// The framing of the crate `ws-framer`.
#[derive(Clone, Copy, Debug)]
pub struct WsFramer;

impl Framing for WsFramer {
    fn payload(frame: &mut [u8]) -> Option<Range<usize>> {
        let len = frame.len();
        let mut framer = WsRxFramer::new(frame);
        framer.advance(len);
        match framer.next_frame()? {
            Ok(WsFrame::Binary(payload)) => Some(len.checked_sub(payload.len())?..len),
            Ok(WsFrame::Text(_) | WsFrame::Close(..) | WsFrame::Ping(_) | WsFrame::Pong(_)) | Err(_) => None,
        }
    }

    fn write(frame: Frame<'_>, key: [u8; 4], out: &mut [u8]) -> Option<usize> {
        let (frame, payload_len) = match frame {
            Frame::Text(text) => (WsFrame::Text(text), text.len()),
            Frame::Binary(bytes) => (WsFrame::Binary(bytes), bytes.len()),
            Frame::Ping(bytes) => (WsFrame::Ping(bytes), bytes.len()),
            Frame::Pong(bytes) => (WsFrame::Pong(bytes), bytes.len()),
            Frame::Close(code, reason) => (WsFrame::Close(code, reason), reason.len().saturating_add(2)),
        };
        let len = WsTxFramer::new(true, out).frame(frame)?.len();
        // Built without a source of random numbers its key is zero; with one (for another crate's sake) it is masked already.
        // Either way this masks with the sum of both keys, and says so in the header.
        let masked = len.checked_sub(payload_len.checked_add(key.len())?)?;
        let (stored, payload) = out.get_mut(masked..len)?.split_at_mut_checked(key.len())?;
        mask(stored, key);
        mask(payload, key);
        Some(len)
    }
}

/// RFC 6455 §5.3.
fn mask(bytes: &mut [u8], key: [u8; 4]) {
    for (byte, key) in bytes.iter_mut().zip(key.into_iter().cycle()) {
        *byte ^= key;
    }
}
