//! Owns the delays between attempts, as C configures and draws them.

use relink_core::{Draw, Millis};

use crate::Status;
use crate::argument::{Plain, read, usable, write};
use crate::status::status;

/// How a delay is drawn once its ceiling is known. Drawn after the cap, so that a fleet at the cap is still spread.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Jitter {
    /// Exactly the ceiling.
    None = 0,
    /// Anywhere from 0 to the ceiling.
    Full = 1,
    /// Anywhere from half the ceiling to the ceiling.
    Equal = 2,
    /// Anywhere from delay_min_ms to the delay before times the growth; the delay drawn is what grows.
    Decorrelated = 3,
    /// The ceiling plus or minus jitter_percent of it, never above delay_max_ms.
    Around = 4,
}

/// A policy that is known to be good.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preset {
    /// For somebody who waits: quick after a blip, full jitter from 1 s to 30 s. The default of a configuration.
    Interactive = 0,
    /// For very many clients of one service: as interactive, but the first retry is spread over 5 s.
    Fleet = 1,
    /// gRPC's connection backoff: 1 s, growing by 1.6, to 120 s, 20 % around (so 144 s at most).
    Grpc = 2,
    /// RFC 6455 section 7.2.3: the first at random within 5 s, then doubled, here to 60 s.
    Rfc6455 = 3,
}

/// A retry policy. Every value is usable; how odd ones are read stands with each.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// Milliseconds over which the first retry after a stable link is spread; 0: at once.
    pub first_spread_ms: u32,
    /// The ceiling after the first failure, in milliseconds; 0 is read as 1.
    pub delay_min_ms: u32,
    /// The longest delay after any number of failures, in milliseconds; at least delay_min_ms.
    pub delay_max_ms: u32,
    /// Failures in a row after which the link gives up; 0: never.
    pub failures_max: u32,
    /// The ceiling's growth with each failure, in percent: 200 doubles. Below 100 is read as 100.
    pub growth_percent: u16,
    /// One of enum relink_jitter.
    pub jitter: u8,
    /// With RELINK_JITTER_AROUND: how far around, 0 to 100 percent; above is read as 100. Without it of no effect.
    pub jitter_percent: u8,
}

// SAFETY: numbers without a gap between them.
unsafe impl Plain for Backoff {}

impl Backoff {
    pub(crate) fn known(self) -> Result<relink_core::Backoff, Status> {
        Ok(relink_core::Backoff {
            first_spread: Millis::new(self.first_spread_ms),
            delay_min: Millis::new(self.delay_min_ms),
            delay_max: Millis::new(self.delay_max_ms),
            growth_percent: self.growth_percent,
            jitter: jitter(self.jitter, self.jitter_percent)?,
            failures_max: self.failures_max,
        })
    }

    pub(crate) const fn of(backoff: relink_core::Backoff) -> Self {
        let (jitter, jitter_percent) = match backoff.jitter {
            relink_core::Jitter::None => (Jitter::None, 0),
            relink_core::Jitter::Full => (Jitter::Full, 0),
            relink_core::Jitter::Equal => (Jitter::Equal, 0),
            relink_core::Jitter::Decorrelated => (Jitter::Decorrelated, 0),
            relink_core::Jitter::Around(percent) => (Jitter::Around, percent),
        };
        Self {
            first_spread_ms: backoff.first_spread.get(),
            delay_min_ms: backoff.delay_min.get(),
            delay_max_ms: backoff.delay_max.get(),
            failures_max: backoff.failures_max,
            growth_percent: backoff.growth_percent,
            jitter: jitter as u8,
            jitter_percent,
        }
    }
}

fn jitter(kind: u8, percent: u8) -> Result<relink_core::Jitter, Status> {
    const NONE: u8 = Jitter::None as u8;
    const FULL: u8 = Jitter::Full as u8;
    const EQUAL: u8 = Jitter::Equal as u8;
    const DECORRELATED: u8 = Jitter::Decorrelated as u8;
    const AROUND: u8 = Jitter::Around as u8;
    match kind {
        NONE => Ok(relink_core::Jitter::None),
        FULL => Ok(relink_core::Jitter::Full),
        EQUAL => Ok(relink_core::Jitter::Equal),
        DECORRELATED => Ok(relink_core::Jitter::Decorrelated),
        AROUND => Ok(relink_core::Jitter::Around(percent)),
        _ => Err(Status::Invalid),
    }
}

/// Writes a policy that is known to be good. `preset` is one of enum relink_preset.
///
/// # Safety
/// See the rules at the head of relink.h.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn relink_backoff_preset(preset: u8, backoff: *mut Backoff) -> Status {
    const INTERACTIVE: u8 = Preset::Interactive as u8;
    const FLEET: u8 = Preset::Fleet as u8;
    const GRPC: u8 = Preset::Grpc as u8;
    const RFC6455: u8 = Preset::Rfc6455 as u8;
    let known = match preset {
        INTERACTIVE => relink_core::Backoff::INTERACTIVE,
        FLEET => relink_core::Backoff::FLEET,
        GRPC => relink_core::Backoff::GRPC,
        RFC6455 => relink_core::Backoff::RFC6455,
        _ => return Status::Invalid,
    };
    // SAFETY: as C promises, the pointer is null or points to one of these.
    status(unsafe { write(backoff, Backoff::of(known)) })
}

/// Writes a policy that always waits `delay_ms` milliseconds (0 is read as 1); only the first retry after a stable link falls at random
/// within them.
///
/// # Safety
/// See the rules at the head of relink.h.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn relink_backoff_fixed(delay_ms: u32, backoff: *mut Backoff) -> Status {
    // SAFETY: as C promises, the pointer is null or points to one of these.
    status(unsafe { write(backoff, Backoff::of(relink_core::Backoff::fixed(Millis::new(delay_ms)))) })
}

/// Draws a delay without a link, for whoever retries something else.
///
/// `memory_ms` is 0 at the first failure; each call leaves there what the next one needs. `roll` is a random number, uniform
/// over all 32 bits. The delay is written to `delay_ms`, in milliseconds, at most the policy's delay_max_ms.
///
/// # Safety
/// See the rules at the head of relink.h.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn relink_backoff_draw(backoff: *const Backoff, roll: u32, memory_ms: *mut u32, delay_ms: *mut u32) -> Status {
    // SAFETY: as C promises, each pointer is null or points to what it says.
    status(unsafe { draw(backoff, roll, memory_ms, delay_ms) })
}

/// # Safety
/// As [`relink_backoff_draw`].
unsafe fn draw(backoff: *const Backoff, roll: u32, memory_ms: *mut u32, delay_ms: *mut u32) -> Result<(), Status> {
    usable(delay_ms)?;
    // SAFETY: as the caller promises.
    let policy = unsafe { read(backoff) }?.known()?.clamped();
    // SAFETY: as the caller promises.
    let before = unsafe { read(memory_ms) }?;
    let Draw { delay, memory } = policy.draw(Millis::new(before), roll);
    // SAFETY: as the caller promises.
    unsafe { write(memory_ms, memory.get()) }?;
    // SAFETY: as the caller promises.
    unsafe { write(delay_ms, delay.get()) }
}

// SAFETY: every bit pattern is a number.
unsafe impl Plain for u32 {}
