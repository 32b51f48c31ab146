//! Two boards behind one interface: Arm's MPS2 with AN385 (Cortex-M3, LAN9118 Ethernet) and QEMU's virt (RISC-V, virtio-net).
//!
//! [`run`] starts the board and its executor; `embassy_time` tells the time from then on; [`network`] is the Ethernet device;
//! [`host`] talks to whoever runs QEMU. One module owns one device and says which data sheet it follows. All registers are
//! reached through [`mmio`]: what is unsafe about them is argued once, where a device's address is named.
#![no_std]

#[cfg_attr(target_arch = "arm", path = "mps2_an385/mod.rs")]
#[cfg_attr(target_arch = "riscv32", path = "virt/mod.rs")]
mod board;
mod clock;
mod executor;
pub mod host;
mod mmio;
pub mod stack;

use embassy_executor::{Spawner, raw};
use static_cell::StaticCell;

pub use board::{NAME, Network, entry, network};

static EXECUTOR: StaticCell<raw::Executor> = StaticCell::new();

/// Starts the clock and the interrupts, then the executor with what `init` spawns. To be called once, first in `main`.
pub fn run(init: impl FnOnce(Spawner)) -> ! {
    stack::paint();
    board::start();
    executor::run(EXECUTOR.init(raw::Executor::new(core::ptr::null_mut())), init)
}
