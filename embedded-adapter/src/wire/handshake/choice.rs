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
        let mut bit = 1_u16;
        for name in names(asked) {
            if self.has_blank || name.get(self.len) != Some(&byte) {
                self.possible &= !bit;
            }
            bit <<= 1;
        }
        self.len = self.len.saturating_add(1);
    }

    /// Where in `asked` the name is; none, if it is not there.
    pub(super) fn made(self, asked: &[u8]) -> Option<Range<usize>> {
        let mut start = 0_usize;
        let mut bit = 1_u16;
        for name in names(asked) {
            if self.possible & bit != 0 && name.len() == self.len {
                return Some(start..start.saturating_add(self.len));
            }
            start = start.saturating_add(name.len()).saturating_add(1);
            bit <<= 1;
        }
        None
    }
}

fn names(asked: &[u8]) -> impl Iterator<Item = &[u8]> {
    asked.split(|&byte| byte == b',').filter(|name| !name.is_empty())
}
