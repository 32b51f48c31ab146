//! Owns the header of a frame: read byte by byte, wrong with the first byte that is.

use crate::wire::violation::FrameFault;

/// What a frame is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Opcode {
    Continuation,
    Text,
    Binary,
    Close,
    Ping,
    Pong,
}

impl Opcode {
    pub(super) const fn is_control(self) -> bool {
        match self {
            Self::Close | Self::Ping | Self::Pong => true,
            Self::Continuation | Self::Text | Self::Binary => false,
        }
    }

    const fn of(byte: u8) -> Result<Self, FrameFault> {
        Ok(match byte & 0x0F {
            0 => Self::Continuation,
            1 => Self::Text,
            2 => Self::Binary,
            8 => Self::Close,
            9 => Self::Ping,
            10 => Self::Pong,
            unknown => return Err(FrameFault::Opcode(unknown)),
        })
    }
}

/// A header that is complete.
#[derive(Clone, Copy, Debug)]
pub(super) struct Header {
    pub(super) opcode: Opcode,
    pub(super) is_final: bool,
    pub(super) len: u64,
}

/// A header that is not complete: what the next byte is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Partial {
    First,
    Second { opcode: Opcode, is_final: bool },
    Length { opcode: Opcode, is_final: bool, len: u64, left: u8, len_min: u64 },
}

/// What became of a header with one more byte.
pub(super) enum Read {
    More(Partial),
    Whole(Header),
}

impl Partial {
    /// One more byte. `in_message`: whether the fragments of a message are not complete.
    pub(super) fn push(self, byte: u8, in_message: bool) -> Result<Read, FrameFault> {
        match self {
            Self::First => first(byte, in_message).map(Read::More),
            Self::Second { opcode, is_final } => second(byte, opcode, is_final),
            Self::Length { opcode, is_final, len, left, len_min } => {
                let len = (len << 8) | u64::from(byte);
                let left = left.saturating_sub(1);
                if left > 0 {
                    return Ok(Read::More(Self::Length { opcode, is_final, len, left, len_min }));
                }
                if len >> 63 != 0 {
                    return Err(FrameFault::Length);
                }
                if len < len_min {
                    return Err(FrameFault::NotMinimal);
                }
                Ok(Read::Whole(Header { opcode, is_final, len }))
            }
        }
    }
}

fn first(byte: u8, in_message: bool) -> Result<Partial, FrameFault> {
    let bits = (byte >> 4) & 0b111;
    if bits != 0 {
        return Err(FrameFault::Reserved { bits });
    }
    let opcode = Opcode::of(byte)?;
    let is_final = byte & 0x80 != 0;
    match opcode {
        Opcode::Continuation if !in_message => Err(FrameFault::NothingToContinue),
        Opcode::Text | Opcode::Binary if in_message => Err(FrameFault::NotContinued),
        Opcode::Close | Opcode::Ping | Opcode::Pong if !is_final => Err(FrameFault::ControlFragmented),
        Opcode::Continuation | Opcode::Text | Opcode::Binary | Opcode::Close | Opcode::Ping | Opcode::Pong => {
            Ok(Partial::Second { opcode, is_final })
        }
    }
}

fn second(byte: u8, opcode: Opcode, is_final: bool) -> Result<Read, FrameFault> {
    if byte & 0x80 != 0 {
        return Err(FrameFault::Masked);
    }
    let (left, len_min) = match byte {
        126 => (2, 126),
        127 => (8, 1 << 16),
        len => {
            let len = u64::from(len);
            return if opcode == Opcode::Close && len == 1 {
                Err(FrameFault::CloseLength)
            } else {
                Ok(Read::Whole(Header { opcode, is_final, len }))
            };
        }
    };
    if opcode.is_control() {
        return Err(FrameFault::ControlTooLong);
    }
    Ok(Read::More(Partial::Length { opcode, is_final, len: 0, left, len_min }))
}
