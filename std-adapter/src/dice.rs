//! Where a link's chance comes from.

pub(crate) type RollFn = dyn FnMut() -> u32 + Send;

/// A source of uniformly random numbers.
pub(crate) enum Dice {
    Own(fastrand::Rng),
    /// Boxed twice: an idle link pays for one word only.
    Given(Box<Box<RollFn>>),
}

impl Dice {
    pub(crate) fn roll(&mut self) -> u32 {
        match self {
            Self::Own(random) => random.u32(..),
            Self::Given(roll) => roll(),
        }
    }
}

impl Default for Dice {
    fn default() -> Self {
        Self::Own(fastrand::Rng::new())
    }
}
