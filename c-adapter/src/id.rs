//! Owns the ids of envelopes, and how they are hashed.

use core::hash::BuildHasher;

use siphasher::sip::SipHasher13;

use crate::argument::Plain;

/// An envelope's id: 16 bytes, compared byte by byte. A UUID is one; a shorter name is filled up with zeros; a longer one is hashed by
/// the caller, who then answers for two of them being different.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Id {
    /// The id.
    pub bytes: [u8; 16],
}

// SAFETY: numbers without a gap between them.
unsafe impl Plain for Id {}

/// Hashes ids by a key that a peer, who chooses the ids, does not know.
pub(crate) struct Key(pub(crate) [u8; 16]);

impl BuildHasher for Key {
    type Hasher = SipHasher13;

    fn build_hasher(&self) -> SipHasher13 {
        SipHasher13::new_with_key(&self.0)
    }
}
