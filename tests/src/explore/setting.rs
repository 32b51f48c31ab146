//! Owns what an exploration is of: one configuration, what the world may say to it, and how its time passes.

use relink_core::{Config, Millis, Verdict};

/// One exploration: a configuration, the words of its world, and how its time passes.
#[derive(Clone, Debug)]
pub struct Setting {
    /// What is special about it.
    pub name: String,
    /// The link's configuration.
    pub config: Config,
    /// What the world may say.
    pub words: Words,
    /// How time passes.
    pub clock: Clock,
    /// Whether a [`Link<Single>`](relink_core::Single) is walked beside it, step by step.
    pub twin: bool,
    /// More states than this space can have.
    pub states_max: usize,
}

/// The size of a closed space.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Links that differ in more than the names of attempts and the hour.
    pub states: usize,
    /// Steps taken from them: each state's every event, and each passing of time.
    pub transitions: u64,
}

/// What the world may say, beside the reports that have no argument.
#[derive(Clone, Copy, Debug)]
pub struct Words {
    /// With `Asked`, `Closed` and `Lost`.
    pub verdicts: &'static [Verdict],
    /// With `Pulse`.
    pub pulses: &'static [Millis],
    /// How far ahead a `Drain` is given its instant.
    pub drains: &'static [Millis],
}

/// How time passes between two events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// Millisecond by millisecond: every order of instants that the configuration allows is seen.
    Ticks,
    /// To the next instant that means something to the link or to the account kept of it. For long waits.
    Jumps,
}

/// The rolls that reach both ends of every spread, and its middle.
pub const ROLLS: [u32; 3] = [0, 1 << 31, u32::MAX];
