//! Owns the machine timer: `mtime` runs freely at 10 MHz and tells the time, `mtimecmp` is the alarm.
//!
//! RISC-V Privileged Architecture, "Machine Timer Registers"; SiFive FU540-C000 Manual, chapter "CLINT", for the addresses.

use crate::mmio::Registers;

// SAFETY: QEMU, "'virt' Generic Virtual Platform": a SiFive CLINT is there; of its registers only the timer's are used.
const CLINT: Registers = unsafe { Registers::at(0x0200_0000) };

const MTIMECMP_LOW: usize = 0x4000;
const MTIMECMP_HIGH: usize = 0x4004;
const MTIME_LOW: usize = 0xbff8;
const MTIME_HIGH: usize = 0xbffc;

/// The time runs since power-on. No alarm yet.
pub(crate) fn start() {
    set_alarm(u64::MAX);
}

/// Ticks of 100 ns since power-on.
pub(crate) fn now() -> u64 {
    loop {
        let high = CLINT.read(MTIME_HIGH);
        let low = CLINT.read(MTIME_LOW);
        if high == CLINT.read(MTIME_HIGH) {
            return u64::from(high) << 32 | u64::from(low);
        }
    }
}

/// Interrupts at this time; never, if it is the end of time. False if it has come already.
pub(crate) fn set_alarm(at: u64) -> bool {
    CLINT.write(MTIMECMP_HIGH, u32::MAX); // no alarm between the two halves
    CLINT.write(MTIMECMP_LOW, at as u32);
    CLINT.write(MTIMECMP_HIGH, (at >> 32) as u32);
    at > now()
}
