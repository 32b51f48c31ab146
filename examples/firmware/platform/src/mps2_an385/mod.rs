//! Arm MPS2 with the image of Application Note AN385: a Cortex-M3 at 25 MHz with a LAN9118 Ethernet controller.

mod interrupt;
mod lan9118;
pub(crate) mod timer;

pub(crate) use cortex_m::asm::wfi as sleep;
pub use cortex_m_rt::entry;
use interrupt::{Interrupt, enable};
pub use lan9118::Lan9118 as Network;

/// What QEMU calls this board.
pub const NAME: &str = "mps2-an385";

/// Lets the timer run and its interrupts through.
pub(crate) fn start() {
    timer::start();
    enable(Interrupt::DualTimer);
}

/// The Ethernet controller, or none if it does not answer. There is one: another call gives none.
#[must_use]
pub fn network() -> Option<Network> {
    let network = Network::take()?;
    enable(Interrupt::Ethernet);
    Some(network)
}
