//! Owns the interrupts: the timer's, and the network device's by way of the PLIC.
//!
//! RISC-V Platform-Level Interrupt Controller Specification 1.0. Context 0 is hart 0 in machine mode.

use riscv::interrupt::{self, Exception, Interrupt};
use riscv::register::{mcause, mepc, mie, mtval};
use riscv_rt::{core_interrupt, exception};

use super::virtio;
use crate::mmio::Registers;
use crate::{clock, host};

// SAFETY: QEMU, "'virt' Generic Virtual Platform": a PLIC is there. It reaches no memory.
const PLIC: Registers = unsafe { Registers::at(0x0c00_0000) };

const PRIORITY: usize = 0;
const ENABLED: usize = 0x2000;
const THRESHOLD: usize = 0x20_0000;
const CLAIM: usize = 0x20_0004;

/// Lets both kinds through to the hart.
pub(crate) fn enable() {
    PLIC.write(THRESHOLD, 0);
    // SAFETY: the handlers below are in place, and no critical section relies on these masks.
    unsafe {
        mie::set_mtimer();
        mie::set_mext();
        interrupt::enable();
    }
}

/// Lets the interrupt of this source, below 32, through.
pub(crate) fn listen(source: u32) {
    PLIC.write(PRIORITY + 4 * source as usize, 1);
    PLIC.write(ENABLED, PLIC.read(ENABLED) | 1 << source);
}

#[core_interrupt(Interrupt::MachineTimer)]
fn timer() {
    clock::alarm();
}

#[core_interrupt(Interrupt::MachineExternal)]
fn external() {
    let source = PLIC.read(CLAIM);
    if source != 0 {
        virtio::interrupted();
        PLIC.write(CLAIM, source);
    }
}

#[exception(Exception::IllegalInstruction)]
fn illegal(_: &riscv_rt::TrapFrame) -> ! {
    fault()
}

#[exception(Exception::LoadFault)]
fn load(_: &riscv_rt::TrapFrame) -> ! {
    fault()
}

#[exception(Exception::StoreFault)]
fn store(_: &riscv_rt::TrapFrame) -> ! {
    fault()
}

fn fault() -> ! {
    host::println!("exception {} at {:#x}, about {:#x}", mcause::read().code(), mepc::read(), mtval::read());
    host::exit(102)
}
