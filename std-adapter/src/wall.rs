//! Points in time as a calendar shows them, for files that are read beside others.

use std::fmt;
use std::time::{Duration, SystemTime};

/// A point in time as `2026-07-01T12:00:00.123Z` (RFC 3339, UTC).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wall(pub(crate) SystemTime);

/// The end of the year 9999: from there on RFC 3339 has no words.
const LAST: Duration = Duration::from_secs(253_402_300_799);

impl fmt::Display for Wall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let since = self.0.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().min(LAST);
        humantime::format_rfc3339_millis(SystemTime::UNIX_EPOCH + since).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_clock_can_be_shown() {
        let shown = |secs: u64| SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(secs)).map(|at| Wall(at).to_string());
        assert_eq!(shown(1_782_907_200_123).as_deref(), Some("2026-07-01T12:00:00.123Z"));
        assert_eq!(shown(u64::MAX / 4).as_deref(), Some("9999-12-31T23:59:59.000Z"));
        let early = SystemTime::UNIX_EPOCH - Duration::from_secs(1);
        assert_eq!(Wall(early).to_string(), "1970-01-01T00:00:00.000Z");
    }
}
