//! Owns the controller's registers: FIFOs without DMA, the MAC behind one pair of registers, the PHY behind another.
//!
//! SMSC, "LAN9118 High Performance Single-Chip 10/100 Non-PCI Ethernet Controller", revision 1.5: chapter 3 for the FIFOs, chapter 5 for the
//! registers. It needs no erratum's care: frames begin at whole words, and are read to their end or discarded.

use crate::mmio::Registers;

// SAFETY: AN385, "Memory map": the controller is there. It has no DMA: its registers reach no memory but its own.
const LAN9118: Registers = unsafe { Registers::at(0x4020_0000) };

/// The longest Ethernet frame, without its check sequence.
pub(super) const FRAME_MAX: usize = 1514;
const CHECK_SEQUENCE: usize = 4;

const RX_DATA: usize = 0x00;
const TX_DATA: usize = 0x20;
const RX_STATUS: usize = 0x40;
const TX_STATUS: usize = 0x48;
const IRQ_CFG: usize = 0x54;
const INT_STS: usize = 0x58;
const INT_EN: usize = 0x5c;
const BYTE_TEST: usize = 0x64;
const FIFO_INT: usize = 0x68;
const TX_CFG: usize = 0x70;
const HW_CFG: usize = 0x74;
const RX_DP_CTRL: usize = 0x78;
const RX_FIFO_INF: usize = 0x7c;
const TX_FIFO_INF: usize = 0x80;
const PMT_CTRL: usize = 0x84;
const MAC_CSR_CMD: usize = 0xa4;
const MAC_CSR_DATA: usize = 0xa8;

const IRQ_ENABLED_ACTIVE_HIGH_PUSH_PULL: u32 = 1 << 8 | 1 << 4 | 1;
const BYTE_ORDER: u32 = 0x8765_4321;
const PMT_READY: u32 = 1;
const HW_SOFT_RESET: u32 = 1;
/// 5 KB of the 16 KB for what is sent, the rest for what is received; "must be one" (SF) for a 32-bit bus.
const HW_DIVISION: u32 = 1 << 20 | 5 << 16;
const TX_ON: u32 = 1 << 1;
const RX_DISCARD: u32 = 1 << 31;
const RX_ERROR: u32 = 1 << 15;
const FIRST_AND_LAST_SEGMENT: u32 = 1 << 13 | 1 << 12;

/// There is room when more than this is free, in units of 64 bytes: a frame, its two command words, and what aligns it.
const ROOM_LEVEL: u32 = (FRAME_MAX as u32 + 8 + 3).div_ceil(64);
const ROOM: u32 = ROOM_LEVEL * 64;

const CSR_BUSY: u32 = 1 << 31;
const CSR_READ: u32 = 1 << 30;
const MAC_CR: u32 = 1;
const ADDRH: u32 = 2;
const ADDRL: u32 = 3;
const MII_ACC: u32 = 6;
const MII_DATA: u32 = 7;
const MAC_FULL_DUPLEX_ON: u32 = 1 << 20 | 1 << 3 | 1 << 2;

const MII_INTERNAL_PHY: u32 = 1 << 11;
const MII_WRITE: u32 = 1 << 1;
const MII_BUSY: u32 = 1;
const PHY_CONTROL: u32 = 0;
const PHY_STATUS: u32 = 1;
const PHY_INTERRUPT_SOURCE: u32 = 29;
const PHY_INTERRUPT_MASK: u32 = 30;
const NEGOTIATE: u32 = 1 << 12 | 1 << 9;
const CABLE_IN: u32 = 1 << 2;
const NEGOTIATED_OR_DOWN: u32 = 1 << 6 | 1 << 4;

/// How often a register is asked before the chip is given up: a soft reset takes the longest.
const PATIENCE: u32 = 1_000_000;

/// The controller after its start.
pub(super) struct Chip(());

/// Why it may interrupt: the bits of INT_STS and INT_EN.
#[derive(Clone, Copy)]
pub(super) enum Reason {
    Cable = 1 << 18,
    Room = 1 << 9,
    Received = 1 << 3,
}

/// No interrupts until [`Chip::listen`].
pub(super) fn silence() {
    LAN9118.write(INT_EN, 0);
}

impl Chip {
    /// Resets it and lets it work; none if it does not answer.
    pub(super) fn start() -> Option<Self> {
        until(|| LAN9118.read(BYTE_TEST) == BYTE_ORDER && LAN9118.read(PMT_CTRL) & PMT_READY != 0)?;
        LAN9118.write(HW_CFG, HW_SOFT_RESET);
        until(|| LAN9118.read(HW_CFG) & HW_SOFT_RESET == 0 && LAN9118.read(PMT_CTRL) & PMT_READY != 0)?;
        LAN9118.write(HW_CFG, HW_DIVISION);
        LAN9118.write(FIFO_INT, ROOM_LEVEL << 24);
        LAN9118.write(IRQ_CFG, IRQ_ENABLED_ACTIVE_HIGH_PUSH_PULL);
        let chip = Self(());
        chip.write_phy(PHY_INTERRUPT_MASK, NEGOTIATED_OR_DOWN);
        chip.write_phy(PHY_CONTROL, NEGOTIATE);
        write_mac(MAC_CR, MAC_FULL_DUPLEX_ON);
        LAN9118.write(TX_CFG, TX_ON);
        Some(chip)
    }

    /// The address that the controller has read from its EEPROM.
    pub(super) fn address(&self) -> [u8; 6] {
        let [a, b, c, d] = read_mac(ADDRL).to_le_bytes();
        let [e, f, ..] = read_mac(ADDRH).to_le_bytes();
        [a, b, c, d, e, f]
    }

    /// Forgets what was interrupted about for this reason alone, and lets interrupts through again. To be called before
    /// looking whether there is reason: what happens in between is told again.
    pub(super) fn listen(&self, reason: Reason) {
        LAN9118.write(INT_STS, reason as u32);
        let room = if self.has_room() { 0 } else { Reason::Room as u32 };
        LAN9118.write(INT_EN, Reason::Cable as u32 | Reason::Received as u32 | room);
    }

    /// Takes the next whole frame, and says how long it is. What came with an error, or is too long, is passed over.
    pub(super) fn receive(&self, frame: &mut [u8; FRAME_MAX]) -> Option<usize> {
        while LAN9118.read(RX_FIFO_INF) >> 16 & 0xff != 0 {
            let status = LAN9118.read(RX_STATUS);
            let len = (status >> 16 & 0x3fff) as usize;
            let fits = len.checked_sub(CHECK_SEQUENCE).filter(|len| *len <= FRAME_MAX && status & RX_ERROR == 0);
            match fits {
                Some(bytes) => {
                    take(&mut frame[..bytes], len.div_ceil(4));
                    return Some(bytes);
                }
                None => discard(len.div_ceil(4)),
            }
        }
        None
    }

    /// Whether a frame of any length can be sent now.
    pub(super) fn has_room(&self) -> bool {
        LAN9118.read(TX_FIFO_INF) & 0xffff > ROOM
    }

    /// Sends a frame; there is room for it.
    pub(super) fn send(&self, frame: &[u8]) {
        while LAN9118.read(TX_FIFO_INF) >> 16 & 0xff != 0 {
            LAN9118.read(TX_STATUS); // nobody asks what became of the frames before: TCP finds out
        }
        let len = frame.len() as u32;
        LAN9118.write(TX_DATA, FIRST_AND_LAST_SEGMENT | len);
        LAN9118.write(TX_DATA, len);
        for word in frame.chunks(4) {
            let mut bytes = [0; 4];
            bytes[..word.len()].copy_from_slice(word);
            LAN9118.write(TX_DATA, u32::from_le_bytes(bytes));
        }
    }

    /// Whether there is a cable, and somebody at its other end. The PHY's interrupt is taken back with the question.
    pub(super) fn is_cable_in(&self) -> bool {
        self.read_phy(PHY_INTERRUPT_SOURCE);
        self.read_phy(PHY_STATUS); // IEEE 802.3 §22.2.4.2.13: a loss is kept until it has been read once
        self.read_phy(PHY_STATUS) & CABLE_IN != 0
    }

    fn read_phy(&self, register: u32) -> u32 {
        write_mac(MII_ACC, MII_INTERNAL_PHY | register << 6 | MII_BUSY);
        let answered = until(|| read_mac(MII_ACC) & MII_BUSY == 0);
        answered.map_or(0, |()| read_mac(MII_DATA))
    }

    fn write_phy(&self, register: u32, value: u32) {
        write_mac(MII_DATA, value);
        write_mac(MII_ACC, MII_INTERNAL_PHY | register << 6 | MII_WRITE | MII_BUSY);
        // One that does not take it has no cable either.
        let _ = until(|| read_mac(MII_ACC) & MII_BUSY == 0);
    }
}

/// Reads so many words, of which the first bytes are the frame.
fn take(frame: &mut [u8], words: usize) {
    let mut chunks = frame.chunks_mut(4);
    for _ in 0..words {
        let bytes = LAN9118.read(RX_DATA).to_le_bytes();
        if let Some(chunk) = chunks.next() {
            chunk.copy_from_slice(&bytes[..chunk.len()]);
        }
    }
}

/// Passes over a frame. The chip can do so itself when there are four words or more.
fn discard(words: usize) {
    if words < 4 {
        return take(&mut [], words);
    }
    LAN9118.write(RX_DP_CTRL, RX_DISCARD);
    let _ = until(|| LAN9118.read(RX_DP_CTRL) & RX_DISCARD == 0);
}

fn read_mac(register: u32) -> u32 {
    LAN9118.write(MAC_CSR_CMD, CSR_BUSY | CSR_READ | register);
    let answered = until(|| LAN9118.read(MAC_CSR_CMD) & CSR_BUSY == 0);
    answered.map_or(0, |()| LAN9118.read(MAC_CSR_DATA))
}

fn write_mac(register: u32, value: u32) {
    LAN9118.write(MAC_CSR_DATA, value);
    LAN9118.write(MAC_CSR_CMD, CSR_BUSY | register);
    let _ = until(|| LAN9118.read(MAC_CSR_CMD) & CSR_BUSY == 0);
}

/// Waits for what the chip does at once or soon; none if it does not.
fn until(mut done: impl FnMut() -> bool) -> Option<()> {
    (0..PATIENCE).any(|_| done()).then_some(())
}
