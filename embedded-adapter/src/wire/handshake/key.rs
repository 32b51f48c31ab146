//! Owns the key of an upgrade request, and what a server makes of it.

use super::digest;
use crate::entropy::Entropy;

/// The length of 16 bytes in base64.
pub(crate) const KEY_BYTES: usize = 24;

/// The length of a SHA-1 in base64.
pub(crate) const ACCEPT_BYTES: usize = 28;

/// The base64 of 16 random bytes: 21 characters of six bits, one whose last four bits are zero, and the padding.
pub(crate) fn random_key(entropy: &mut impl Entropy) -> [u8; KEY_BYTES] {
    let mut key = [0; KEY_BYTES];
    entropy.fill(&mut key);
    for (place, byte) in key.iter_mut().enumerate() {
        *byte = match place {
            0..=20 => base64(*byte & 0x3F),
            21 => base64(*byte & 0x30),
            _ => b'=',
        };
    }
    key
}

/// The `Sec-WebSocket-Accept` of this key (RFC 6455 §4.2.2): the digest in base64.
// Its working memory, 300 bytes of stack, is nobody else's.
#[inline(never)]
pub(crate) fn accept(key: &[u8; KEY_BYTES]) -> [u8; ACCEPT_BYTES] {
    let mut accept = [b'='; ACCEPT_BYTES];
    let mut words = digest::of_key(key).into_iter();
    let (mut held, mut bits) = (0_u64, 0_u32);
    // The last sign is the padding.
    for sign in accept.iter_mut().take(ACCEPT_BYTES - 1) {
        if bits < 6 {
            // Behind the last word there are zeros: four bits are left of it, and a sign has six.
            held = (held << 32) | u64::from(words.next().unwrap_or(0));
            bits = bits.saturating_add(32);
        }
        bits = bits.saturating_sub(6);
        *sign = base64((held >> bits).to_le_bytes()[0] & 0x3F);
    }
    accept
}

/// RFC 4648 §4.
const fn base64(six_bits: u8) -> u8 {
    match six_bits {
        0..=25 => b'A'.wrapping_add(six_bits),
        26..=51 => b'a'.wrapping_add(six_bits.wrapping_sub(26)),
        52..=61 => b'0'.wrapping_add(six_bits.wrapping_sub(52)),
        62 => b'+',
        _ => b'/',
    }
}
