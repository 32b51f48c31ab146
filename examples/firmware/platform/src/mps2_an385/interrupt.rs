//! Owns the interrupts: their numbers (AN385, "Interrupt assignment") and who serves them.

use cortex_m::interrupt::InterruptNumber;
use cortex_m::peripheral::NVIC;
use cortex_m_rt::{ExceptionFrame, exception};

use super::{lan9118, timer};
use crate::{clock, host};

#[derive(Clone, Copy)]
#[repr(u16)]
pub(crate) enum Interrupt {
    DualTimer = 10,
    Ethernet = 13,
}

// SAFETY: each variant's number is its own, and that of an interrupt which this board has.
unsafe impl InterruptNumber for Interrupt {
    fn number(self) -> u16 {
        self as u16
    }
}

/// Lets it through to the processor. Before the Ethernet controller is told how to ask, its line stands still at "asking".
pub(crate) fn enable(interrupt: Interrupt) {
    // SAFETY: the handler below is in place, and no critical section relies on the interrupt's mask.
    unsafe { NVIC::unmask(interrupt) };
}

/// Without a vector table of the device's own, every interrupt comes here.
// SAFETY: the handler is written for what it is told: a number, negative for an exception.
#[exception]
unsafe fn DefaultHandler(number: i16) {
    match number {
        10 => {
            timer::acknowledge();
            clock::alarm();
        }
        13 => lan9118::interrupted(),
        _ => panic!("interrupt {number} has no handler"),
    }
}

// SAFETY: it never returns, and touches nothing that the fault may have left half done but the console.
#[exception]
unsafe fn HardFault(frame: &ExceptionFrame) -> ! {
    host::println!("hard fault: {frame:#x?}");
    host::exit(102)
}
