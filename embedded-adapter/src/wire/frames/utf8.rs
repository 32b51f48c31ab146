//! Owns whether a text that comes in pieces is UTF-8.

/// A text, byte by byte: wrong with the first byte that no character goes on with (Unicode 15, table 3-7).
#[derive(Clone, Copy, Debug)]
pub(super) struct Utf8 {
    /// How many bytes of the character are still to come.
    left: u8,
    /// Between which bounds the next of them is.
    low: u8,
    high: u8,
}

impl Utf8 {
    pub(super) const fn new() -> Self {
        Self::next(0)
    }

    const fn next(left: u8) -> Self {
        Self { left, low: 0x80, high: 0xBF }
    }

    /// Whether the text may end here.
    pub(super) const fn is_whole(self) -> bool {
        self.left == 0
    }

    /// Goes on; false with the first byte that is wrong.
    #[inline(never)]
    pub(super) fn push(&mut self, bytes: &[u8]) -> bool {
        bytes.iter().all(|&byte| self.one(byte))
    }

    const fn one(&mut self, byte: u8) -> bool {
        if self.left > 0 {
            let goes_on = self.low <= byte && byte <= self.high;
            *self = Self::next(self.left.saturating_sub(1));
            return goes_on;
        }
        *self = match byte {
            0x00..=0x7F => return true,
            0xC2..=0xDF => Self::next(1),
            0xE0 => Self { left: 2, low: 0xA0, high: 0xBF },
            0xED => Self { left: 2, low: 0x80, high: 0x9F },
            0xE1..=0xEF => Self::next(2),
            0xF0 => Self { left: 3, low: 0x90, high: 0xBF },
            0xF4 => Self { left: 3, low: 0x80, high: 0x8F },
            0xF1..=0xF3 => Self::next(3),
            0x80..=0xC1 | 0xF5..=0xFF => return false,
        };
        true
    }
}
