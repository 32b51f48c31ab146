//! A JSON string as it came: its escapes are read when somebody looks.

use core::cmp::Ordering;
use core::fmt::{self, Write};

use super::Problem;

/// A JSON string, borrowed with its escapes (RFC 8259 §7). What it compares with, prints and yields is what it means.
#[derive(Clone, Copy, Default)]
pub struct Text<'a> {
    raw: &'a str,
}

impl<'a> Text<'a> {
    /// A string that was checked, if it is one: what stands between its quotation marks.
    pub(super) fn quoted(value: &'a str) -> Option<Self> {
        // Not by `strip_suffix`: of that a compiler for size leaves a panic in the program.
        let [b'"', .., b'"'] = value.as_bytes() else { return None };
        value.get(1..value.len().wrapping_sub(1)).map(|raw| Self { raw })
    }

    /// The string as it came, escapes and all.
    #[must_use]
    pub const fn raw(self) -> &'a str {
        self.raw
    }

    /// The string, if it has no escapes.
    #[must_use]
    pub fn plain(self) -> Option<&'a str> {
        if self.raw.contains('\\') { None } else { Some(self.raw) }
    }

    /// Whether nothing is in it.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.raw.is_empty()
    }

    /// The characters it means.
    #[must_use]
    pub const fn chars(self) -> Chars<'a> {
        Chars { rest: self.raw }
    }

    /// Writes what it means into a buffer the caller lends; `None` if it does not fit. As long as [`raw`](Self::raw) is enough.
    pub fn write_to<'b>(&self, buffer: &'b mut [u8]) -> Option<&'b str> {
        let mut length = 0_usize;
        for char in self.chars() {
            for &byte in char.encode_utf8(&mut [0; 4]).as_bytes() {
                *buffer.get_mut(length)? = byte;
                length = length.saturating_add(1);
            }
        }
        core::str::from_utf8(buffer.get(..length)?).ok()
    }
}

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.chars().try_for_each(|char| f.write_char(char))
    }
}

impl fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        for char in self.chars() {
            write!(f, "{}", char.escape_debug())?;
        }
        f.write_char('"')
    }
}

impl PartialEq for Text<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.raw == other.raw || self.chars().eq(other.chars())
    }
}

impl Eq for Text<'_> {}

impl PartialEq<str> for Text<'_> {
    fn eq(&self, other: &str) -> bool {
        // Each escape is longer than the character it means.
        match self.raw.len().cmp(&other.len()) {
            Ordering::Less => false,
            Ordering::Equal => self.raw == other && self.plain().is_some(),
            Ordering::Greater => self.plain().is_none() && self.chars().eq(other.chars()),
        }
    }
}

impl PartialEq<&str> for Text<'_> {
    fn eq(&self, other: &&str) -> bool {
        *self == **other
    }
}

/// The characters that a [`Text`] means.
#[derive(Clone, Debug)]
pub struct Chars<'a> {
    rest: &'a str,
}

impl Iterator for Chars<'_> {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        unescape(&mut self.rest)
    }
}

/// The next character that a string means, from within a string that was checked.
pub(crate) fn unescape(rest: &mut &str) -> Option<char> {
    let mut chars = rest.chars();
    let next = chars.next()?;
    if next != '\\' {
        *rest = chars.as_str();
        return Some(next);
    }
    let mut after = rest.as_bytes();
    let char = read_escape(&mut after).unwrap_or(char::REPLACEMENT_CHARACTER);
    let length = rest.len().saturating_sub(after.len());
    *rest = rest.get(length..).unwrap_or_default();
    Some(char)
}

/// Reads what begins with a backslash, both halves of a surrogate pair among it.
pub(super) fn read_escape(rest: &mut &[u8]) -> Result<char, Problem> {
    let code = match read_unit(rest)? {
        high @ 0xD800..0xDC00 => match read_unit(rest) {
            Ok(low @ 0xDC00..0xE000) => 0x1_0000_u32.saturating_add((high & 0x3FF) << 10 | (low & 0x3FF)),
            Err(Problem::Ends) => return Err(Problem::Ends),
            Ok(_) | Err(_) => return Err(Problem::Surrogate),
        },
        code => code,
    };
    // What is left and no character is the second half of a pair without the first.
    char::from_u32(code).ok_or(Problem::Surrogate)
}

/// Reads one escape: a character, or half of one.
fn read_unit(rest: &mut &[u8]) -> Result<u32, Problem> {
    let (&backslash, after) = rest.split_first().ok_or(Problem::Ends)?;
    let (&letter, after) = after.split_first().ok_or(Problem::Ends)?;
    *rest = after;
    let char = match letter {
        _ if backslash != b'\\' => return Err(Problem::Escape),
        b'"' | b'\\' | b'/' => letter,
        b'b' => 0x08,
        b'f' => 0x0C,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'u' => return read_hex(rest),
        _ => return Err(Problem::Escape),
    };
    Ok(u32::from(char))
}

fn read_hex(rest: &mut &[u8]) -> Result<u32, Problem> {
    let mut code = 0;
    for _ in 0..4 {
        let (&byte, after) = rest.split_first().ok_or(Problem::Ends)?;
        let digit = char::from(byte).to_digit(16).ok_or(Problem::Escape)?;
        code = (code << 4) | digit;
        *rest = after;
    }
    Ok(code)
}
