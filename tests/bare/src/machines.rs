//! Owns the bare library of the machines beside the link, whose memory heapless fixes.
#![no_std]
#![expect(unsafe_code, reason = "exports symbols: their names occur nowhere else in the program they are linked into")]

use relink_bare as _;
use relink_core::{Outbox, Refused};

/// A message of a device: a buffer's number.
type Waiting = Outbox<u16, 16>;

/// [`Outbox::push`].
#[unsafe(no_mangle)]
pub fn relink_outbox_push(outbox: &mut Waiting, message: u16, weight: u32) -> Result<(), Refused<u16>> {
    outbox.push(message, weight, |_| {})
}

/// [`Outbox::pop`].
#[unsafe(no_mangle)]
pub fn relink_outbox_pop(outbox: &mut Waiting) -> Option<u16> {
    outbox.pop()
}
