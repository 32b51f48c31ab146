//! Owns the executor: it polls what was woken, and lets the processor sleep until the next interrupt.
//!
//! Embassy's own for Cortex-M sleeps by WFE, which QEMU takes for a short rest: a board with nothing to do kept one of the
//! host's processors busy, and when that was needed elsewhere the board came late.

use core::sync::atomic::{AtomicBool, Ordering};

use embassy_executor::{Spawner, raw};

use crate::board;

/// Whether something was woken since it was looked last.
static WOKEN: AtomicBool = AtomicBool::new(false);

/// What embassy calls when a task is woken, from anywhere.
// SAFETY: the name and the type are those which embassy-executor asks for; nothing else defines it, as no platform of it is chosen.
#[unsafe(export_name = "__pender")]
fn woken(_: *mut ()) {
    WOKEN.store(true, Ordering::Release);
}

/// Runs for ever what `init` spawns, and what that spawns.
pub(crate) fn run(executor: &'static raw::Executor, init: impl FnOnce(Spawner)) -> ! {
    init(executor.spawner());
    loop {
        // SAFETY: it was never polled before, or has returned; and it calls nothing that polls it.
        unsafe { executor.poll() };
        // With interrupts off, nothing is woken between the look and the sleep; one that waits ends the sleep all the same.
        critical_section::with(|_| {
            if !WOKEN.swap(false, Ordering::AcqRel) {
                board::sleep();
            }
        });
    }
}
