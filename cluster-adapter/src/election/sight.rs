//! Owns what was seen of a lease that another one holds: when it ends at the latest, since no engine tells.

use std::time::Duration;

use relink_core::{Instant, Millis};

use crate::Cell;

/// The cell as it was seen last, and when it became like that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sight {
    lease: Millis,
    /// How often it is looked near the end.
    tight: Millis,
    seen: Option<Seen>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Seen {
    revision: u64,
    /// Whether nobody leads.
    is_free: bool,
    /// When it was still otherwise; if it was never seen otherwise, when it was first like that.
    after: Instant,
    /// When it was first like that.
    since: Instant,
    /// When it was last like that.
    last: Instant,
}

impl Sight {
    pub(super) fn new(lease: Duration, poll: Duration) -> Self {
        Self { lease: Millis::from_duration(lease), tight: Millis::from_duration(poll / 8), seen: None }
    }

    /// It was read, by a request that was answered now.
    pub(super) fn see(&mut self, cell: &Cell, now: Instant) {
        let (revision, is_free) = (cell.revision, cell.record.is_none());
        let before = self.seen.filter(|before| before.last <= now);
        // What was given back ends like everything else; it is free as before.
        let is_same = |before: &Seen| revision == before.revision || (before.is_free && is_free && revision == 0);
        let (after, since) = match before {
            Some(before) if is_same(&before) => (before.after, before.since),
            Some(before) => (before.last, now),
            None => (now, now),
        };
        self.seen = Some(Seen { revision, is_free, after, since, last: now });
    }

    /// Whether nobody has led for this long, as far as was seen: then another one may.
    pub(super) fn has_patience(&self, patience: Millis, now: Instant) -> bool {
        let free_since = self.seen.filter(|seen| seen.is_free).map_or(now, |seen| seen.since);
        now >= free_since.after(patience)
    }

    /// For how long it is held, unless it is renewed; 0 if that cannot be told.
    ///
    /// It was written between two looks, so from a lease after the one it is looked often, until it has ended.
    pub(super) fn left(&self, now: Instant) -> Millis {
        let Some(Seen { after, since, .. }) = self.seen.filter(|seen| !seen.is_free) else { return Millis::ZERO };
        if now >= since.after(self.lease).after(self.lease) {
            return Millis::ZERO;
        }
        let left = u32::try_from(after.after(self.lease).since(now)).unwrap_or(u32::MAX);
        Millis::new(left.max(self.tight.get()))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use relink_core::{Instant, Millis};

    use super::Sight;
    use crate::{Cell, Holder, Record, Request};

    #[test]
    fn a_lease_that_is_not_renewed_is_looked_for_when_it_ends() {
        let mut sight = Sight::new(Duration::from_secs(15), Duration::from_secs(1));
        let at = Instant::from_millis;
        assert_eq!(sight.left(at(0)), Millis::ZERO, "nothing was seen");
        let record = Record { holder: Holder::new("b").unwrap(), token: None, lease: Request::new(1), series: Request::new(1) };
        let cell = |revision| Cell { revision, record: Some(record.clone()) };
        sight.see(&cell(7), at(1_000));
        assert_eq!(sight.left(at(2_000)), Millis::new(14_000));
        sight.see(&cell(7), at(3_000));
        assert_eq!(sight.left(at(3_000)), Millis::new(13_000), "the same as before");
        sight.see(&cell(8), at(4_000));
        assert_eq!(sight.left(at(17_000)), Millis::new(1_000), "renewed between 3 s and 4 s, so it ends between 18 s and 19 s");
        assert_eq!(sight.left(at(17_990)), Millis::new(125), "not too often all the same");
        assert_eq!(sight.left(at(20_000)), Millis::new(125), "the server's clock may be late");
        assert_eq!(sight.left(at(34_000)), Millis::ZERO, "something else is wrong");
        sight.see(&cell(8), at(3_000));
        assert_eq!(sight.left(at(3_000)), Millis::new(15_000), "the clock has gone back");
    }

    #[test]
    fn patience_counts_from_when_nobody_was_seen_to_lead() {
        let mut sight = Sight::new(Duration::from_secs(15), Duration::from_secs(1));
        let (at, patience) = (Instant::from_millis, Millis::new(2_000));
        assert!(sight.has_patience(Millis::ZERO, at(0)) && !sight.has_patience(patience, at(90_000)), "nothing was seen");
        sight.see(&Cell { revision: 0, record: None }, at(1_000));
        assert!(!sight.has_patience(patience, at(2_999)) && sight.has_patience(patience, at(3_000)));
        assert_eq!(sight.left(at(1_500)), Millis::ZERO, "it is free");
        sight.see(&Cell { revision: 9, record: None }, at(3_000));
        assert!(!sight.has_patience(patience, at(4_000)), "somebody led in between");
        sight.see(&Cell { revision: 0, record: None }, at(4_500));
        assert!(sight.has_patience(patience, at(5_000)), "nobody did: what was given back has ended, too");
    }
}
