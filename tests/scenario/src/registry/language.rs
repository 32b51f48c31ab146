//! Owns the language: the `registry` line, what happens below it, and what claims may be on.

use alloc::borrow::ToOwned;
use alloc::string::String;

use relink_core::registry::Limits;

use super::subject::Word;
use crate::machine::{Complaint, Line, number_up_to};

/// How a registry is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(super) capacity: usize,
    pub(super) limits: Limits,
    /// The generation of all its slots.
    pub(super) generation: u32,
    /// Whether all hashes are the same.
    pub(super) collide: bool,
}

/// What happens. A connection is named by whoever writes; so is an identity, and a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    Admit { name: String, identity: Option<String>, group: String },
    Identify { name: String, identity: String },
    Remove(String),
    Get(String),
    Find(String),
    Round,
    Exchange(usize),
}

/// What is said, and of whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct What {
    pub(super) word: Word,
    pub(super) name: Option<String>,
}

pub(super) const CLAIMS: &str = "the claims are `never [more than N] SAID`, `always some SAID`; SAID is a word of right halves, a connection if it \
     matters, and the time, as in `never found old from 10s`";
pub(super) const BEHIND: &str = "here may follow a connection, and then `from TIME`, `before TIME`, or both in this order";
const KEYS: &str = "the keys are capacity=16, connections=none, group=none, generation=0, and the word `collide`";
const CAPACITY_MAX: u32 = 1 << 20;
const DEEDS: &str = "what may happen is `admit NAME [as IDENTITY] [from GROUP]`, `identify NAME as IDENTITY`, `remove NAME`, `get NAME`, \
     `find IDENTITY`, `round`, `exchange SLOTS`";
const NAME: &str = "a name is expected: any word";
const AS: &str = "`as IDENTITY` is expected";
const SLOTS: &str = "a number of slots is expected, at most 1048576";
const SAID: &str =
    "what is said is admitted, replaces, in-all, of-group, memory, identified, removed, there, replaced, gone, found, nobody";

/// Reads what follows the word `registry`.
pub(super) fn header(line: &mut Line<'_>) -> Result<Header, Complaint> {
    let mut header = Header { capacity: 16, limits: Limits::NONE, generation: 0, collide: false };
    while let Some(word) = line.words.next() {
        let known = match word.text.split_once('=') {
            None => word.text == "collide" && !core::mem::replace(&mut header.collide, true),
            Some(("capacity", value)) => number_up_to(value, CAPACITY_MAX).map(|slots| header.capacity = slots as usize).is_some(),
            Some(("connections", value)) => limit(value).map(|limit| header.limits.connections_max = limit).is_some(),
            Some(("group", value)) => limit(value).map(|limit| header.limits.group_max = limit).is_some(),
            Some(("generation", value)) => value.parse().map(|generation| header.generation = generation).is_ok(),
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
        "admit" => {
            let name = name(line)?;
            let identity = if line.take("as") { Some(self::name(line)?) } else { None };
            let group = if line.take("from") { self::name(line)? } else { String::new() };
            Deed::Admit { name, identity, group }
        }
        "identify" => {
            let name = name(line)?;
            let word = line.need(AS)?;
            if word.text != "as" {
                return line.refuse(&word, AS);
            }
            Deed::Identify { name, identity: self::name(line)? }
        }
        "remove" => Deed::Remove(name(line)?),
        "get" => Deed::Get(name(line)?),
        "find" => Deed::Find(name(line)?),
        "round" => Deed::Round,
        "exchange" => Deed::Exchange(line.read(SLOTS, |text| number_up_to(text, CAPACITY_MAX))? as usize),
        _ => return line.refuse(&word, DEEDS),
    })
}

/// Reads what a claim is on.
pub(super) fn what(line: &mut Line<'_>) -> Result<What, Complaint> {
    let word = line.read(SAID, |text| Word::CLAIMED.into_iter().find(|word| word.text() == text))?;
    let name = line.words.peek().filter(|word| !matches!(word.text, "from" | "before")).map(|word| word.text.to_owned());
    if name.is_some() {
        line.words.next();
    }
    Ok(What { word, name })
}

fn name(line: &mut Line<'_>) -> Result<String, Complaint> {
    line.read(NAME, |text| Some(text.to_owned()))
}

fn limit(text: &str) -> Option<u32> {
    if text == "none" { Some(0) } else { text.parse().ok() }
}
