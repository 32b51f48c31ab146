//! Owns the registry that scenarios run on, and what it says as text.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use crate::HashMap;
use core::fmt;

use relink_core::registry::{Admitted, Key, Refusal, Registry, Slot};

use super::language::{Deed, Header, What};
use crate::machine::Hashing;

type Cell = Slot<String, String, String>;

/// A registry whose connections have names: each keeps its own.
pub(crate) struct Subject {
    registry: Registry<String, String, Vec<Cell>, Hashing, String>,
    /// The latest key of each name.
    keys: HashMap<String, Key>,
    generation: u32,
}

/// What follows from a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(super) said: Said,
    pub(super) there: u32,
    pub(super) replaced: u32,
    /// The key that was given.
    pub(super) key: Option<Key>,
}

/// What a registry says: a word, and the connections it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Said {
    pub(super) word: Word,
    pub(super) names: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Word {
    Admitted,
    Replaces,
    InAll,
    OfGroup,
    Memory,
    Identified,
    Removed,
    There,
    Replaced,
    Gone,
    Found,
    Nobody,
    Met,
    Exchanged,
    TooSmall,
}

impl Word {
    /// All words that a claim may be on.
    pub(super) const CLAIMED: [Self; 12] = [
        Self::Admitted,
        Self::Replaces,
        Self::InAll,
        Self::OfGroup,
        Self::Memory,
        Self::Identified,
        Self::Removed,
        Self::There,
        Self::Replaced,
        Self::Gone,
        Self::Found,
        Self::Nobody,
    ];

    pub(super) const fn text(self) -> &'static str {
        match self {
            Self::Admitted => "admitted",
            Self::Replaces => "replaces",
            Self::InAll => "in-all",
            Self::OfGroup => "of-group",
            Self::Memory => "memory",
            Self::Identified => "identified",
            Self::Removed => "removed",
            Self::There => "there",
            Self::Replaced => "replaced",
            Self::Gone => "gone",
            Self::Found => "found",
            Self::Nobody => "nobody",
            Self::Met => "met",
            Self::Exchanged => "exchanged",
            Self::TooSmall => "too-small",
        }
    }
}

impl Subject {
    pub(super) fn of(header: &Header) -> Self {
        let memory = memory(header.capacity, header.generation);
        let registry = Registry::new(header.limits, memory, Hashing { collide: header.collide });
        Self { registry, keys: HashMap::default(), generation: header.generation }
    }

    pub(super) fn take(&mut self, deed: &Deed) -> Outcome {
        let mut given = None;
        let said = match deed {
            Deed::Admit { name, identity, group } => match self.registry.admit(group.clone(), identity.clone(), name.clone()) {
                Ok(Admitted { key, replaced }) => {
                    let said = self.replaces(replaced, Word::Admitted, name);
                    (_, given) = (self.keys.insert(name.clone(), key), Some(key));
                    said
                }
                Err(refused) => Said::of(refusal(refused.because), &refused.value),
            },
            Deed::Identify { name, identity } => {
                let identified = self.key(name).map(|key| self.registry.identify(key, identity.clone()));
                match identified {
                    Some(Ok(replaced)) => self.replaces(replaced, Word::Identified, name),
                    Some(Err(_)) | None => Said::of(Word::Gone, name),
                }
            }
            Deed::Remove(name) => {
                let removed = self.key(name).and_then(|key| self.registry.remove(key).ok());
                removed.map_or_else(|| Said::of(Word::Gone, name), |removed| Said::of(Word::Removed, &removed.value))
            }
            Deed::Get(name) => {
                let seen = self.key(name).and_then(|key| self.registry.connection(key).ok());
                let word = |replaced: bool| if replaced { Word::Replaced } else { Word::There };
                seen.map_or_else(|| Said::of(Word::Gone, name), |seen| Said::of(word(seen.replaced), seen.value))
            }
            Deed::Find(identity) => self.found(identity),
            Deed::Round => Said { word: Word::Met, names: self.round() },
            Deed::Exchange(slots) => {
                let done = self.registry.exchange(memory(*slots, self.generation)).is_ok();
                Said { word: if done { Word::Exchanged } else { Word::TooSmall }, names: Vec::new() }
            }
        };
        Outcome { said, there: self.registry.len(), replaced: self.registry.replaced(), key: given }
    }

    fn key(&self, name: &str) -> Option<Key> {
        self.keys.get(name).copied()
    }

    fn replaces(&self, replaced: Option<Key>, otherwise: Word, name: &str) -> Said {
        let older = replaced.and_then(|key| self.registry.get(key).ok());
        older.map_or_else(|| Said::of(otherwise, name), |older| Said::of(Word::Replaces, older))
    }

    fn found(&self, identity: &String) -> Said {
        let found = self.registry.find(identity).and_then(|key| self.registry.get(key).ok());
        found.map_or_else(|| Said::of(Word::Nobody, identity), |name| Said::of(Word::Found, name))
    }

    fn round(&self) -> Vec<String> {
        let keys = core::iter::successors(self.registry.after(None), |key| self.registry.after(Some(*key)));
        keys.filter_map(|key| self.registry.get(key).ok().cloned()).collect()
    }
}

impl Said {
    fn of(word: Word, name: &str) -> Self {
        Self { word, names: vec![name.to_owned()] }
    }

    pub(super) fn is(&self, what: &What) -> bool {
        self.word == what.word && what.name.as_ref().is_none_or(|name| self.names.contains(name))
    }
}

/// The connection is left out where the left half names it.
impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word.text())?;
        match self.word {
            Word::Replaces | Word::Found | Word::Met => self.names.iter().try_for_each(|name| write!(f, " {name}")),
            Word::InAll | Word::OfGroup | Word::Memory | Word::Exchanged | Word::TooSmall => Ok(()),
            Word::Admitted | Word::Identified | Word::Removed | Word::There | Word::Replaced | Word::Gone | Word::Nobody => Ok(()),
        }
    }
}

impl Outcome {
    /// Its three columns.
    pub(super) fn columns(&self) -> [String; 3] {
        [self.said.to_string(), format!("there={}", self.there), format!("replaced={}", self.replaced)]
    }
}

const fn refusal(refusal: Refusal) -> Word {
    match refusal {
        Refusal::InAll => Word::InAll,
        Refusal::OfGroup => Word::OfGroup,
        Refusal::Memory => Word::Memory,
    }
}

fn memory(slots: usize, generation: u32) -> Vec<Cell> {
    vec![Slot::from_generation(generation); slots]
}
