//! Owns the lines of these scenarios, word by word, and the steps, whatever happens in them.

use alloc::string::String;
use alloc::vec::Vec;

use relink_core::{Instant, Millis};
use relink_notation::{Text, Word, Words};

use super::Machine;
use super::complaint::Complaint;

/// The left half of a step, and the right one as it stands there.
#[derive(Clone, Debug)]
pub(crate) struct Step<D> {
    pub(crate) line: u32,
    pub(crate) alternative: bool,
    pub(crate) at: Instant,
    pub(crate) late: bool,
    pub(crate) deed: D,
    pub(crate) right: Option<String>,
}

const STEP: &str = "a step begins with `at` and a time, or `or at` and a time";
const RIGHT: &str = "here may follow the right half, `-> …`, which BLESS=1 writes";

/// The words of one line.
pub(crate) struct Line<'a> {
    number: u32,
    pub(crate) words: Words<'a>,
}

impl<'a> Line<'a> {
    pub(crate) const fn new(number: u32, body: &'a str) -> Self {
        Self { number, words: Words::new(body) }
    }

    /// Passes the next word if it is this one.
    pub(crate) fn take(&mut self, text: &str) -> bool {
        let words = &mut self.words;
        words.take(text)
    }

    pub(crate) fn need(&mut self, accepted: &str) -> Result<Word<'a>, Complaint> {
        let column = self.words.column();
        self.words.next().ok_or_else(|| Complaint::at(self.number, column, 1, accepted))
    }

    pub(crate) fn refuse<T>(&self, word: &Word<'_>, accepted: &str) -> Result<T, Complaint> {
        Err(Complaint::word(self.number, word, accepted))
    }

    /// The next word as whatever this reads.
    pub(crate) fn read<T>(&mut self, accepted: &str, read: impl Fn(&str) -> Option<T>) -> Result<T, Complaint> {
        let word = self.need(accepted)?;
        read(word.text).map_or_else(|| self.refuse(&word, accepted), Ok)
    }
}

/// Reads a step; `right` is what stands behind its arrow.
pub(crate) fn step<M: Machine>(line: &mut Line<'_>, right: Option<&str>) -> Result<Step<M::Deed>, Complaint> {
    let alternative = line.take("or");
    let word = line.need(STEP)?;
    if word.text != "at" {
        return line.refuse(&word, STEP);
    }
    let at = line.read(STEP, |text| text.parse().ok().map(|Text(at)| at))?;
    let late = line.take("late");
    let deed = M::deed(line)?;
    match line.words.next() {
        None => Ok(Step { line: line.number, alternative, at, late, deed, right: right.map(normal) }),
        Some(word) => line.refuse(&word, RIGHT),
    }
}

/// A length of time; `none` is 0.
pub(crate) fn length(text: &str) -> Option<Millis> {
    if text == "none" { Some(Millis::ZERO) } else { text.parse().ok().map(|Text(length)| length) }
}

/// A whole number, at most this one.
pub(crate) fn number_up_to(text: &str, most: u32) -> Option<u32> {
    text.parse().ok().filter(|number| *number <= most)
}

/// The same words with one blank between them.
fn normal(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
