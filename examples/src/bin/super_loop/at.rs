//! Owns the talk with a modem of one socket, in a made-up dialect like that of many: to be adapted to the data sheet at hand.
//!
//! ```text
//! AT+CIPSTART     dials: CONNECT OK or CONNECT FAIL       +IPD,5:hello   5 bytes came in
//! AT+CIPSEND=5    > asks for 5 bytes; then SEND OK        CLOSED         the connection has ended
//! AT+CIPCLOSE     hangs up: CLOSE OK                      RDY            the modem has started (anew)
//! ```

use core::str;

use relink_core::{Instant, Millis};

/// What is sent at a time.
const CHUNK_BYTES: usize = 64;
/// A modem that does not answer for so long is reset. Longer than any dial takes.
const ANSWER_TIMEOUT: Millis = Millis::from_secs(15);

/// The wires to the modem.
pub(crate) trait Uart {
    /// The next byte, if there is one.
    fn read(&mut self) -> Option<u8>;
    /// Whether this byte was taken.
    fn write(&mut self, byte: u8) -> bool;
    /// Pulls the modem's reset line.
    fn reset(&mut self);
}

/// What the modem says of the connection that is wanted.
pub(crate) enum Said {
    Connected,
    NotConnected,
    /// So many bytes came in.
    Received(usize),
    /// So many of the bytes offered were taken.
    Sent(usize),
    Ended,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Want {
    Nothing,
    /// A connection that is not begun: what there is, is another.
    Fresh,
    /// The one that was begun last.
    Begun,
}

/// The command that is not answered yet.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Busy {
    Starting,
    Dialling,
    Sending,
    HangingUp,
}

pub(crate) struct Modem {
    want: Want,
    is_open: bool,
    busy: Option<Busy>,
    answer_by: Instant,
    /// It was reset with the connection that is wanted.
    has_failed: bool,
    line: [u8; 32],
    line_len: usize,
    /// Bytes of a connection that follow in place of lines.
    data_left: usize,
    chunk: [u8; CHUNK_BYTES],
    chunk_len: usize,
    out: Out,
}

/// Bytes on their way into the UART.
struct Out {
    bytes: [u8; CHUNK_BYTES],
    start: usize,
    end: usize,
}

impl Modem {
    pub(crate) const fn new() -> Self {
        Self {
            want: Want::Nothing,
            is_open: false,
            busy: Some(Busy::Starting),
            answer_by: Instant::ZERO,
            has_failed: false,
            line: [0; 32],
            line_len: 0,
            data_left: 0,
            chunk: [0; CHUNK_BYTES],
            chunk_len: 0,
            out: Out { bytes: [0; CHUNK_BYTES], start: 0, end: 0 },
        }
    }

    pub(crate) const fn dial(&mut self) {
        self.want = Want::Fresh;
    }

    pub(crate) const fn hang_up(&mut self) {
        self.want = Want::Nothing;
    }

    pub(crate) fn is_connected(&self) -> bool {
        self.want == Want::Begun && self.is_open
    }

    /// Takes as much of this as goes at a time, if nothing is on its way. What it took is to be offered until it was [`Said::Sent`].
    pub(crate) fn offer(&mut self, bytes: &[u8]) {
        if self.busy.is_none() && self.is_connected() {
            self.chunk_len = bytes.len().min(CHUNK_BYTES);
            self.chunk[..self.chunk_len].copy_from_slice(&bytes[..self.chunk_len]);
        }
    }

    /// When the modem's patience with the modem ends.
    pub(crate) const fn deadline(&self) -> Instant {
        if self.busy.is_some() { self.answer_by } else { Instant::NEVER }
    }

    /// The next thing that the modem says; bytes of the connection come into `space`, none are read while there is none.
    pub(crate) fn listen(&mut self, now: Instant, uart: &mut impl Uart, space: &mut [u8]) -> Option<Said> {
        if core::mem::take(&mut self.has_failed) {
            return Some(Said::Ended);
        }
        loop {
            if self.data_left == 0 {
                let byte = uart.read()?;
                if let Some(said) = self.byte(byte, now) {
                    return Some(said);
                }
            } else if self.want != Want::Begun {
                uart.read()?;
                self.data_left -= 1;
            } else {
                let room = space.iter_mut().take(self.data_left);
                let count = room.map_while(|place| uart.read().map(|byte| *place = byte)).count();
                self.data_left -= count;
                return (count > 0).then_some(Said::Received(count));
            }
        }
    }

    fn byte(&mut self, byte: u8, now: Instant) -> Option<Said> {
        match byte {
            b'>' if self.line_len == 0 => {
                if self.busy == Some(Busy::Sending) {
                    self.out.put(&self.chunk[..self.chunk_len]);
                    self.answer_by = now.after(ANSWER_TIMEOUT);
                }
            }
            b':' if self.line[..self.line_len].starts_with(b"+IPD,") => {
                self.data_left = number(&self.line[5..self.line_len]);
                self.line_len = 0;
            }
            b'\n' => {
                let len = core::mem::take(&mut self.line_len);
                let line = self.line;
                return self.understand(line[..len].trim_ascii());
            }
            b' ' if self.line_len == 0 => {}
            _ => {
                if let Some(place) = self.line.get_mut(self.line_len) {
                    *place = byte;
                    self.line_len += 1;
                }
            }
        }
        None
    }

    fn understand(&mut self, line: &[u8]) -> Option<Said> {
        let is_wanted = self.want == Want::Begun;
        match line {
            b"CONNECT OK" => {
                (self.busy, self.is_open) = (None, true);
                is_wanted.then_some(Said::Connected)
            }
            b"CONNECT FAIL" => {
                self.busy = None;
                self.ended(Said::NotConnected)
            }
            b"SEND OK" => {
                self.busy = None;
                let count = core::mem::take(&mut self.chunk_len);
                is_wanted.then_some(Said::Sent(count))
            }
            b"CLOSE OK" => {
                (self.busy, self.is_open) = (None, false);
                None
            }
            b"ERROR" => {
                // The socket was gone before the command came; or the command makes no sense to it. Either way there is none now.
                (self.busy, self.is_open) = (None, false);
                self.ended(Said::Ended)
            }
            b"CLOSED" => {
                self.is_open = false;
                self.ended(Said::Ended)
            }
            b"RDY" => {
                (self.busy, self.is_open) = (None, false);
                self.out.clear();
                self.ended(Said::Ended)
            }
            _ => None,
        }
    }

    /// The connection that was begun is over.
    fn ended(&mut self, said: Said) -> Option<Said> {
        let is_wanted = self.want == Want::Begun;
        if is_wanted {
            self.want = Want::Nothing;
        }
        is_wanted.then_some(said)
    }

    /// Gives the modem its next command, and an end if it answers none.
    pub(crate) fn poll(&mut self, now: Instant, uart: &mut impl Uart) {
        if self.busy.is_none() {
            let (busy, command): (Busy, &[u8]) = match (self.is_open, self.want) {
                (true, Want::Nothing | Want::Fresh) => (Busy::HangingUp, b"AT+CIPCLOSE\r\n"),
                (false, Want::Fresh) => (Busy::Dialling, b"AT+CIPSTART\r\n"),
                (true, Want::Begun) if self.chunk_len > 0 => (Busy::Sending, &send(self.chunk_len)),
                (_, Want::Begun) | (false, Want::Nothing) => return,
            };
            if busy == Busy::Dialling {
                (self.want, self.chunk_len) = (Want::Begun, 0);
            }
            self.out.put(command);
            (self.busy, self.answer_by) = (Some(busy), now.after(ANSWER_TIMEOUT));
        } else if now >= self.answer_by {
            uart.reset();
            self.has_failed = self.ended(Said::Ended).is_some();
            *self = Self { want: self.want, has_failed: self.has_failed, answer_by: now.after(ANSWER_TIMEOUT), ..Self::new() };
        }
        self.out.flush(uart);
    }
}

impl Out {
    fn put(&mut self, bytes: &[u8]) {
        // It is empty by now: the modem answers each command before the next one.
        self.bytes[..bytes.len()].copy_from_slice(bytes);
        (self.start, self.end) = (0, bytes.len());
    }

    const fn clear(&mut self) {
        (self.start, self.end) = (0, 0);
    }

    fn flush(&mut self, uart: &mut impl Uart) {
        while self.start < self.end && uart.write(self.bytes[self.start]) {
            self.start += 1;
        }
    }
}

/// `AT+CIPSEND=05`.
fn send(len: usize) -> [u8; 15] {
    let mut command = *b"AT+CIPSEND=00\r\n";
    // Two digits: a chunk is shorter than 100 bytes.
    command[11] += (len / 10 % 10) as u8;
    command[12] += (len % 10) as u8;
    command
}

fn number(digits: &[u8]) -> usize {
    str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok()).unwrap_or(0)
}
