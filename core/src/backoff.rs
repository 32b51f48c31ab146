//! The delays between failed attempts: growth, cap and jitter, as pure integer arithmetic.

use crate::Millis;

/// How the delay is drawn once its ceiling is known. Drawn after the cap, so that a fleet at the cap is still spread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Jitter {
    /// Exactly the ceiling.
    None,
    /// Anywhere from 0 to the ceiling.
    Full,
    /// Anywhere from half the ceiling to the ceiling.
    Equal,
    /// Anywhere from `delay_min` to the delay before times the growth; the delay drawn is what grows.
    Decorrelated,
    /// The ceiling plus or minus this percentage (0–100). The ceiling stays so far below `delay_max` that the sum never exceeds it.
    Around(u8),
}

/// A retry policy. Every value is usable: [`Backoff::clamped`] says how odd ones are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Backoff {
    /// The time over which the first retry after a stable link is spread, so that a fleet losing one server does not return in one instant.
    pub first_spread: Millis,
    /// The ceiling after the first failure; at least 1 ms.
    pub delay_min: Millis,
    /// The longest delay after any number of failures; at least `delay_min`.
    pub delay_max: Millis,
    /// The ceiling's growth with each failure, in percent: 200 doubles; at least 100.
    pub growth_percent: u16,
    /// How the delay is drawn below the ceiling.
    pub jitter: Jitter,
    /// Failures in a row after which the link gives up; 0: never.
    pub failures_max: u32,
}

impl Backoff {
    /// For a person or a bot that waits: quick after a blip, full jitter from 1 s to 30 s. The default.
    pub const INTERACTIVE: Self = Self {
        first_spread: Millis::from_secs(1),
        delay_min: Millis::from_secs(1),
        delay_max: Millis::from_secs(30),
        growth_percent: 200,
        jitter: Jitter::Full,
        failures_max: 0,
    };

    /// For very many clients of one service: as `INTERACTIVE`, but the first retry is spread over 5 s.
    pub const FLEET: Self = Self { first_spread: Millis::from_secs(5), ..Self::INTERACTIVE };

    /// gRPC's connection backoff: 1 s × 1.6 up to 120 s, ±20 % (so 144 s at most).
    pub const GRPC: Self = Self {
        first_spread: Millis::from_secs(1),
        delay_min: Millis::from_secs(1),
        delay_max: Millis::from_secs(144),
        growth_percent: 160,
        jitter: Jitter::Around(20),
        failures_max: 0,
    };

    /// RFC 6455 §7.2.3: the first at random within 5 s, then truncated binary exponential backoff (here to 60 s).
    pub const RFC6455: Self = Self {
        first_spread: Millis::from_secs(5),
        delay_min: Millis::from_secs(5),
        delay_max: Millis::from_secs(60),
        growth_percent: 200,
        jitter: Jitter::Full,
        failures_max: 0,
    };

    /// Always `delay`; only the first retry after a stable link falls at random within it.
    #[must_use]
    pub const fn fixed(delay: Millis) -> Self {
        Self { first_spread: delay, delay_min: delay, delay_max: delay, growth_percent: 100, jitter: Jitter::None, failures_max: 0 }
    }

    /// The policy as it is applied: `delay_min` ≥ 1 ms, `delay_max` ≥ `delay_min`, growth ≥ 100 %, `Around` ≤ 100 %.
    #[must_use]
    pub const fn clamped(mut self) -> Self {
        self.clamp();
        self
    }

    pub(crate) const fn clamp(&mut self) {
        if self.delay_min.is_zero() {
            self.delay_min = Millis::new(1);
        }
        if self.delay_max.get() < self.delay_min.get() {
            self.delay_max = self.delay_min;
        }
        if self.growth_percent < 100 {
            self.growth_percent = 100;
        }
        if let Jitter::Around(percent) = self.jitter
            && percent > 100
        {
            self.jitter = Jitter::Around(100);
        }
    }
}

/// What a failure yields: the delay to wait, and the number the policy wants to see again at the next failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Draw {
    /// The delay before the next attempt.
    pub delay: Millis,
    /// The ceiling (for [`Jitter::Decorrelated`] the delay itself), given back as `before` at the next failure.
    pub memory: Millis,
}

impl Backoff {
    /// Draws the delay after a failure of a [clamped](Backoff::clamped) policy. `before` is the memory of the draw
    /// before, 0 for the first failure; `roll` is a uniformly random number.
    #[must_use]
    #[cfg_attr(target_pointer_width = "64", inline(never))]
    pub const fn draw(&self, before: Millis, roll: u32) -> Draw {
        let ceiling = self.ceiling(before);
        let part = match self.jitter {
            Jitter::None => 0,
            Jitter::Full => ceiling,
            Jitter::Equal => ceiling / 2,
            Jitter::Around(percent) => percent_of(ceiling, percent),
            Jitter::Decorrelated => ceiling.saturating_sub(self.delay_min.0),
        };
        let low = if matches!(self.jitter, Jitter::Decorrelated) { self.delay_min.0 } else { ceiling.wrapping_sub(part) };
        let width = if matches!(self.jitter, Jitter::Around(_)) { part.wrapping_mul(2) } else { part };
        let delay = Millis(low.wrapping_add(scale(roll, width)));
        let memory = if matches!(self.jitter, Jitter::Decorrelated) { delay } else { Millis(ceiling) };
        Draw { delay, memory }
    }

    const fn ceiling(&self, before: Millis) -> u32 {
        let first = before.is_zero();
        let base = if first { self.delay_min } else { before };
        let wanted = if first && !matches!(self.jitter, Jitter::Decorrelated) { base.0 as u64 } else { self.grown(base) };
        let cap = self.cap();
        if wanted < cap as u64 { wanted as u32 } else { cap }
    }

    /// Rounded up, or a growth of less than 1 ms would never happen.
    const fn grown(&self, before: Millis) -> u64 {
        (before.0 as u64).wrapping_mul(self.growth_percent as u64).wrapping_add(99) / 100
    }

    /// The highest ceiling: `delay_max`, or what leaves room for the upper half of `Around` below it.
    const fn cap(&self) -> u32 {
        let Jitter::Around(percent) = self.jitter else { return self.delay_max.0 };
        match (self.delay_max.0 as u64).wrapping_mul(100).checked_div((percent as u64).wrapping_add(100)) {
            Some(cap) => cap as u32,
            None => self.delay_max.0,
        }
    }
}

const fn percent_of(whole: u32, percent: u8) -> u32 {
    ((whole as u64).wrapping_mul(percent as u64) / 100) as u32
}

/// A uniformly random number from 0 to `top` inclusive: the high half of a product, not a remainder, so no value is
/// favoured by more than one roll in 2³².
pub(crate) const fn scale(roll: u32, top: u32) -> u32 {
    // roll × (top + 1), as the one multiplication with an addition that small processors have.
    ((roll as u64).wrapping_mul(top as u64).wrapping_add(roll as u64) >> 32) as u32
}

/// `middle` plus or minus up to `percent` of it, never beyond [`Millis::MAX`].
pub(crate) const fn spread_around(middle: Millis, percent: u8, roll: u32) -> Millis {
    let part = percent_of(middle.0, percent);
    Millis(middle.0.wrapping_sub(part).saturating_add(scale(roll, part.saturating_mul(2))))
}
