//! Owns the bare library of a drain of a registry's connections, whose memory is lent to it.
#![no_std]
#![expect(unsafe_code, reason = "exports symbols: their names occur nowhere else in the program they are linked into")]

use relink_bare as _;
use relink_core::Instant;
use relink_core::drain::{Drain, Event, Plan, Reaction, Seat};
use relink_core::registry::Key;

/// A drain of a registry's connections.
pub type Lent = Drain<Key, &'static mut [Seat<Key>]>;

/// [`Drain::new`].
#[unsafe(no_mangle)]
pub fn relink_drain_new(plan: Plan, memory: &'static mut [Seat<Key>]) -> Lent {
    Drain::new(plan, memory)
}

/// [`Drain::step`].
#[unsafe(no_mangle)]
pub fn relink_drain_step(drain: &mut Lent, now: Instant, roll: u32, event: Event<Key>) -> Reaction<Key> {
    drain.step(now, roll, event)
}

/// [`Drain::deadline`].
#[unsafe(no_mangle)]
pub fn relink_drain_deadline(drain: &Lent) -> Option<Instant> {
    drain.deadline()
}
