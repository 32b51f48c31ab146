//! Owns WebSocket frames as bytes (RFC 6455 §5.2): written as told, right or wrong, and read as a server reads them.

use std::fmt;

use bytes::{Buf, BytesMut};

/// The longest payload that is read from a client, in bytes.
pub const PAYLOAD_MAX: usize = 16 << 20;

/// What a frame is (RFC 6455 §11.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opcode {
    /// 0x0: the rest of a message.
    Continuation,
    /// 0x1: a message of text, or its beginning.
    Text,
    /// 0x2: a message of bytes, or its beginning.
    Binary,
    /// 0x8: the closing handshake.
    Close,
    /// 0x9: a ping.
    Ping,
    /// 0xA: a pong.
    Pong,
    /// 0x3–0x7 and 0xB–0xF: nothing that is defined.
    Reserved(u8),
}

impl Opcode {
    const fn from_bits(bits: u8) -> Self {
        match bits & 0xF {
            0x0 => Self::Continuation,
            0x1 => Self::Text,
            0x2 => Self::Binary,
            0x8 => Self::Close,
            0x9 => Self::Ping,
            0xA => Self::Pong,
            other => Self::Reserved(other),
        }
    }

    const fn bits(self) -> u8 {
        match self {
            Self::Continuation => 0x0,
            Self::Text => 0x1,
            Self::Binary => 0x2,
            Self::Close => 0x8,
            Self::Ping => 0x9,
            Self::Pong => 0xA,
            Self::Reserved(bits) => bits & 0xF,
        }
    }
}

/// One frame. Nothing about it is checked: the fields say what stands on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// FIN: the last frame of its message.
    pub last: bool,
    /// RSV1, RSV2 and RSV3 as the number 0–7; anything but 0 needs an extension that nobody agreed on.
    pub reserved_bits: u8,
    /// What the frame is.
    pub opcode: Opcode,
    /// The masking key. A client must mask, a server must not (RFC 6455 §5.1).
    pub mask: Option<[u8; 4]>,
    /// The payload, unmasked.
    pub payload: Vec<u8>,
}

impl Frame {
    /// A whole, unmasked frame.
    #[must_use]
    pub fn new(opcode: Opcode, payload: impl Into<Vec<u8>>) -> Self {
        Self { last: true, reserved_bits: 0, opcode, mask: None, payload: payload.into() }
    }

    /// A Close frame with this code and no reason, be the code allowed or not.
    #[must_use]
    pub fn close(code: u16) -> Self {
        Self::new(Opcode::Close, code.to_be_bytes())
    }

    /// The same frame, masked with `key`.
    #[must_use]
    pub fn masked(self, key: [u8; 4]) -> Self {
        Self { mask: Some(key), ..self }
    }

    /// The same frame with RSV1–RSV3 set to these three bits.
    #[must_use]
    pub fn reserved(self, bits: u8) -> Self {
        Self { reserved_bits: bits & 7, ..self }
    }

    /// The same frame as one that others follow: FIN is not set.
    #[must_use]
    pub fn unfinished(self) -> Self {
        Self { last: false, ..self }
    }

    /// The code in a Close frame; `None` if it holds none.
    #[must_use]
    pub fn close_code(&self) -> Option<u16> {
        let code = self.payload.first_chunk::<2>()?;
        Some(u16::from_be_bytes(*code))
    }

    /// The frame's bytes on the wire.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.header(self.payload.len() as u64);
        let start = bytes.len();
        bytes.extend_from_slice(&self.payload);
        if let (Some(key), Some(payload)) = (self.mask, bytes.get_mut(start..)) {
            apply_mask(payload, key);
        }
        bytes
    }

    /// The bytes before the payload, for a payload that is said to be `length` bytes long.
    #[must_use]
    pub fn header(&self, length: u64) -> Vec<u8> {
        let mask_bit = if self.mask.is_some() { 0x80 } else { 0 };
        let mut bytes = vec![u8::from(self.last) << 7 | (self.reserved_bits & 7) << 4 | self.opcode.bits()];
        match length {
            0..=125 => bytes.push(mask_bit | length as u8),
            126..=0xFFFF => {
                bytes.push(mask_bit | 126);
                bytes.extend_from_slice(&(length as u16).to_be_bytes());
            }
            0x1_0000.. => {
                bytes.push(mask_bit | 127);
                bytes.extend_from_slice(&length.to_be_bytes());
            }
        }
        bytes.extend(self.mask.into_iter().flatten());
        bytes
    }
}

/// Frames out of bytes that come in pieces.
#[derive(Debug, Default)]
pub struct Decoder {
    /// What has been read and not yet taken out as a frame.
    pub buffer: BytesMut,
}

impl Decoder {
    /// Takes the next whole frame out of the buffer; `None` if it is not all there yet.
    ///
    /// # Errors
    /// [`TooLong`] if its payload is said to be longer than [`PAYLOAD_MAX`].
    pub fn next_frame(&mut self) -> Result<Option<Frame>, TooLong> {
        let Some((header, length, mask)) = self.peek_header() else { return Ok(None) };
        if length > PAYLOAD_MAX as u64 {
            return Err(TooLong(length));
        }
        let length = length as usize;
        if self.buffer.len() < header + length {
            return Ok(None);
        }
        let first = self.buffer.first().copied().unwrap_or_default();
        self.buffer.advance(header);
        let mut payload = self.buffer.split_to(length).to_vec();
        if let Some(key) = mask {
            apply_mask(&mut payload, key);
        }
        let (last, reserved_bits, opcode) = (first & 0x80 != 0, first >> 4 & 7, Opcode::from_bits(first));
        Ok(Some(Frame { last, reserved_bits, opcode, mask, payload }))
    }

    /// The length of the header, the length of the payload and the masking key, if they are all there.
    fn peek_header(&self) -> Option<(usize, u64, Option<[u8; 4]>)> {
        let second = *self.buffer.get(1)?;
        let (start, length) = match second & 0x7F {
            126 => (4, u64::from(u16::from_be_bytes(*self.buffer.get(2..)?.first_chunk()?))),
            127 => (10, u64::from_be_bytes(*self.buffer.get(2..)?.first_chunk()?)),
            short => (2, u64::from(short)),
        };
        if second & 0x80 == 0 {
            return Some((start, length, None));
        }
        let key = *self.buffer.get(start..)?.first_chunk::<4>()?;
        Some((start + 4, length, Some(key)))
    }
}

/// A client's frame said it is longer than this server reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong(pub u64);

impl fmt::Display for TooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a frame of {} bytes; this server reads at most {PAYLOAD_MAX}", self.0)
    }
}

impl std::error::Error for TooLong {}

fn apply_mask(payload: &mut [u8], key: [u8; 4]) {
    for (byte, key) in payload.iter_mut().zip(key.iter().cycle()) {
        *byte ^= key;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_the_rfc_are_written_and_read() {
        // RFC 6455 §5.7
        assert_eq!(Frame::new(Opcode::Text, "Hello").to_bytes(), b"\x81\x05Hello");
        let masked = Frame::new(Opcode::Text, "Hello").masked([0x37, 0xfa, 0x21, 0x3d]);
        assert_eq!(masked.to_bytes(), b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58");
        assert_eq!(Frame::new(Opcode::Text, "Hel").unfinished().to_bytes(), b"\x01\x03Hel");
        assert_eq!(Frame::new(Opcode::Binary, vec![0; 256]).to_bytes()[..4], *b"\x82\x7E\x01\x00");
        assert_eq!(Frame::new(Opcode::Binary, vec![0; 65536]).to_bytes()[..10], *b"\x82\x7F\0\0\0\0\0\x01\0\0");

        let mut decoder = Decoder { buffer: BytesMut::from(&masked.to_bytes()[..]) };
        assert_eq!(decoder.next_frame(), Ok(Some(masked)));
        assert_eq!(decoder.next_frame(), Ok(None));
    }

    #[test]
    fn a_frame_in_single_bytes_is_read_once_it_is_whole() {
        for length in [0_usize, 1, 125, 126, 65_535, 65_536] {
            let frame = Frame::new(Opcode::Binary, vec![7; length]).masked([1, 2, 3, 4]).reserved(5);
            let bytes = frame.to_bytes();
            let mut decoder = Decoder::default();
            for byte in &bytes[..bytes.len() - 1] {
                decoder.buffer.extend_from_slice(&[*byte]);
                assert_eq!(decoder.next_frame(), Ok(None));
            }
            decoder.buffer.extend_from_slice(&bytes[bytes.len() - 1..]);
            assert_eq!(decoder.next_frame(), Ok(Some(frame)));
            assert!(decoder.buffer.is_empty());
        }
    }

    #[test]
    fn a_frame_too_long_to_read_is_refused_at_its_header() {
        let header = Frame::new(Opcode::Binary, "").masked([0; 4]).header(u64::MAX);
        let mut decoder = Decoder { buffer: BytesMut::from(&header[..]) };
        assert_eq!(decoder.next_frame(), Err(TooLong(u64::MAX)));
    }
}
