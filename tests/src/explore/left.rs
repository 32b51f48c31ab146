//! Owns the account's time: milliseconds from now, so that the hour does not matter.

use relink_core::{Instant, Millis};

/// The hour at which every link is looked at.
pub const NOW: Instant = Instant::from_millis(1 << 40);

/// Milliseconds from now; what is past is 0, or as far below as lateness matters.
pub type Left = i32;

/// No such instant.
pub const NEVER: Left = i32::MAX;

/// A wait that begins now.
#[must_use]
pub fn left(wait: Millis) -> Left {
    i32::try_from(wait.get()).unwrap_or(NEVER - 1)
}

/// A wait that begins now, or none if it is switched off.
#[must_use]
pub fn or_never(wait: Millis) -> Left {
    if wait.is_zero() { NEVER } else { left(wait) }
}

/// How far off an instant of a link that is looked at [`NOW`] is.
#[must_use]
pub fn until(instant: Instant) -> Left {
    if instant == Instant::NEVER {
        return NEVER;
    }
    let ahead = i32::try_from(instant.since(NOW)).unwrap_or(NEVER - 1);
    let behind = i32::try_from(NOW.since(instant)).unwrap_or(NEVER - 1);
    ahead - behind
}

/// Time passes for `wait`, which then is no further back than `least`.
pub fn pass(wait: &mut Left, millis: Left, least: Left) {
    if *wait != NEVER {
        *wait = (*wait - millis).max(least);
    }
}
