//! Owns the Ethernet controller as `embassy_net` sees it: packets in, packets out, cable in or out.

mod chip;

use core::sync::atomic::{AtomicBool, Ordering};
use core::task::Context;

use embassy_net_driver::{Capabilities, Driver, HardwareAddress, LinkState, RxToken, TxToken};
use embassy_sync::waitqueue::AtomicWaker;

use chip::{Chip, FRAME_MAX, Reason};

/// Who waits for a packet, for room, or for the cable: it is one task, the network's.
static WAITING: AtomicWaker = AtomicWaker::new();
static TAKEN: AtomicBool = AtomicBool::new(false);

/// The controller, with room for one frame each way: more of them wait in its own memory.
pub struct Lan9118 {
    chip: Chip,
    received: [u8; FRAME_MAX],
    sent: [u8; FRAME_MAX],
}

impl Lan9118 {
    /// Starts the controller, or none if it does not answer, or was taken before.
    pub(crate) fn take() -> Option<Self> {
        if TAKEN.swap(true, Ordering::AcqRel) {
            return None;
        }
        Some(Self { chip: Chip::start()?, received: [0; FRAME_MAX], sent: [0; FRAME_MAX] })
    }
}

/// The controller's interrupt. It stays silent until the network has looked: what it was about is still there to be seen.
pub(crate) fn interrupted() {
    chip::silence();
    WAITING.wake();
}

impl Driver for Lan9118 {
    type RxToken<'a> = Received<'a>;
    type TxToken<'a> = Room<'a>;

    fn receive(&mut self, cx: &mut Context<'_>) -> Option<(Received<'_>, Room<'_>)> {
        WAITING.register(cx.waker());
        let Self { chip, received, sent } = self;
        chip.listen(Reason::Received);
        if !chip.has_room() {
            return None;
        }
        let len = chip.receive(received)?;
        Some((Received(received.get_mut(..len)?), Room { chip, sent }))
    }

    fn transmit(&mut self, cx: &mut Context<'_>) -> Option<Room<'_>> {
        WAITING.register(cx.waker());
        let Self { chip, sent, .. } = self;
        chip.listen(Reason::Room);
        chip.has_room().then_some(Room { chip, sent })
    }

    fn link_state(&mut self, cx: &mut Context<'_>) -> LinkState {
        WAITING.register(cx.waker());
        self.chip.listen(Reason::Cable);
        if self.chip.is_cable_in() { LinkState::Up } else { LinkState::Down }
    }

    fn capabilities(&self) -> Capabilities {
        let mut capabilities = Capabilities::default();
        capabilities.max_transmission_unit = FRAME_MAX;
        capabilities.max_burst_size = Some(1);
        capabilities
    }

    fn hardware_address(&self) -> HardwareAddress {
        HardwareAddress::Ethernet(self.chip.address())
    }
}

/// A frame that was received.
pub struct Received<'a>(&'a mut [u8]);

impl RxToken for Received<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, f: F) -> R {
        f(self.0)
    }
}

/// Room for a frame to be sent.
pub struct Room<'a> {
    chip: &'a Chip,
    sent: &'a mut [u8; FRAME_MAX],
}

impl TxToken for Room<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, len: usize, f: F) -> R {
        let frame = &mut self.sent[..len];
        let result = f(frame);
        self.chip.send(frame);
        result
    }
}
