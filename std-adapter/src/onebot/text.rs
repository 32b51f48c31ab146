//! The text of messages: a part of one that came in, and one that is written for sending.

use std::fmt;
use std::ops::Range;

use relink_profiles::Unwritten;

use crate::ws::{Message, Utf8Bytes};

/// A part of a message that came in: the exact bytes, kept with the message and not copied.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Part {
    text: Utf8Bytes,
    range: Range<usize>,
}

impl Part {
    /// `part` is a slice of `text`.
    pub(super) fn of(text: &Utf8Bytes, part: &str) -> Self {
        let begin = part.as_ptr().addr().saturating_sub(text.as_str().as_ptr().addr());
        Self { text: text.clone(), range: begin..begin.saturating_add(part.len()) }
    }

    pub(super) fn as_str(&self) -> &str {
        self.text.get(self.range.clone()).unwrap_or_default()
    }
}

impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

/// The text of a message; bytes are taken for text where they are.
pub(super) fn of(message: &Message) -> Option<Utf8Bytes> {
    match message {
        Message::Text(text) => Some(text.clone()),
        Message::Binary(bytes) => Utf8Bytes::try_from(bytes.clone()).ok(),
    }
}

/// What a function of the profile writes, in a buffer as long as it has to be: so long at first.
pub(super) fn written(bytes: usize, write: impl Fn(&mut [u8]) -> Result<&str, Unwritten>) -> Result<String, Unwritten> {
    let mut buffer = vec![0; bytes];
    let length = match write(&mut buffer) {
        Err(Unwritten::Buffer { bytes }) => {
            buffer.resize(bytes, 0);
            write(&mut buffer)?.len()
        }
        written => written?.len(),
    };
    buffer.truncate(length);
    Ok(String::from_utf8(buffer).unwrap_or_default())
}

/// The seconds since 1970.
pub(super) fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_the_exact_bytes() {
        let text = Utf8Bytes::from(r#"{"echo": {"ä" : 1}}"#);
        let part = Part::of(&text, &text.as_str()[9..19]);
        assert_eq!(part.as_str(), "{\"ä\" : 1}");
    }

    fn hello(buffer: &mut [u8]) -> Result<&str, Unwritten> {
        if buffer.len() < 5 {
            return Err(Unwritten::Buffer { bytes: 5 });
        }
        buffer[..5].copy_from_slice(b"hello");
        Ok("hello")
    }

    #[test]
    fn a_buffer_grows_once() {
        for bytes in [1, 64] {
            assert_eq!(written(bytes, hello).as_deref(), Ok("hello"));
        }
    }
}
