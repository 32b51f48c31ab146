//! Owns the stack's high-water mark: the stack is painted first, and how deep the paint is gone shows how deep it ever was.

use core::arch::asm;
use core::ptr;

const PAINT: u32 = 0x5ca1_ab1e;
/// What may be used between the look at the stack pointer and the end of the painting.
const MARGIN: usize = 256;

unsafe extern "C" {
    static _stack_start: u32;
    static _stack_end: u32;
}

/// Paints what is free.
pub(crate) fn paint() {
    let mut at = lowest();
    let end = pointer() - MARGIN;
    while at < end {
        // SAFETY: between the stack's end and its pointer, less the margin, nothing is kept, and interrupts are still off.
        unsafe { ptr::write_volatile(at as *mut u32, PAINT) };
        at += size_of::<u32>();
    }
}

/// The most bytes of stack that were ever in use.
#[must_use]
pub fn high_water() -> usize {
    let mut at = lowest();
    let end = pointer();
    // SAFETY: whole words of the stack; nothing writes there meanwhile but an interrupt, and any word will do.
    while at < end && unsafe { ptr::read_volatile(at as *const u32) } == PAINT {
        at += size_of::<u32>();
    }
    highest() - at
}

/// The bytes of stack that there are.
#[must_use]
pub fn size() -> usize {
    highest() - lowest()
}

fn lowest() -> usize {
    &raw const _stack_end as usize
}

fn highest() -> usize {
    &raw const _stack_start as usize
}

fn pointer() -> usize {
    let pointer: usize;
    // SAFETY: a register is copied.
    #[cfg(target_arch = "arm")]
    unsafe {
        asm!("mov {}, sp", out(reg) pointer, options(nomem, nostack, preserves_flags));
    }
    // SAFETY: a register is copied.
    #[cfg(target_arch = "riscv32")]
    unsafe {
        asm!("mv {}, sp", out(reg) pointer, options(nomem, nostack, preserves_flags));
    }
    pointer
}
