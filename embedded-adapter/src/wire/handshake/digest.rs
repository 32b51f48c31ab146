//! Owns SHA-1 (RFC 3174), of the one text that the opening handshake needs it for.
//!
//! It protects nothing here: it shows that the peer has read the key. Crates that have it are many times as long, or can panic.

use super::key::KEY_BYTES;
use crate::wire::bytes::copy;

const BLOCK_BYTES: usize = 64;

/// Room for a key, what RFC 6455 §1.3 puts behind it, and what ends a text of 60 bytes: a mark, and the number of its bits.
const PADDED: [u8; 2 * BLOCK_BYTES] = *b"\
    012345678901234567890123258EAFA5-E914-47DA-95CA-C5AB0DC85B11\x80\0\0\0\
    \0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\
    \0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\xE0";

/// The digest of a key with RFC 6455's text behind it.
pub(super) fn of_key(key: &[u8; KEY_BYTES]) -> [u32; 5] {
    let mut padded = PADDED;
    copy(&mut padded, 0, key);
    let mut state = [0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476, 0xC3D2_E1F0];
    padded.chunks_exact(BLOCK_BYTES).for_each(|block| one_block(&mut state, block));
    state
}

/// RFC 3174 §6.2: of the words before, the last sixteen are kept.
fn one_block(state: &mut [u32; 5], block: &[u8]) {
    let mut words = [0_u32; 16];
    for (word, bytes) in words.iter_mut().zip(block.chunks_exact(4)) {
        *word = bytes.iter().fold(0, |word, &byte| (word << 8) | u32::from(byte));
    }
    let [mut a, mut b, mut c, mut d, mut e] = *state;
    for round in 0..80_usize {
        let before = |back: usize| words.get(round.wrapping_sub(back) % 16).copied().unwrap_or(0);
        let mixed = (before(3) ^ before(8) ^ before(14) ^ before(16)).rotate_left(1);
        let Some(word) = words.get_mut(round % 16) else { return };
        if round >= 16 {
            *word = mixed;
        }
        let (chosen, constant): (u32, u32) = match round {
            0..20 => ((b & c) | (!b & d), 0x5A82_7999),
            20..40 => (b ^ c ^ d, 0x6ED9_EBA1),
            40..60 => ((b & c) | (b & d) | (c & d), 0x8F1B_BCDC),
            _ => (b ^ c ^ d, 0xCA62_C1D6),
        };
        let sum = a.rotate_left(5).wrapping_add(chosen).wrapping_add(e).wrapping_add(*word).wrapping_add(constant);
        (a, b, c, d, e) = (sum, a, b.rotate_left(30), c, d);
    }
    state.iter_mut().zip([a, b, c, d, e]).for_each(|(word, more)| *word = word.wrapping_add(more));
}
