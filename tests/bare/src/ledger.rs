//! Owns the bare library of a ledger whose memory is lent to it.
#![no_std]
#![expect(unsafe_code, reason = "exports symbols: their names occur nowhere else in the program they are linked into")]

#[path = "seed.rs"]
mod seed;

use relink_bare as _;
use relink_core::ledger::{Answer, Fate, Ledger, Notice, Received, Slot, Terms};
use relink_core::{Attempt, Instant};
use seed::Seed;

/// A ledger of ids of 16 bytes.
pub type Lent = Ledger<u128, &'static mut [Slot<u128>], Seed>;

/// [`Ledger::new`].
#[unsafe(no_mangle)]
pub fn relink_ledger_new(terms: Terms, memory: &'static mut [Slot<u128>], seed: u64) -> Lent {
    Ledger::new(terms, memory, Seed(seed))
}

/// [`Ledger::received`].
#[unsafe(no_mangle)]
pub fn relink_ledger_received(ledger: &mut Lent, now: Instant, id: u128, on: Attempt, redelivered: bool) -> Received<u128> {
    ledger.received(now, id, on, redelivered)
}

/// [`Ledger::acknowledge`].
#[unsafe(no_mangle)]
pub fn relink_ledger_acknowledge(ledger: &mut Lent, now: Instant, id: &u128) -> Answer {
    ledger.acknowledge(now, id)
}

/// [`Ledger::dropped`].
#[unsafe(no_mangle)]
pub fn relink_ledger_dropped(ledger: &mut Lent, id: &u128) -> Option<Fate> {
    ledger.dropped(id)
}

/// [`Ledger::lost`].
#[unsafe(no_mangle)]
pub fn relink_ledger_lost(ledger: &mut Lent, now: Instant, on: Attempt) -> u32 {
    ledger.lost(now, on)
}

/// [`Ledger::timeout`].
#[unsafe(no_mangle)]
pub fn relink_ledger_timeout(ledger: &mut Lent, now: Instant) -> Option<Notice<'_, u128>> {
    ledger.timeout(now)
}

/// [`Ledger::deadline`].
#[unsafe(no_mangle)]
pub fn relink_ledger_deadline(ledger: &Lent) -> Option<Instant> {
    ledger.deadline()
}

/// [`Ledger::in_hand`].
#[unsafe(no_mangle)]
pub fn relink_ledger_in_hand(ledger: &Lent, on: Attempt) -> u32 {
    ledger.in_hand(on)
}

/// [`Ledger::has_room`].
#[unsafe(no_mangle)]
pub fn relink_ledger_has_room(ledger: &Lent, now: Instant) -> bool {
    ledger.has_room(now)
}

/// [`Ledger::exchange`].
#[unsafe(no_mangle)]
pub fn relink_ledger_exchange(
    ledger: &mut Lent,
    memory: &'static mut [Slot<u128>],
) -> Result<&'static mut [Slot<u128>], &'static mut [Slot<u128>]> {
    ledger.exchange(memory)
}
