//! Owns where random bytes come from: the caller.

/// The caller's source of random bytes, such as a microcontroller's generator.
///
/// RFC 6455 §10.3 wants keys that nobody can foretell: a counter or a constant seed will not do.
pub trait Entropy {
    /// Fills all of `bytes` with random ones.
    fn fill(&mut self, bytes: &mut [u8]);
}

impl<F: FnMut(&mut [u8])> Entropy for F {
    fn fill(&mut self, bytes: &mut [u8]) {
        self(bytes);
    }
}

/// Any generator of `rand_core` 0.9.
#[cfg(feature = "rand-core-09")]
#[derive(Clone, Debug)]
pub struct Rand09<R>(pub R);

#[cfg(feature = "rand-core-09")]
impl<R: rand_core_09::RngCore> Entropy for Rand09<R> {
    fn fill(&mut self, bytes: &mut [u8]) {
        self.0.fill_bytes(bytes);
    }
}

/// Any generator of `rand_core` 0.10.
#[cfg(feature = "rand-core-010")]
#[derive(Clone, Debug)]
pub struct Rand010<R>(pub R);

#[cfg(feature = "rand-core-010")]
impl<R: rand_core_010::Rng> Entropy for Rand010<R> {
    fn fill(&mut self, bytes: &mut [u8]) {
        self.0.fill_bytes(bytes);
    }
}
