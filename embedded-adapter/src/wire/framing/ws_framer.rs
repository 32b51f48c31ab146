//! Owns the framing of the crate `ws-framer`.

use ws_framer::{WsFrame, WsTxFramer};

use super::{Frame, Framing};

/// The framing of the crate `ws-framer`.
#[derive(Clone, Copy, Debug)]
pub struct WsFramer;

impl Framing for WsFramer {
    // By itself, so that the compiler's output shows whose the bounds checks are.
    #[inline(never)]
    fn write(frame: Frame<'_>, key: [u8; 4], out: &mut [u8]) -> Option<usize> {
        let payload_len = frame.payload_len();
        let frame = match frame {
            Frame::Text(text) => WsFrame::Text(text),
            Frame::Binary(bytes) => WsFrame::Binary(bytes),
            Frame::Ping(bytes) => WsFrame::Ping(bytes),
            Frame::Pong(bytes) => WsFrame::Pong(bytes),
            Frame::Close(code, reason) => WsFrame::Close(code, reason),
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
    let mut key = u32::from_le_bytes(key);
    for byte in bytes {
        *byte ^= key.to_le_bytes()[0];
        key = key.rotate_right(8);
    }
}
