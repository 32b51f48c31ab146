//! Owns the bare library of a link that may hold two connections.
#![no_std]
#![expect(unsafe_code, reason = "exports symbols: their names occur nowhere else in the program they are linked into")]

use relink_bare as _;
use relink_core::{Config, Event, Instant, Link, Overlap, Reaction};

/// [`Link::new`].
#[unsafe(no_mangle)]
pub fn relink_new(config: Config) -> Link<Overlap> {
    Link::new(config)
}

/// [`Link::step`].
#[unsafe(no_mangle)]
pub fn relink_step(link: &mut Link<Overlap>, now: Instant, roll: u32, event: Event) -> Reaction {
    link.step(now, roll, event)
}

/// [`Link::deadline`].
#[unsafe(no_mangle)]
pub fn relink_deadline(link: &Link<Overlap>) -> Option<Instant> {
    link.deadline()
}
