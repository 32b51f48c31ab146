//! Owns the command line: `sensor PORT EVERY COUNT LINK…`.
//!
//! `EVERY` is the time between two readings in milliseconds, `COUNT` how many are taken in all (0: no end), `LINK` a scenario's
//! line that says how the link behaves: `link single opening=5s ping=2s`. What it leaves out is the core's default.

use platform::host;
use relink_notation::{Header, Text};

pub(crate) struct Settings {
    pub(crate) port: u16,
    pub(crate) every_ms: u32,
    pub(crate) count: u32,
    pub(crate) link: Header,
}

impl Settings {
    /// None, if the command line is not as it should be.
    pub(crate) fn read() -> Option<Self> {
        let port = host::argument(1, |word| word.parse().ok())?;
        let every_ms = host::argument(2, |word| word.parse().ok())?;
        let count = host::argument(3, |word| word.parse().ok())?;
        let mut line = heapless::String::<256>::new();
        for position in 4.. {
            let added = host::argument(position, |word| {
                let blank = if position == 4 { "" } else { " " };
                line.push_str(blank).and_then(|()| line.push_str(word)).ok()
            });
            if added.is_none() {
                break;
            }
        }
        let Text(link) = line.parse::<Text<Header>>().ok()?;
        Some(Self { port, every_ms, count, link })
    }
}
