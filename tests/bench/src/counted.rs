//! Owns the functions whose instructions are counted. They are called by no other name, so that callgrind finds them.
#![expect(unsafe_code, reason = "exports symbols: their names occur nowhere else in this program")]

use relink_core::{Backoff, Draw, Event, Instant, Link, Millis, Reaction};

/// [`Link::step`].
#[unsafe(no_mangle)]
#[inline(never)]
pub(crate) fn counted_step(link: &mut Link, now: Instant, roll: u32, event: Event) -> Reaction {
    link.step(now, roll, event)
}

/// [`Link::deadline`].
#[unsafe(no_mangle)]
#[inline(never)]
pub(crate) fn counted_deadline(link: &Link) -> Option<Instant> {
    link.deadline()
}

/// [`Backoff::draw`].
#[unsafe(no_mangle)]
#[inline(never)]
pub(crate) fn counted_draw(backoff: &Backoff, before: Millis, roll: u32) -> Draw {
    backoff.draw(before, roll)
}
