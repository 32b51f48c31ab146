//! Owns the bare library of a link that never holds two connections.
#![no_std]
#![expect(unsafe_code, reason = "exports symbols: their names occur nowhere else in the program they are linked into")]

use relink_bare as _;
use relink_core::{Config, Event, Instant, Link, Reaction, Single};

/// [`Link::new`].
#[unsafe(no_mangle)]
pub fn relink_new(config: Config) -> Link<Single> {
    Link::new(config)
}

/// [`Link::step`].
#[unsafe(no_mangle)]
pub fn relink_step(link: &mut Link<Single>, now: Instant, roll: u32, event: Event) -> Reaction {
    link.step(now, roll, event)
}

/// [`Link::deadline`].
#[unsafe(no_mangle)]
pub fn relink_deadline(link: &Link<Single>) -> Option<Instant> {
    link.deadline()
}
