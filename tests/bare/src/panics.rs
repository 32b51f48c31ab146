//! Owns a bare library that can panic: the proof must find it out, or it would prove nothing.
#![no_std]
#![expect(unsafe_code, reason = "exports symbols: their names occur nowhere else in the program they are linked into")]

use relink_bare as _;

/// Panics where `index` is out of bounds.
#[unsafe(no_mangle)]
pub fn relink_indexes(bytes: &[u8], index: usize) -> u8 {
    bytes[index]
}
