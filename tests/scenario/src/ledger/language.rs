//! Owns the language: the `ledger` line, and what happens below it.

use alloc::borrow::ToOwned;
use alloc::string::String;

use relink_core::Attempt;
use relink_core::ledger::Terms;
use relink_notation::Text;

use crate::machine::{Complaint, Line, length, number_up_to};

/// How a ledger is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(super) terms: Terms,
    pub(super) capacity: usize,
    /// Whether all hashes are the same.
    pub(super) collide: bool,
}

/// What happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    Received { id: String, on: Attempt, once: bool },
    Acknowledge(String),
    Dropped(String),
    Lost(Attempt),
    Timeout,
    Exchange(usize),
    InHand(Attempt),
}

const KEYS: &str = "the keys are capacity=16, warn=2.5s, due=3s, remember=10m (`none` switches a time off), and the word `collide`";
const CAPACITY_MAX: u32 = 1 << 20;
const SLOTS: &str = "a number of slots is expected, at most 1048576";
const DEEDS: &str = "what may happen is `received ID#N`, `received ID#N once`, `acknowledge ID`, `dropped ID`, `lost #N`, `timeout`, \
     `exchange SLOTS`, `in-hand #N`";
const ENVELOPE: &str = "an envelope and its connection are expected, such as a#1";
const ID: &str = "an envelope is expected, such as a: any word without a #";
const CONNECTION: &str = "a connection is expected, such as #1";

/// Reads what follows the word `ledger`.
pub(super) fn header(line: &mut Line<'_>) -> Result<Header, Complaint> {
    let mut header = Header { terms: Terms::DEFAULT, capacity: 16, collide: false };
    while let Some(word) = line.words.next() {
        let known = match word.text.split_once('=') {
            None => word.text == "collide" && !core::mem::replace(&mut header.collide, true),
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

/// Reads what happens.
pub(super) fn deed(line: &mut Line<'_>) -> Result<Deed, Complaint> {
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
    number_up_to(text, CAPACITY_MAX).map(|slots| slots as usize)
}
