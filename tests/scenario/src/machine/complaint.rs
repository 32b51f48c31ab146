//! Owns what is said about a machine's scenario that does not hold.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use core::fmt::Write as _;

use relink_notation::Word;

/// Something that does not hold, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Complaint {
    pub(crate) line: u32,
    /// What is marked in the line: its first column, from 1, and its width; nothing if that is 0.
    pub(crate) mark: (usize, usize),
    pub(crate) headline: String,
    /// Another line that has to do with it.
    pub(crate) quoted: Option<u32>,
    /// What is said below the line.
    pub(crate) below: Vec<String>,
}

impl Complaint {
    pub(crate) fn new(line: u32, headline: impl Into<String>) -> Self {
        Self { line, mark: (1, 0), headline: headline.into(), quoted: None, below: Vec::new() }
    }

    pub(crate) fn at(line: u32, column: u32, width: usize, accepted: &str) -> Self {
        Self { mark: (column.max(1) as usize, width.max(1)), ..Self::new(line, accepted) }
    }

    pub(crate) fn word(line: u32, word: &Word<'_>, accepted: &str) -> Self {
        Self::at(line, word.column, word.text.chars().count(), accepted)
    }

    pub(crate) fn below(mut self, said: impl Into<String>) -> Self {
        self.below.push(said.into());
        self
    }

    /// The complaint as it is shown: file and line, the line itself with the place marked, what was expected.
    pub(crate) fn shown(&self, name: &str, text: &str) -> String {
        let quoted = |line: u32| format!("{line:5} | {}\n", text.lines().nth(line.saturating_sub(1) as usize).unwrap_or_default());
        let (column, width) = self.mark;
        let mut shown = format!("{name}:{}:{column}: {}\n{}", self.line, self.headline, quoted(self.line));
        if width > 0 {
            // Writing to a string does not fail.
            let _ = writeln!(shown, "      | {}{}", " ".repeat(column - 1), "^".repeat(width));
        }
        shown.extend(self.quoted.map(quoted));
        shown.extend(self.below.iter().map(|said| format!("  {said}\n")));
        shown
    }
}
