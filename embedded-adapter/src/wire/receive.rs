//! Owns the lent receive buffer: what is put together of a message, and behind it what has come in.

use core::ops::Range;

use super::bytes::move_down;

/// Front to back: `kept` bytes of a message's fragments, room that has become free, what has come in, room to read into.
pub(super) struct Receive<'b> {
    buffer: &'b mut [u8],
    kept: usize,
    /// Where what has come in begins.
    start: usize,
    /// How much of it belongs to the frame that is being read, and was looked at: of a data frame, its payload.
    looked: usize,
    end: usize,
    /// The kept message was handed over: the next call has its room.
    is_handed_over: bool,
}

impl<'b> Receive<'b> {
    pub(super) const fn new(buffer: &'b mut [u8]) -> Self {
        Self { buffer, kept: 0, start: 0, looked: 0, end: 0, is_handed_over: false }
    }

    pub(super) const fn len(&self) -> usize {
        self.buffer.len()
    }

    /// Forgets all, and keeps what `write` puts to the beginning.
    pub(super) fn begin<E>(&mut self, write: impl FnOnce(&mut [u8]) -> Result<usize, E>) -> Result<(), E> {
        self.kept = 0;
        self.clear();
        let kept = write(self.buffer)?.min(self.buffer.len());
        (self.kept, self.start, self.end) = (kept, kept, kept);
        Ok(())
    }

    /// Forgets all but what is kept.
    pub(super) const fn clear(&mut self) {
        (self.start, self.looked, self.end) = (self.kept, 0, self.kept);
    }

    #[inline(never)]
    pub(super) fn get(&self, range: Range<usize>) -> &[u8] {
        self.buffer.get(range).unwrap_or_default()
    }

    pub(super) fn text(&self, range: Range<usize>) -> Option<&str> {
        str::from_utf8(self.get(range)).ok()
    }

    /// What is kept was handed over.
    pub(super) const fn hand_over(&mut self) {
        self.is_handed_over = true;
    }

    /// The borrow of what was handed over has ended.
    pub(super) const fn settle(&mut self) {
        if self.is_handed_over {
            self.is_handed_over = false;
            self.kept = 0;
        }
    }

    /// Room to read into. Never empty, unless there is something left to be looked at.
    ///
    /// What has come in moves to the front only if little room is left behind it, and only where it is not more than what
    /// was read since it moved last, or all of it was looked at: in all, no more bytes move than come in.
    pub(super) fn space(&mut self) -> &mut [u8] {
        let behind = self.buffer.len().saturating_sub(self.end);
        let between = self.start.saturating_sub(self.kept);
        let held = self.end.saturating_sub(self.start);
        if between > 0 && (held == 0 || (between >= behind && (between >= held || held == self.looked))) {
            move_down(self.buffer, self.start..self.end, self.kept);
            self.start = self.kept;
            self.end = self.end.saturating_sub(between);
        }
        self.buffer.get_mut(self.end..).unwrap_or_default()
    }

    pub(super) fn received(&mut self, count: usize) {
        self.end = self.end.saturating_add(count).min(self.buffer.len());
    }

    /// What was not looked at.
    pub(super) fn unseen(&self) -> &[u8] {
        self.get(self.start.saturating_add(self.looked)..self.end)
    }

    /// What is kept, and what was not looked at.
    pub(super) fn kept_and_unseen(&self) -> (&[u8], &[u8]) {
        (self.get(0..self.kept), self.unseen())
    }

    /// So many bytes more were looked at.
    pub(super) const fn look(&mut self, count: usize) {
        self.looked = self.looked.saturating_add(count);
    }

    /// What was looked at is not needed.
    #[inline(never)]
    pub(super) fn drop_looked(&mut self) {
        self.start = self.start.saturating_add(self.looked).min(self.end);
        self.looked = 0;
    }

    /// Nor is what was kept.
    pub(super) const fn drop_kept(&mut self) {
        self.kept = 0;
    }

    /// Whether one more frame with this payload can be kept. There is always room for a header then.
    pub(super) fn has_room(&self, payload_len: u64, spare: usize) -> bool {
        let free = self.buffer.len().saturating_sub(spare).saturating_sub(self.kept);
        payload_len <= free as u64
    }

    /// What was looked at is the payload of a message, or of the last fragment of one: where all of it is.
    pub(super) fn last_payload(&mut self) -> Range<usize> {
        if self.kept > 0 {
            self.keep_payload();
            self.hand_over();
            return 0..self.kept;
        }
        let from = self.start;
        self.drop_looked();
        from..self.start
    }

    /// What was looked at is the payload of a fragment, not the last one.
    pub(super) fn keep_payload(&mut self) {
        let from = self.start;
        self.drop_looked();
        move_down(self.buffer, from..self.start, self.kept);
        self.kept = self.kept.saturating_add(self.start.saturating_sub(from));
    }
}
