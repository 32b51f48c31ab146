//! Owns the access to device registers.

use core::ptr;

/// The registers of one device: 32 bits each, named by their distance from the first.
#[derive(Clone, Copy)]
pub(crate) struct Registers(usize);

impl Registers {
    /// The registers that begin at this address.
    ///
    /// # Safety
    /// A device's registers are there for as long as the program runs, and nothing else: reading or writing any of those that
    /// are used through this value, at any time and in any order, breaks no rule of the language.
    pub(crate) const unsafe fn at(address: usize) -> Self {
        Self(address)
    }

    #[inline]
    pub(crate) fn read(self, register: usize) -> u32 {
        // SAFETY: whoever named the address promised that registers are there.
        unsafe { ptr::read_volatile((self.0 + register) as *const u32) }
    }

    #[inline]
    pub(crate) fn write(self, register: usize, value: u32) {
        // SAFETY: whoever named the address promised that registers are there.
        unsafe { ptr::write_volatile((self.0 + register) as *mut u32, value) }
    }
}
