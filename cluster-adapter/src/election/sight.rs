//! Owns what was seen of a lease that another one holds: when it ends at the latest, since no engine tells.

use std::time::Duration;

use relink_core::{Instant, Millis};

use crate::Cell;

/// The cell as it was seen last, and since when it has been like that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sight {
    lease: Millis,
    /// How often it is looked near the end.
    tight: Millis,
    seen: Option<(u64, Instant)>,
}

impl Sight {
    pub(super) fn new(lease: Duration, poll: Duration) -> Self {
        Self { lease: Millis::from_duration(lease), tight: Millis::from_duration(poll / 8), seen: None }
    }

    /// It was read, by a request that was answered now.
    pub(super) fn see(&mut self, cell: &Cell, now: Instant) {
        let is_same = self.seen.is_some_and(|(revision, since)| revision == cell.revision && since <= now);
        if !is_same {
            self.seen = Some((cell.revision, now));
        }
    }

    /// For how long it is held at the most, unless it is renewed; 0 if that cannot be told.
    ///
    /// Near the end it is looked often: a lease that was not renewed has ended, give or take what clocks differ.
    pub(super) fn left(&self, now: Instant) -> Millis {
        let Some((_, since)) = self.seen else { return Millis::ZERO };
        let ends = since.after(self.lease);
        if now >= ends.after(self.lease) {
            return Millis::ZERO;
        }
        let left = u32::try_from(ends.since(now)).unwrap_or(u32::MAX);
        Millis::new(left.max(self.tight.get()))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use relink_core::{Instant, Millis};

    use super::Sight;
    use crate::Cell;

    #[test]
    fn a_lease_that_is_not_renewed_is_looked_for_when_it_ends() {
        let mut sight = Sight::new(Duration::from_secs(15), Duration::from_secs(1));
        let at = Instant::from_millis;
        assert_eq!(sight.left(at(0)), Millis::ZERO, "nothing was seen");
        let cell = |revision| Cell { revision, record: None };
        sight.see(&cell(7), at(1_000));
        assert_eq!(sight.left(at(2_000)), Millis::new(14_000));
        sight.see(&cell(7), at(3_000));
        assert_eq!(sight.left(at(3_000)), Millis::new(13_000), "the same as before");
        sight.see(&cell(8), at(4_000));
        assert_eq!(sight.left(at(18_990)), Millis::new(125), "renewed at 4 s, so it ends at 19 s; not too often all the same");
        assert_eq!(sight.left(at(20_000)), Millis::new(125), "the server's clock may be late");
        assert_eq!(sight.left(at(34_000)), Millis::ZERO, "something else is wrong");
        sight.see(&cell(8), at(3_000));
        assert_eq!(sight.left(at(3_000)), Millis::new(15_000), "the clock has gone back");
    }
}
