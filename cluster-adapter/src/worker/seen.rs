//! Owns the memory of what was done, so that what comes twice is done once.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

/// Remembers the ids of what was done, so many of them.
///
/// A worker keeps one for itself. It knows what *this process* has done: to know it of all, keep the ids where what you do is stored,
/// in the same transaction.
#[derive(Debug, Default)]
pub struct Seen {
    limit: usize,
    ids: HashSet<Arc<str>>,
    order: VecDeque<Arc<str>>,
}

impl Seen {
    /// Remembers at most this many, the latest.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self { limit, ..Self::default() }
    }

    /// Whether it is remembered.
    #[must_use]
    pub fn contains(&self, id: &str) -> bool {
        self.ids.contains(id)
    }

    /// Remembers an id; whether it was not there before. The oldest is forgotten where there is no room.
    pub fn insert(&mut self, id: &str) -> bool {
        if self.limit == 0 || self.ids.contains(id) {
            return self.limit == 0;
        }
        while self.order.len() >= self.limit {
            let Some(oldest) = self.order.pop_front() else { break };
            self.ids.remove(&oldest);
        }
        let id: Arc<str> = id.into();
        self.order.push_back(id.clone());
        self.ids.insert(id)
    }
}

#[cfg(test)]
mod tests {
    use super::Seen;

    #[test]
    fn the_latest_are_remembered_and_no_more_than_allowed() {
        let mut seen = Seen::new(3);
        assert!(["a", "b", "c"].iter().all(|id| seen.insert(id)));
        assert!(!seen.insert("a"), "it came twice");
        assert!(seen.insert("d"));
        let known = ["a", "b", "c", "d"].map(|id| seen.contains(id));
        assert_eq!((known, seen.order.len()), ([false, true, true, true], 3), "the oldest is forgotten");
        let mut none = Seen::new(0);
        assert!(none.insert("a") && none.insert("a") && !none.contains("a"));
    }
}
