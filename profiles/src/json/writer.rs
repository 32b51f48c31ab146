//! The writing of a JSON object into a buffer that the caller lends.

use super::Text;

/// An object that is written member by member, into a buffer that goes on counting when it is full.
pub(crate) struct Writer<'b> {
    buffer: &'b mut [u8],
    bytes: usize,
    /// The byte written last, kept or not.
    last: u8,
}

/// The most digits of a `u64`.
const DIGITS_MAX: usize = 20;

impl<'b> Writer<'b> {
    pub(crate) fn new(buffer: &'b mut [u8]) -> Self {
        let mut out = Self { buffer, bytes: 0, last: 0 };
        out.push("{");
        out
    }

    /// A member whose value is a string.
    pub(crate) fn text(&mut self, name: &str, text: &str) {
        self.name(name);
        self.push("\"");
        text.bytes().for_each(|byte| self.push_escaped(byte));
        self.push("\"");
    }

    /// A member whose value is a string that came, with the escapes with which it came.
    pub(crate) fn string(&mut self, name: &str, text: Text<'_>) {
        self.name(name);
        self.push("\"");
        self.push(text.raw());
        self.push("\"");
    }

    /// A member whose value is JSON already.
    pub(crate) fn value(&mut self, name: &str, value: &str) {
        self.name(name);
        self.push(value);
    }

    /// A member whose value is a whole number.
    pub(crate) fn number(&mut self, name: &str, number: i64) {
        self.name(name);
        if number < 0 {
            self.push("-");
        }
        self.push_digits(number.unsigned_abs());
    }

    /// A member whose value is a whole number, written as a string.
    pub(crate) fn number_as_text(&mut self, name: &str, number: u64) {
        self.name(name);
        self.push("\"");
        self.push_digits(number);
        self.push("\"");
    }

    pub(crate) fn flag(&mut self, name: &str, flag: bool) {
        self.value(name, if flag { "true" } else { "false" });
    }

    /// A member whose value is an object, of the members that `write` writes.
    pub(crate) fn object(&mut self, name: &str, write: impl FnOnce(&mut Self)) {
        self.value(name, "{");
        write(self);
        self.push("}");
    }

    /// What was written; if it does not fit: how many bytes it takes.
    pub(crate) fn finish(mut self) -> Result<&'b str, usize> {
        self.push("}");
        let bytes = self.bytes;
        let written: Option<&'b [u8]> = self.buffer.get(..bytes);
        written.and_then(|written| core::str::from_utf8(written).ok()).ok_or(bytes)
    }

    /// A member's name, which needs no escapes, behind a comma unless it is the first.
    fn name(&mut self, name: &str) {
        if self.last != b'{' {
            self.push(",");
        }
        self.push("\"");
        self.push(name);
        self.push("\":");
    }

    fn push(&mut self, text: &str) {
        text.bytes().for_each(|byte| self.push_byte(byte));
    }

    fn push_byte(&mut self, byte: u8) {
        if let Some(place) = self.buffer.get_mut(self.bytes) {
            *place = byte;
        }
        self.last = byte;
        self.bytes = self.bytes.saturating_add(1);
    }

    fn push_digits(&mut self, number: u64) {
        let (mut digits, mut rest, mut first) = ([b'0'; DIGITS_MAX], number, DIGITS_MAX);
        for place in digits.iter_mut().rev() {
            *place = b'0' | (rest % 10) as u8;
            rest /= 10;
            first = first.saturating_sub(1);
            if rest == 0 {
                break;
            }
        }
        digits.iter().skip(first).for_each(|digit| self.push_byte(*digit));
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
}
