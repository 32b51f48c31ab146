//! Owns a word of a head that comes byte by byte: a header's name or its value, without the blanks around it.

use super::key::ACCEPT_BYTES;

/// Longer than any word that is looked for.
const BYTES_MAX: usize = ACCEPT_BYTES;

/// A word; one that is too long, or has a blank inside, is none that is looked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word {
    bytes: [u8; BYTES_MAX],
    len: usize,
    has_blank: bool,
}

impl Word {
    pub(super) const EMPTY: Self = Self { bytes: [0; BYTES_MAX], len: 0, has_blank: false };

    pub(super) fn push(&mut self, byte: u8) {
        if matches!(byte, b' ' | b'\t') {
            self.has_blank |= self.len > 0;
            return;
        }
        match self.bytes.get_mut(self.len) {
            Some(to) if !self.has_blank => {
                *to = byte;
                self.len = self.len.saturating_add(1);
            }
            Some(_) | None => self.len = usize::MAX,
        }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The word; nothing, if it is none that is looked for.
    pub(super) fn get(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}
