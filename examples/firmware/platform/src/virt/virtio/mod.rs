//! Owns the network device as `embassy_net` sees it: packets in, packets out, cable in or out.
//!
//! OASIS, "Virtual I/O Device (VIRTIO) Version 1.1": section 4.2 for registers, 5.1 for the network device. The queues are
//! `virtio-drivers`'; which memory the device may use, and until when, is decided here.

mod memory;

use core::ptr::NonNull;
use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use core::task::Context;

use embassy_net_driver::{Capabilities, Driver, HardwareAddress, LinkState, RxToken, TxToken};
use embassy_sync::waitqueue::AtomicWaker;
use virtio_drivers::device::net::VirtIONetRaw;
use virtio_drivers::transport::mmio::{MmioTransport, VirtIOHeader};
use virtio_drivers::transport::{DeviceType, Transport};

use super::interrupt;
use crate::mmio::Registers;
use memory::Pages;

/// The longest Ethernet frame, without its check sequence.
const FRAME_MAX: usize = 1514;
/// Virtio's header, 12 bytes at most, and a frame; rounded up.
const BUFFER: usize = 1536;
const BUFFERS: usize = 4;
const QUEUE: usize = 8;

const SLOTS: usize = 8;
const SLOT_SIZE: usize = 0x1000;
const FIRST_SLOT: usize = 0x1000_1000;
const INTERRUPT_STATUS: usize = 0x60;
const INTERRUPT_ACK: usize = 0x64;
/// `virtio_net_config.status`, in the upper half of the word at 4, behind the address.
const CONFIG_STATUS: usize = 0x104;
const LINK_UP: u32 = 1 << 16;

/// Who waits for a packet, for room, or for the cable: it is one task, the network's.
static WAITING: AtomicWaker = AtomicWaker::new();
static TAKEN: AtomicBool = AtomicBool::new(false);
/// Where the device's slot is, for its interrupt: it is found at the start.
static SLOT: AtomicU32 = AtomicU32::new(0);

type Device = VirtIONetRaw<Pages, MmioTransport<'static>, QUEUE>;

/// The device, with room for a few frames to come and one to go.
pub struct VirtioNet {
    device: Device,
    slot: Registers,
    /// What the device has until it says which ones hold a frame; by the queue's token.
    lent: [Option<&'static mut [u8; BUFFER]>; QUEUE],
    /// The buffer of the frame that was given out last.
    back: Option<&'static mut [u8; BUFFER]>,
    sent: [u8; FRAME_MAX],
}

impl VirtioNet {
    /// Starts the device; none if there is none, or it was taken before.
    pub(crate) fn take() -> Option<Self> {
        if TAKEN.swap(true, Ordering::AcqRel) {
            return None;
        }
        (0..SLOTS).find_map(Self::start)
    }

    fn start(number: usize) -> Option<Self> {
        let address = FIRST_SLOT + number * SLOT_SIZE;
        let header = NonNull::new(address as *mut VirtIOHeader)?;
        // SAFETY: QEMU, "'virt' Generic Virtual Platform": the slots of virtio-mmio are there, each with its registers.
        let (transport, slot) = unsafe { (MmioTransport::new(header, SLOT_SIZE).ok()?, Registers::at(address)) };
        if transport.device_type() != DeviceType::Network {
            return None;
        }
        SLOT.store(address as u32, Ordering::Release);
        let mut device = Device::new(transport).ok()?;
        device.enable_interrupts();
        let mut network = Self { device, slot, lent: [const { None }; QUEUE], back: None, sent: [0; FRAME_MAX] };
        memory::buffers().into_iter().for_each(|buffer| network.lend(buffer));
        interrupt::listen(1 + number as u32);
        Some(network)
    }

    /// Lends the device a buffer to receive into.
    fn lend(&mut self, buffer: &'static mut [u8; BUFFER]) {
        // SAFETY: from here on the buffer is only kept, until `receive_complete` has been called with it.
        let token = unsafe { self.device.receive_begin(buffer) };
        let token = token.expect("the queue is longer than there are buffers");
        self.lent[usize::from(token)] = Some(buffer);
    }

    /// Takes a buffer back that holds a frame, and says where in it the frame is.
    fn received(&mut self) -> Option<(&'static mut [u8; BUFFER], usize, usize)> {
        let token = self.device.poll_receive()?;
        let buffer = self.lent[usize::from(token)].take()?;
        // SAFETY: this is the buffer that was lent under this token.
        let place = unsafe { self.device.receive_complete(token, buffer) };
        let (header, len) = place.expect("the device has said that it is done with this one");
        Some((buffer, header, len))
    }
}

/// The device's interrupt: nothing is read from it but that it was one. What it was about is still there to be seen.
pub(crate) fn interrupted() {
    let address = SLOT.load(Ordering::Acquire) as usize;
    // SAFETY: the source is listened to once the slot is known, whose registers are there.
    let slot = unsafe { Registers::at(address) };
    slot.write(INTERRUPT_ACK, slot.read(INTERRUPT_STATUS));
    WAITING.wake();
}

impl Driver for VirtioNet {
    type RxToken<'a> = Received<'a>;
    type TxToken<'a> = Room<'a>;

    fn receive(&mut self, cx: &mut Context<'_>) -> Option<(Received<'_>, Room<'_>)> {
        WAITING.register(cx.waker());
        if let Some(buffer) = self.back.take() {
            self.lend(buffer);
        }
        let (buffer, header, len) = self.received()?;
        let Self { device, back, sent, .. } = self;
        let frame = back.insert(buffer).get_mut(header..header + len)?;
        Some((Received(frame), Room { device, sent }))
    }

    fn transmit(&mut self, cx: &mut Context<'_>) -> Option<Room<'_>> {
        WAITING.register(cx.waker());
        let Self { device, sent, .. } = self;
        device.can_send().then_some(Room { device, sent })
    }

    fn link_state(&mut self, cx: &mut Context<'_>) -> LinkState {
        WAITING.register(cx.waker());
        if self.slot.read(CONFIG_STATUS) & LINK_UP != 0 { LinkState::Up } else { LinkState::Down }
    }

    fn capabilities(&self) -> Capabilities {
        let mut capabilities = Capabilities::default();
        capabilities.max_transmission_unit = FRAME_MAX;
        capabilities.max_burst_size = Some(1);
        capabilities
    }

    fn hardware_address(&self) -> HardwareAddress {
        HardwareAddress::Ethernet(self.device.mac_address())
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
    device: &'a mut Device,
    sent: &'a mut [u8; FRAME_MAX],
}

impl TxToken for Room<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, len: usize, f: F) -> R {
        let frame = &mut self.sent[..len];
        let result = f(frame);
        // It takes as long as the host needs to copy the frame. One that is refused is one that is lost: TCP finds out.
        let _ = self.device.send(frame);
        result
    }
}
