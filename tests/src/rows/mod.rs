//! Owns what the tests of the promised bounds share: the line that a row prints, a link under watch, how late a busy machine may be.

mod watched;

use std::fmt::Display;
use std::time::Duration;

pub use watched::{Told, Untold, Watched};

/// How much later than its contract says anything may be seen on a machine that is busy with other tests: a timer, a wake-up
/// and an accept each wait for one of two cores. Every bound on real time is the contract's own time and this.
pub const SLACK: Duration = Duration::from_millis(750);

/// How much earlier than its contract says anything may be seen: a link's clock shows whole milliseconds.
pub const TICK: Duration = Duration::from_millis(2);

/// Longer than anything that is waited for takes, on whatever machine. No bound: what takes so long has not happened.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Prints a row: what was measured, and what it may be.
pub fn row(name: &str, measured: impl Display, bound: impl Display) {
    println!("row: {name}: measured {measured}; bound {bound}");
}

/// The middle of values in order.
///
/// # Panics
/// Without any value.
#[must_use]
pub fn median<T: Copy>(sorted: &[T]) -> T {
    sorted[sorted.len() / 2]
}

/// Whether something that is to take this time took it: not less, and more only by what a busy machine adds.
#[must_use]
pub fn takes(measured: Duration, contract: Duration) -> bool {
    measured + TICK >= contract && measured <= contract + SLACK
}

/// A time as a row shows it.
#[must_use]
pub fn millis(time: Duration) -> String {
    format!("{} ms", time.as_millis())
}

/// A bound on real time as a row shows it.
#[must_use]
pub fn with_slack(contract: Duration) -> String {
    format!("{} (+ {} for a busy machine)", millis(contract), millis(SLACK))
}
