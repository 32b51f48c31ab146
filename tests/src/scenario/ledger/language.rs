//! Owns the language: the `ledger` line and the steps below it.

use relink_core::ledger::Terms;
use relink_core::{Attempt, Instant, Millis};
use relink_notation::{Text, Word, Words};

use super::complaint::Complaint;

/// How a ledger is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) terms: Terms,
    pub(super) capacity: usize,
    /// Whether all hashes are the same.
    pub(super) collide: bool,
}

/// The left half of a step, and the right one as it stands there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) line: u32,
    pub(super) alternative: bool,
    pub(super) at: Instant,
    pub(super) late: bool,
    pub(super) deed: Deed,
    pub(super) right: Option<String>,
}

/// What happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Deed {
    Received { id: String, on: Attempt, once: bool },
    Acknowledge(String),
    Dropped(String),
    Lost(Attempt),
    Timeout,
    Exchange(usize),
    InHand(Attempt),
}

const KEYS: &str = "the keys are capacity=16, warn=2.5s, due=3s, remember=10m (`none` switches a time off), and the word `collide`";
const CAPACITY_MAX: usize = 1 << 20;
const SLOTS: &str = "a number of slots is expected, at most 1048576";
const STEP: &str = "a step begins with `at` and a time, or `or at` and a time";
const DEEDS: &str = "what may happen is `received ID#N`, `received ID#N once`, `acknowledge ID`, `dropped ID`, `lost #N`, `timeout`, \
     `exchange SLOTS`, `in-hand #N`";
const ENVELOPE: &str = "an envelope and its connection are expected, such as a#1";
const ID: &str = "an envelope is expected, such as a: any word without a #";
const CONNECTION: &str = "a connection is expected, such as #1";
const RIGHT: &str = "here may follow the right half, `-> …`, which BLESS=1 writes";

/// The words of one line.
pub(super) struct Line<'a> {
    number: u32,
    pub(super) words: Words<'a>,
}

impl<'a> Line<'a> {
    pub(super) const fn new(number: u32, body: &'a str) -> Self {
        Self { number, words: Words::new(body) }
    }

    /// Passes the next word if it is this one.
    pub(super) fn take(&mut self, text: &str) -> bool {
        let words = &mut self.words;
        words.take(text)
    }

    pub(super) fn need(&mut self, accepted: &str) -> Result<Word<'a>, Complaint> {
        let column = self.words.column();
        self.words.next().ok_or_else(|| Complaint::at(self.number, column, 1, accepted))
    }

    pub(super) fn refuse<T>(&self, word: &Word<'_>, accepted: &str) -> Result<T, Complaint> {
        Err(Complaint::word(self.number, word, accepted))
    }

    /// The next word as whatever this reads.
    pub(super) fn read<T>(&mut self, accepted: &str, read: impl Fn(&str) -> Option<T>) -> Result<T, Complaint> {
        let word = self.need(accepted)?;
        read(word.text).map_or_else(|| self.refuse(&word, accepted), Ok)
    }
}

/// Reads what follows the word `ledger`.
pub(super) fn header(line: &mut Line<'_>) -> Result<Header, Complaint> {
    let mut header = Header { terms: Terms::DEFAULT, capacity: 16, collide: false };
    while let Some(word) = line.words.next() {
        let known = match word.text.split_once('=') {
            None => word.text == "collide" && !std::mem::replace(&mut header.collide, true),
            Some(("capacity", value)) => slots(value).map(|slots| header.capacity = slots).is_some(),
            Some(("warn", value)) => length(value).map(|length| header.terms.warn_after = length).is_some(),
            Some(("due", value)) => length(value).map(|length| header.terms.due_after = length).is_some(),
            Some(("remember", value)) => length(value).map(|length| header.terms.remember_for = length).is_some(),
            Some(_) => false,
        };
        if !known {
            return line.refuse(&word, KEYS);
        }
    }
    Ok(header)
}

/// Reads a step; `right` is what stands behind its arrow.
pub(super) fn step(line: &mut Line<'_>, right: Option<&str>) -> Result<Step, Complaint> {
    let alternative = line.take("or");
    let word = line.need(STEP)?;
    if word.text != "at" {
        return line.refuse(&word, STEP);
    }
    let at = line.read(STEP, |text| text.parse().ok().map(|Text(at)| at))?;
    let late = line.take("late");
    let deed = deed(line)?;
    match line.words.next() {
        None => Ok(Step { line: line.number, alternative, at, late, deed, right: right.map(normal) }),
        Some(word) => line.refuse(&word, RIGHT),
    }
}

fn deed(line: &mut Line<'_>) -> Result<Deed, Complaint> {
    let word = line.need(DEEDS)?;
    Ok(match word.text {
        "received" => {
            let (id, on) = line.read(ENVELOPE, envelope)?;
            Deed::Received { id, on, once: line.take("once") }
        }
        "acknowledge" => Deed::Acknowledge(line.read(ID, id)?),
        "dropped" => Deed::Dropped(line.read(ID, id)?),
        "lost" => Deed::Lost(line.read(CONNECTION, connection)?),
        "timeout" => Deed::Timeout,
        "exchange" => Deed::Exchange(line.read(SLOTS, slots)?),
        "in-hand" => Deed::InHand(line.read(CONNECTION, connection)?),
        _ => return line.refuse(&word, DEEDS),
    })
}

fn envelope(text: &str) -> Option<(String, Attempt)> {
    let (name, number) = text.split_at_checked(text.find('#')?)?;
    Some((id(name)?, connection(number)?))
}

pub(super) fn id(text: &str) -> Option<String> {
    (!text.is_empty() && !text.contains('#')).then(|| text.to_owned())
}

pub(super) fn connection(text: &str) -> Option<Attempt> {
    text.parse().ok().map(|Text(attempt)| attempt)
}

fn slots(text: &str) -> Option<usize> {
    text.parse().ok().filter(|slots| *slots <= CAPACITY_MAX)
}

fn length(text: &str) -> Option<Millis> {
    if text == "none" { Some(Millis::ZERO) } else { text.parse().ok().map(|Text(length)| length) }
}

/// The same words with one blank between them.
pub(super) fn normal(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
