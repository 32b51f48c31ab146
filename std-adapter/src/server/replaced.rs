//! Those that a newer connection has replaced and that are being closed: in what order, and how many there may be.

use std::collections::VecDeque;

use relink_core::registry::Key;

use super::house::House;

/// The replaced connections that are there, the oldest first, without those that were dropped.
#[derive(Debug, Default)]
pub(super) struct Replaced(VecDeque<Key>);

impl Replaced {
    /// One more. Says which one is too many.
    pub(super) fn add(&mut self, key: Key, max: u32) -> Option<Key> {
        self.0.push_back(key);
        if self.0.len() > usize::try_from(max).unwrap_or(usize::MAX) { self.0.pop_front() } else { None }
    }

    /// It has ended. As a rule the oldest does first.
    pub(super) fn remove(&mut self, key: Key) {
        if let Some(at) = self.0.iter().position(|other| *other == key) {
            self.0.remove(at);
        }
    }
}

impl<P> House<P> {
    /// Drops a connection whose end somebody has asked for, in place of waiting for its closing handshake.
    pub(super) fn cut_short(&self, key: Key) {
        let mut rooms = self.rooms();
        let Ok(guest) = rooms.registry.get_mut(key) else { return };
        guest.dropped = true;
        if let Some(task) = &guest.task {
            task.abort();
        }
    }
}
