//! Owns which of the subprotocols that were asked for a server chooses; its answer comes byte by byte.

use core::ops::Range;

/// A choice that is being read. Names are compared as they are: RFC 6455 §4.1 does not fold their case.
#[derive(Clone, Copy, Debug)]
pub(super) struct Choice {
    /// Those that it may still be, by their place.
    possible: u16,
    len: usize,
    has_blank: bool,
}

impl Choice {
    pub(super) const START: Self = Self { possible: u16::MAX, len: 0, has_blank: false };

    /// `asked`: each name with a comma behind it.
    pub(super) fn push(&mut self, byte: u8, asked: &[u8]) {
        if matches!(byte, b' ' | b'\t') {
            self.has_blank |= self.len > 0;
            return;
        }
        let (mut bit, mut at) = (1_u16, 0_usize);
        for &other in asked {
            // A name that ends here is too short for one character more.
            if (at == self.len && (other != byte || self.has_blank)) || (at < self.len && other == b',') {
                self.possible &= !bit;
            }
            (bit, at) = after(other, bit, at);
        }
        self.len = self.len.saturating_add(1);
    }

    /// Where in `asked` the name is; none, if it is not there.
    pub(super) fn made(self, asked: &[u8]) -> Option<Range<usize>> {
        let (mut bit, mut at) = (1_u16, 0_usize);
        for (end, &other) in asked.iter().enumerate() {
            if other == b',' && self.possible & bit != 0 && at == self.len {
                return Some(end.saturating_sub(at)..end);
            }
            (bit, at) = after(other, bit, at);
        }
        None
    }
}

/// The next name after a comma, else the next place in this one.
const fn after(byte: u8, bit: u16, at: usize) -> (u16, usize) {
    if byte == b',' { (bit << 1, 0) } else { (bit, at.saturating_add(1)) }
}
