//! Owns the bare library of an elector.
#![no_std]
#![expect(unsafe_code, reason = "exports symbols: their names occur nowhere else in the program they are linked into")]

use relink_bare as _;
use relink_core::Instant;
use relink_core::elector::{Elector, Event, Reaction, Terms};

/// [`Elector::new`].
#[unsafe(no_mangle)]
pub fn relink_elector_new(terms: Terms) -> Elector {
    Elector::new(terms)
}

/// [`Elector::step`].
#[unsafe(no_mangle)]
pub fn relink_elector_step(elector: &mut Elector, now: Instant, roll: u32, event: Event) -> Reaction {
    elector.step(now, roll, event)
}

/// [`Elector::deadline`].
#[unsafe(no_mangle)]
pub fn relink_elector_deadline(elector: &Elector) -> Option<Instant> {
    elector.deadline()
}
