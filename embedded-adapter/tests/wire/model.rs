//! Owns what RFC 6455 says about a stream of a server's frames, from the whole of it: slow, and written in another way than the guard.

use relink_embedded::wire::{FrameFault, Violation};

use crate::told::Told;

/// What a client has to say about the stream, and to answer: first byte and payload.
#[derive(Debug, Default)]
pub(crate) struct Model {
    pub(crate) told: Vec<Told>,
    pub(crate) answers: Vec<(u8, Vec<u8>)>,
    message: Option<Begun>,
}

#[derive(Debug)]
struct Begun {
    is_text: bool,
    is_too_large: bool,
    bytes: Vec<u8>,
    len: u64,
}

impl Model {
    /// `bytes_max`: the longest message there is room for.
    pub(crate) fn of(mut stream: &[u8], bytes_max: usize) -> Self {
        let mut model = Self::default();
        loop {
            match model.frame(stream, bytes_max as u64) {
                Ok(Some(rest)) => stream = rest,
                Ok(None) => return model,
                Err(fault) => {
                    model.told.push(Told::Violation(Violation::Frame(fault)));
                    return model;
                }
            }
        }
    }

    /// Reads one frame. None: it is not whole, or a Close.
    fn frame<'s>(&mut self, stream: &'s [u8], bytes_max: u64) -> Result<Option<&'s [u8]>, FrameFault> {
        let Some(&first) = stream.first() else { return Ok(None) };
        let (is_final, bits, opcode) = (first >= 0x80, first >> 4 & 7, first & 15);
        match (bits, opcode, self.message.is_some()) {
            (1.., ..) => return Err(FrameFault::Reserved { bits }),
            (_, 3..=7 | 11.., _) => return Err(FrameFault::Opcode(opcode)),
            (_, 0, false) => return Err(FrameFault::NothingToContinue),
            (_, 1 | 2, true) => return Err(FrameFault::NotContinued),
            (_, 8.., _) if !is_final => return Err(FrameFault::ControlFragmented),
            _ => {}
        }
        let Some((len, rest)) = length(&stream[1..], opcode)? else { return Ok(None) };
        let is_whole = rest.len() as u64 >= len;
        let (payload, rest) = rest.split_at(if is_whole { len as usize } else { rest.len() });
        if opcode < 8 {
            self.data(opcode, payload, len, bytes_max, is_final && is_whole)?;
        } else if is_whole && self.control(opcode, payload)? {
            return Ok(None);
        }
        Ok(is_whole.then_some(rest))
    }

    fn data(&mut self, opcode: u8, payload: &[u8], len: u64, bytes_max: u64, ends: bool) -> Result<(), FrameFault> {
        let mut message = self.message.take().unwrap_or(Begun { is_text: opcode == 1, is_too_large: false, bytes: Vec::new(), len: 0 });
        message.len += len;
        if message.len > bytes_max && !message.is_too_large {
            message.is_too_large = true;
            self.told.push(Told::TooLarge(message.len));
        }
        message.bytes.extend_from_slice(payload);
        if message.is_text {
            match std::str::from_utf8(&message.bytes) {
                Err(error) if ends || error.error_len().is_some() => return Err(FrameFault::Text),
                Ok(_) | Err(_) => {}
            }
        }
        if !ends {
            self.message = Some(message);
        } else if !message.is_too_large {
            self.told.push(match String::from_utf8(message.bytes) {
                Ok(text) if message.is_text => Told::Text(text),
                Ok(bytes) => Told::Binary(bytes.into_bytes()),
                Err(bytes) => Told::Binary(bytes.into_bytes()),
            });
        }
        Ok(())
    }

    /// Whether it was a Close.
    fn control(&mut self, opcode: u8, payload: &[u8]) -> Result<bool, FrameFault> {
        match opcode {
            9 => {
                self.told.push(Told::Ping);
                self.answers.push((0x8A, payload.to_vec()));
            }
            10 => self.told.push(Told::Pong),
            _ if payload.is_empty() => {
                self.told.push(Told::Closed(None, String::new()));
                self.answers.push((0x88, 1000_u16.to_be_bytes().to_vec()));
            }
            _ => {
                let (code, reason) = payload.split_at(2);
                let number = u16::from_be_bytes([code[0], code[1]]);
                if !(1000..5000).contains(&number) || (1016..3000).contains(&number) || [1004, 1005, 1006, 1015].contains(&number) {
                    return Err(FrameFault::CloseCode(number));
                }
                let reason = String::from_utf8(reason.to_vec()).map_err(|_| FrameFault::CloseReason)?;
                self.told.push(Told::Closed(Some(number), reason));
                self.answers.push((0x88, code.to_vec()));
            }
        }
        Ok(opcode == 8)
    }
}

/// The length of a frame's payload, and what stands behind it; none, if it is not whole.
fn length(stream: &[u8], opcode: u8) -> Result<Option<(u64, &[u8])>, FrameFault> {
    let Some((&short, rest)) = stream.split_first() else { return Ok(None) };
    let (count, len_min) = match short {
        128.. => return Err(FrameFault::Masked),
        1 if opcode == 8 => return Err(FrameFault::CloseLength),
        0..=125 => return Ok(Some((u64::from(short), rest))),
        126 | 127 if opcode >= 8 => return Err(FrameFault::ControlTooLong),
        126 => (2, 126),
        127 => (8, 65_536),
    };
    let Some((long, rest)) = rest.split_at_checked(count) else { return Ok(None) };
    match long.iter().fold(0, |len, &byte| len * 256 + u64::from(byte)) {
        len if len > i64::MAX as u64 => Err(FrameFault::Length),
        len if len < len_min => Err(FrameFault::NotMinimal),
        len => Ok(Some((len, rest))),
    }
}
