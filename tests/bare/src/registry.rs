//! Owns the bare library of a registry whose memory is lent to it.
#![no_std]
#![expect(unsafe_code, reason = "exports symbols: their names occur nowhere else in the program they are linked into")]

#[path = "seed.rs"]
mod seed;

use relink_bare as _;
use relink_core::registry::{Admitted, Gone, Key, Limits, Refused, Registry, Removed, Slot};
use seed::Seed;

/// A registry of sockets' numbers, of identities of 8 bytes, in groups by addresses of 4.
pub type Lent = Registry<u64, u32, &'static mut [Cell], Seed, u32>;

/// A slot of it.
pub type Cell = Slot<u64, u32, u32>;

/// [`Registry::new`].
#[unsafe(no_mangle)]
pub fn relink_registry_new(limits: Limits, memory: &'static mut [Cell], seed: u64) -> Lent {
    Registry::new(limits, memory, Seed(seed))
}

/// [`Registry::admit`].
#[unsafe(no_mangle)]
pub fn relink_registry_admit(registry: &mut Lent, group: u32, identity: Option<u64>, value: u32) -> Result<Admitted, Refused<u32>> {
    registry.admit(group, identity, value)
}

/// [`Registry::identify`].
#[unsafe(no_mangle)]
pub fn relink_registry_identify(registry: &mut Lent, key: Key, identity: u64) -> Result<Option<Key>, Gone> {
    registry.identify(key, identity)
}

/// [`Registry::remove`].
#[unsafe(no_mangle)]
pub fn relink_registry_remove(registry: &mut Lent, key: Key) -> Result<Removed<u64, u32>, Gone> {
    registry.remove(key)
}

/// [`Registry::get`].
#[unsafe(no_mangle)]
pub fn relink_registry_get(registry: &Lent, key: Key) -> Result<&u32, Gone> {
    registry.get(key)
}

/// [`Registry::find`].
#[unsafe(no_mangle)]
pub fn relink_registry_find(registry: &Lent, identity: u64) -> Option<Key> {
    registry.find(&identity)
}

/// [`Registry::after`].
#[unsafe(no_mangle)]
pub fn relink_registry_after(registry: &Lent, key: Option<Key>) -> Option<Key> {
    registry.after(key)
}

/// [`Registry::in_group`].
#[unsafe(no_mangle)]
pub fn relink_registry_in_group(registry: &Lent, group: u32) -> u32 {
    registry.in_group(&group)
}

/// [`Registry::exchange`].
#[unsafe(no_mangle)]
pub fn relink_registry_exchange(registry: &mut Lent, memory: &'static mut [Cell]) -> Result<&'static mut [Cell], &'static mut [Cell]> {
    registry.exchange(memory)
}
