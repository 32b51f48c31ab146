//! Owns the language: the `drain` line, what happens below it, and what claims may be on.

use core::fmt;

use relink_core::drain::{Action, Event, Plan, Reaction};

use crate::machine::{Complaint, Line, length, number_up_to};

/// How a drain is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(super) plan: Plan,
    pub(super) seats: usize,
}

/// What happens, by which chance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Deed {
    pub(super) event: Event<Member>,
    pub(super) roll: u32,
}

/// A connection: its number, and which of those that had it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Member {
    number: u32,
    generation: u32,
}

/// What a claim is on: an action, perhaps on one connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct What {
    name: &'static str,
    member: Option<Member>,
}

pub(super) const CLAIMS: &str = "the claims are `never [more than N] ACTION`, `always some ACTION`; ACTION is one of right halves, with a \
     connection if it matters, and the time, as in `never close #3 before 10s`";
pub(super) const BEHIND: &str = "here may follow a connection such as #3, and then `from TIME`, `before TIME`, or both in this order";
const KEYS: &str = "the keys are seats=16, grace=none, spread=5s, closing=5s, and the word `farewell`";
const SEATS_MAX: u32 = 1 << 20;
const DEEDS: &str = "what may happen is `begin`, `joined #N`, `ended #N`, `dropped #N`, `force`, `timeout`, each perhaps with `roll=50%`";
const MEMBER: &str = "a connection is expected, such as #3, or #3.1 for another one of the same number";
const ROLL: &str = "a roll is expected, such as roll=50%";
const ACTION: &str = "what is asked for is refuse, farewell, close, force, drained";
const ACTIONS: [&str; 5] = ["refuse", "farewell", "close", "force", "drained"];

/// Reads what follows the word `drain`.
pub(super) fn header(line: &mut Line<'_>) -> Result<Header, Complaint> {
    let mut header = Header { plan: Plan::DEFAULT, seats: 16 };
    while let Some(word) = line.words.next() {
        let plan = &mut header.plan;
        let known = match word.text.split_once('=') {
            None => word.text == "farewell" && !core::mem::replace(&mut plan.farewell, true),
            Some(("seats", value)) => number_up_to(value, SEATS_MAX).map(|seats| header.seats = seats as usize).is_some(),
            Some(("grace", value)) => length(value).map(|length| plan.grace = length).is_some(),
            Some(("spread", value)) => length(value).map(|length| plan.spread = length).is_some(),
            Some(("closing", value)) => length(value).map(|length| plan.closing_timeout = length).is_some(),
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
    let event = match word.text {
        "begin" => Event::Begin,
        "joined" => Event::Joined(line.read(MEMBER, member)?),
        "ended" => Event::Ended(line.read(MEMBER, member)?),
        "dropped" => Event::Dropped(line.read(MEMBER, member)?),
        "force" => Event::Force,
        "timeout" => Event::Timeout,
        _ => return line.refuse(&word, DEEDS),
    };
    let roll = match line.words.peek() {
        Some(word) if word.text.starts_with("roll=") => line.read(ROLL, |text| roll(text.strip_prefix("roll=")?))?,
        Some(_) | None => 0,
    };
    Ok(Deed { event, roll })
}

/// Reads what a claim is on.
pub(super) fn what(line: &mut Line<'_>) -> Result<What, Complaint> {
    let name = line.read(ACTION, |text| ACTIONS.into_iter().find(|name| *name == text))?;
    let member = match line.words.peek() {
        Some(word) if word.text.starts_with('#') => Some(line.read(MEMBER, member)?),
        Some(_) | None => None,
    };
    Ok(What { name, member })
}

impl What {
    pub(super) fn is(self, reaction: Reaction<Member>) -> bool {
        let Reaction::Do(action) = reaction else { return false };
        let (name, of) = named(action);
        name == self.name && (self.member.is_none() || self.member == of)
    }
}

/// The name of an action, and the connection it is about.
pub(super) const fn named(action: Action<Member>) -> (&'static str, Option<Member>) {
    match action {
        Action::Refuse => ("refuse", None),
        Action::Farewell(member) => ("farewell", Some(member)),
        Action::Close(member) => ("close", Some(member)),
        Action::Force(member) => ("force", Some(member)),
        Action::Drained(_) => ("drained", None),
    }
}

impl From<Member> for usize {
    fn from(member: Member) -> Self {
        member.number as Self
    }
}

impl fmt::Display for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { number, generation } = self;
        if *generation == 0 { write!(f, "#{number}") } else { write!(f, "#{number}.{generation}") }
    }
}

fn member(text: &str) -> Option<Member> {
    let text = text.strip_prefix('#')?;
    let (number, generation) = text.split_once('.').unwrap_or((text, "0"));
    Some(Member { number: number.parse().ok()?, generation: generation.parse().ok()? })
}

fn roll(text: &str) -> Option<u32> {
    let Some(percent) = text.strip_suffix('%') else { return text.parse().ok() };
    let percent = number_up_to(percent, 100)?;
    u32::try_from(u64::from(u32::MAX) * u64::from(percent) / 100).ok()
}

#[cfg(test)]
impl Member {
    /// The first one of a number.
    pub(super) const fn of(number: u32) -> Self {
        Self { number, generation: 0 }
    }
}
