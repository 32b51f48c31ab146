//! Owns the ledger that scenarios run on, and what it says as text.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use core::fmt;

use relink_core::ledger::{Answer, Fate, Ledger, Notice, Received, Slot};
use relink_core::{Attempt, Instant};
use relink_notation::Text;

use super::language::{Deed, Header};
use crate::machine::Hashing;

/// A ledger whose envelopes are named by words.
pub(crate) struct Subject(Ledger<String, Vec<Slot<String>>, Hashing>);

/// What follows from a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(super) said: Said,
    in_hand: u32,
    known: u32,
    pub(super) deadline: Option<Instant>,
}

/// What a ledger says: a word, the envelope and the connection it is about, and what else belongs to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Said {
    pub(super) word: Word,
    pub(super) id: Option<String>,
    pub(super) on: Option<Attempt>,
    more: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Word {
    New,
    Joined,
    Known,
    Unrecorded,
    Unjoined,
    Answer,
    Done,
    Nowhere,
    Unknown,
    Again,
    Never,
    Elsewhere,
    Nothing,
    Pressing,
    Late,
    Lost,
    Unanswered,
    InHand,
    Exchanged,
    TooSmall,
}

impl Word {
    /// All words that a claim may be on.
    pub(super) const ALL: [Self; 15] = [
        Self::New,
        Self::Joined,
        Self::Known,
        Self::Unrecorded,
        Self::Unjoined,
        Self::Answer,
        Self::Done,
        Self::Nowhere,
        Self::Unknown,
        Self::Again,
        Self::Never,
        Self::Nothing,
        Self::Pressing,
        Self::Late,
        Self::Lost,
    ];

    pub(super) const fn text(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Joined => "joined",
            Self::Known => "known",
            Self::Unrecorded => "unrecorded",
            Self::Unjoined => "unjoined",
            Self::Answer => "answer",
            Self::Done => "done",
            Self::Nowhere => "nowhere",
            Self::Unknown => "unknown",
            Self::Again => "again",
            Self::Never => "never",
            Self::Elsewhere => "elsewhere",
            Self::Nothing => "nothing",
            Self::Pressing => "pressing",
            Self::Late => "late",
            Self::Lost => "lost",
            Self::Unanswered => "unanswered",
            Self::InHand => "in-hand",
            Self::Exchanged => "exchanged",
            Self::TooSmall => "too-small",
        }
    }
}

impl Subject {
    pub(super) fn of(header: &Header) -> Self {
        Self(Ledger::new(header.terms, memory(header.capacity), Hashing { collide: header.collide }))
    }

    pub(super) fn take(&mut self, at: Instant, deed: &Deed) -> Outcome {
        let said = self.act(at, deed);
        Outcome { said, in_hand: self.0.in_hand_in_all(), known: self.0.remembered(), deadline: self.0.deadline() }
    }

    fn act(&mut self, at: Instant, deed: &Deed) -> Said {
        match deed {
            Deed::Received { id, on, once } => {
                let word = match self.0.received(at, id.clone(), *on, !once) {
                    Received::New => Word::New,
                    Received::Joined => Word::Joined,
                    Received::Known => Word::Known,
                    Received::Unrecorded(_) => Word::Unrecorded,
                    Received::Unjoined => Word::Unjoined,
                };
                Said { id: Some(id.clone()), on: Some(*on), ..word.into() }
            }
            Deed::Acknowledge(id) => {
                let (word, on) = match self.0.acknowledge(at, id) {
                    Answer::On(on) => (Word::Answer, Some(on)),
                    Answer::Done => (Word::Done, None),
                    Answer::Nowhere => (Word::Nowhere, None),
                    Answer::Unknown => (Word::Unknown, None),
                };
                Said { id: Some(id.clone()), on, ..word.into() }
            }
            Deed::Dropped(id) => Said { id: Some(id.clone()), ..self.0.dropped(id).map_or(Word::Nothing, fate).into() },
            Deed::Lost(on) => Said { more: self.0.lost(at, *on).to_string(), ..Word::Unanswered.into() },
            Deed::Timeout => self.0.timeout(at).map_or(Word::Nothing.into(), told),
            Deed::Exchange(slots) => if self.0.exchange(memory(*slots)).is_ok() { Word::Exchanged } else { Word::TooSmall }.into(),
            Deed::InHand(on) => Said { more: self.0.in_hand(*on).to_string(), ..Word::InHand.into() },
        }
    }
}

impl From<Word> for Said {
    fn from(word: Word) -> Self {
        Self { word, id: None, on: None, more: String::new() }
    }
}

/// The envelope and the connection are left out where the left half names them.
impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word.text())?;
        match (self.word, &self.id, self.on) {
            (Word::Answer, _, Some(on)) => write!(f, " {}", Text(on))?,
            (Word::Pressing | Word::Late | Word::Lost, Some(id), Some(on)) => write!(f, " {id}{}", Text(on))?,
            (_, _, _) => {}
        }
        if self.more.is_empty() { Ok(()) } else { write!(f, " {}", self.more) }
    }
}

impl Outcome {
    /// Its four columns.
    pub(super) fn columns(&self) -> [String; 4] {
        let Self { said, in_hand, known, deadline } = self;
        [said.to_string(), format!("hand={in_hand}"), format!("known={known}"), Text(*deadline).to_string()]
    }
}

fn told(notice: Notice<'_, String>) -> Said {
    let (word, id, on, more) = match notice {
        Notice::Pressing { id, on, due } => (Word::Pressing, id, on, format!("by {}", Text(due))),
        Notice::Late { id, on } => (Word::Late, id, on, String::new()),
        Notice::Lost { id, on, fate: what } => (Word::Lost, id, on, fate(what).text().to_owned()),
    };
    Said { word, id: Some(id.clone()), on: Some(on), more }
}

const fn fate(fate: Fate) -> Word {
    match fate {
        Fate::Again => Word::Again,
        Fate::Never => Word::Never,
        Fate::Elsewhere => Word::Elsewhere,
    }
}

fn memory(slots: usize) -> Vec<Slot<String>> {
    vec![Slot::EMPTY; slots]
}

#[cfg(test)]
impl Outcome {
    /// An outcome that no ledger gave: a word, the connection of an answer, a deadline.
    pub(super) fn told(text: &str, deed: &Deed) -> Self {
        let words: Vec<&str> = text.split(' ').collect();
        let word = Word::ALL.into_iter().find(|word| word.text() == words[0]).unwrap_or(Word::Unanswered);
        let read = words.get(1);
        let on = read.and_then(|word| word.parse().ok()).map(|Text(on)| on);
        let deadline = read.and_then(|word| word.parse().ok()).map(|Text(deadline)| deadline);
        let id = if let Deed::Acknowledge(id) = deed { Some(id.clone()) } else { None };
        Self { said: Said { id, on, ..word.into() }, in_hand: 0, known: 0, deadline }
    }
}
