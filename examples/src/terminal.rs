//! Owns how wide the lines may be.

use std::env;
use std::io::stdout;

/// A narrower terminal breaks the lines itself.
const WIDTH_MIN: usize = 60;

/// The width of the terminal in characters; where there is none, what `COLUMNS` says, if it says anything.
pub(crate) fn width() -> Option<usize> {
    let seen = terminal_size::terminal_size_of(stdout()).map(|(width, _)| usize::from(width.0));
    let told = || env::var("COLUMNS").ok().and_then(|columns| columns.trim().parse().ok()).filter(|columns| *columns > 0);
    seen.or_else(told).map(|width| width.max(WIDTH_MIN))
}
