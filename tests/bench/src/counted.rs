//! Owns the functions whose instructions are counted: never inlined, so that callgrind finds them by their names.

use relink_core::{Backoff, Draw, Event, Instant, Link, Millis, Reaction};

/// [`Link::step`].
#[inline(never)]
pub(crate) fn counted_step(link: &mut Link, now: Instant, roll: u32, event: Event) -> Reaction {
    link.step(now, roll, event)
}

/// [`Link::deadline`].
#[inline(never)]
pub(crate) fn counted_deadline(link: &Link) -> Option<Instant> {
    link.deadline()
}

/// [`Backoff::draw`].
#[inline(never)]
pub(crate) fn counted_draw(backoff: &Backoff, before: Millis, roll: u32) -> Draw {
    backoff.draw(before, roll)
}
