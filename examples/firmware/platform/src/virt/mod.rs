//! QEMU's virt: one RISC-V hart with the timer of a CLINT, a PLIC for interrupts, and a virtio network device.

mod interrupt;
pub(crate) mod timer;
mod virtio;

pub(crate) use riscv::asm::wfi as sleep;
pub use riscv_rt::entry;
pub use virtio::VirtioNet as Network;

/// What QEMU calls this board.
pub const NAME: &str = "virt";

/// Lets the timer run and its interrupts through.
pub(crate) fn start() {
    timer::start();
    interrupt::enable();
}

/// The network device, or none if QEMU was started without. There is one: another call gives none.
#[must_use]
pub fn network() -> Option<Network> {
    Network::take()
}
