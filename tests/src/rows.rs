//! Owns what the tests of the promised bounds share: the line that a row prints, and how late a busy machine may be.

use std::fmt::Display;
use std::time::Duration;

/// How much later than its contract says anything may be seen on a machine that is busy with other tests: a timer, a wake-up
/// and an accept each wait for one of two cores. Every bound on real time is the contract's own time and this.
pub const SLACK: Duration = Duration::from_millis(750);

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
