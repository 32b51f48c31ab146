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

#[cfg(test)]
mod tests {
    use core::hash::BuildHasher;

    use super::{Id, Key};

    /// Who does not know the key does not know which ids collide.
    #[test]
    fn an_id_is_hashed_by_the_key() {
        let (one, other, id) = (Key([1; 16]), Key([2; 16]), Id { bytes: [7; 16] });
        assert_ne!(one.hash_one(id), other.hash_one(id));
        assert_eq!(one.hash_one(id), one.hash_one(id));
    }
}
