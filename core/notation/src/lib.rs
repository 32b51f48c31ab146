//! The scenario notation: what is told to a link and what it decides, as text that a person can read and write.
//!
//! One line is one step. The left half says when and what, the right half which state, action and deadline follow:
//! ```text
//! link opening=10s ping=none backoff=1s..60s x160% jitter=none
//! at 0s   start          -> connecting  open #1   10s
//! at 10s  timeout        -> backoff     abort #1  11s
//! ```
//! [`Text`] writes and parses each value alone, [`parse_line`] one line, [`lines`] a whole file. Nothing is allocated
//! and nothing panics, so that a device can read scenarios and a shell can record them. Every value is written so that
//! parsing gives the same value again. The grammar is in `tests/README.md`.
#![no_std]

mod config;
mod error;
mod event;
mod line;
mod near;
mod outcome;
mod state;
mod step;
mod time;
mod words;

pub use config::Header;
pub use error::{Error, Problem};
pub use event::Said;
pub use line::{Line, Numbered, lines, parse_line, split_comment};
pub use outcome::Outcome;
pub use state::{Beside, Elder, Ending, Next, StateWord};
pub use step::{Left, Step};
pub use words::{Word, Words};

/// A value in the notation: `Display` writes it, `FromStr` parses it, and the two agree exactly.
///
/// ```
/// use relink_core::{Event, Millis};
/// use relink_notation::Text;
/// let Text(wait) = "1.5m".parse::<Text<Millis>>()?;
/// assert_eq!(Text(wait).to_string(), "90s");
/// let Text(event) = "lost#2 retry-after 30s".parse::<Text<Event>>()?;
/// assert_eq!(Text(event).to_string(), "lost#2 retry-after 30s");
/// # Ok::<(), relink_notation::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Text<T>(pub T);
