//! Owns the lent send buffer: what waits to be written.

use super::bytes::move_down;
use super::error::NoRoom;
use super::frames::CONTROL_BYTES_MAX;
use super::framing::{Frame, Framing};
use crate::entropy::Entropy;

/// The longest control frame of a client: the shortest send buffer.
pub(super) const CONTROL_FRAME_BYTES_MAX: usize = CONTROL_BYTES_MAX + 6;

pub(super) struct Send<'b> {
    buffer: &'b mut [u8],
    start: usize,
    end: usize,
}

impl<'b> Send<'b> {
    pub(super) const fn new(buffer: &'b mut [u8]) -> Self {
        Self { buffer, start: 0, end: 0 }
    }

    /// Forgets all.
    pub(super) const fn clear(&mut self) {
        (self.start, self.end) = (0, 0);
    }

    /// Holds what `write` puts to the beginning; nothing, if it fails.
    pub(super) fn begin<E>(&mut self, write: impl FnOnce(&mut [u8]) -> Result<usize, E>) -> Result<(), E> {
        self.clear();
        self.end = write(self.buffer)?.min(self.buffer.len());
        Ok(())
    }

    pub(super) fn unsent(&self) -> &[u8] {
        self.buffer.get(self.start..self.end).unwrap_or_default()
    }

    pub(super) fn sent(&mut self, count: usize) {
        self.start = self.start.saturating_add(count).min(self.end);
        if self.start == self.end {
            self.clear();
        }
    }

    /// Adds one whole frame, or nothing of it.
    pub(super) fn frame<F: Framing>(&mut self, frame: Frame<'_>, entropy: &mut impl Entropy) -> Result<(), NoRoom> {
        let bytes_min = F::written_len(frame.payload_len());
        if bytes_min > self.buffer.len() {
            return Err(NoRoom::Ever { bytes_min });
        }
        if bytes_min > self.buffer.len().saturating_sub(self.end) {
            move_down(self.buffer, self.start..self.end, 0);
            (self.start, self.end) = (0, self.end.saturating_sub(self.start));
        }
        let room = self.buffer.get_mut(self.end..).unwrap_or_default();
        if bytes_min > room.len() {
            return Err(NoRoom::Now);
        }
        let mut key = [0; 4];
        entropy.fill(&mut key);
        let len = F::write(frame, key, room).ok_or(NoRoom::Ever { bytes_min })?;
        self.end = self.end.saturating_add(len).min(self.buffer.len());
        Ok(())
    }
}
