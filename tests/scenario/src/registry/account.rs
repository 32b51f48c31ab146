//! Owns the rules of the house for registries: an account of our own, kept from what happens and what is said alone.

use alloc::borrow::ToOwned;
use alloc::string::String;

use crate::{HashMap, HashSet};

use relink_core::registry::Key;

use super::language::Deed;
use super::subject::{Subject, Word};
use crate::machine::Seen;

/// Who is there, who serves with which identity, and which keys were given.
#[derive(Default)]
struct Account {
    there: HashSet<String>,
    replaced: HashSet<String>,
    serving: HashMap<String, String>,
    given: HashSet<Key>,
}

/// The first step that breaks a rule of the house, and the rule.
pub(super) fn broken(path: &[Seen<Subject>]) -> Option<(&Seen<Subject>, &'static str)> {
    let mut account = Account::default();
    path.iter().find_map(|seen| Some((seen, account.book(seen)?)))
}

impl Account {
    fn book(&mut self, seen: &Seen<Subject>) -> Option<&'static str> {
        let (deed, said) = (&seen.deed, &seen.outcome.said);
        let rule = match (deed, said.word) {
            (Deed::Admit { .. }, Word::InAll | Word::OfGroup | Word::Memory) => None,
            (Deed::Admit { name, identity, .. }, word) => {
                let again = seen.outcome.key.is_some_and(|key| !self.given.insert(key));
                self.there.insert(name.clone());
                let rule = identity.as_ref().and_then(|identity| self.serves(name, identity, word, &said.names));
                if again { Some("a key is given twice") } else { rule }
            }
            (Deed::Identify { name, .. } | Deed::Remove(name) | Deed::Get(name), Word::Gone) => {
                let is_there = self.there.contains(name) && !(self.replaced.contains(name) && matches!(deed, Deed::Identify { .. }));
                is_there.then_some("somebody is there, and called gone")
            }
            (Deed::Identify { name, .. } | Deed::Remove(name) | Deed::Get(name), _) if !self.there.contains(name) => {
                Some("somebody is gone, and answered for")
            }
            (Deed::Identify { name, identity }, word) => self.serves(name, identity, word, &said.names),
            (Deed::Remove(name), _) => self.removed(name),
            (Deed::Find(identity), _) => {
                let newest = self.serving.get(identity);
                (newest != said.names.first().filter(|_| said.word == Word::Found)).then_some("the newest of an identity is not found")
            }
            (Deed::Round, _) => {
                let met: HashSet<String> = said.names.iter().cloned().collect();
                (met != self.there || met.len() != said.names.len()).then_some("a round does not meet each one once")
            }
            (Deed::Get(_) | Deed::Exchange(_), _) => None,
        };
        let counts = (seen.outcome.there as usize, seen.outcome.replaced as usize) == (self.there.len(), self.replaced.len());
        rule.or((!counts).then_some("those that are there are not counted"))
    }

    /// From here on a connection has this identity.
    fn serves(&mut self, name: &str, identity: &str, word: Word, replaces: &[String]) -> Option<&'static str> {
        self.serving.retain(|_, other| other != name);
        let older = self.serving.insert(identity.to_owned(), name.to_owned());
        self.replaced.extend(older.clone());
        let told = (word == Word::Replaces).then(|| replaces.first()).flatten();
        (older.as_ref() != told).then_some("the older one of an identity is not told")
    }

    fn removed(&mut self, name: &str) -> Option<&'static str> {
        self.there.remove(name);
        self.replaced.remove(name);
        self.serving.retain(|_, other| other != name);
        None
    }
}

#[cfg(test)]
mod tests {
    use alloc::borrow::ToOwned;
    use alloc::vec;
    use alloc::vec::Vec;

    use relink_core::Instant;
    use relink_core::registry::{Key, Limits, Registry, Slot};

    use super::super::language::deed;
    use super::super::subject::{Outcome, Said, Subject, Word};
    use super::broken;
    use crate::machine::{Hashing, Line, Seen};

    fn keys() -> [Key; 3] {
        let mut registry: Registry<u8, u8, _, _> = Registry::new(Limits::NONE, [Slot::EMPTY; 3], Hashing { collide: false });
        [0, 1, 2].map(|value| registry.admit((), None, value).expect("there is room").key)
    }

    /// What is said of these steps, had a registry said this: a word, a name, how many are there, how many of them replaced.
    fn said(steps: &[(&str, Word, &str, u32, u32)]) -> Option<&'static str> {
        let mut keys = keys().into_iter().cycle();
        let seen = steps.iter().map(|(left, word, name, there, replaced)| {
            let deed = deed(&mut Line::new(1, left)).expect(left);
            let said = Said { word: *word, names: name.split_whitespace().map(str::to_owned).collect() };
            let key = if left.starts_with("admit") { keys.next() } else { None };
            Seen { line: 1, at: Instant::ZERO, deed, outcome: Outcome { said, there: *there, replaced: *replaced, key } }
        });
        let seen: Vec<Seen<Subject>> = seen.collect();
        broken(&seen).map(|(_, rule)| rule)
    }

    #[test]
    fn the_rules_of_the_house_are_kept_without_being_written() {
        let (a, b) = (("admit a as x", Word::Admitted, "a", 1, 0), ("admit b as x", Word::Replaces, "a", 2, 1));
        let c = ("admit c", Word::Admitted, "c", 2, 0);
        let removed = ("remove a", Word::Removed, "a", 0, 0);
        for (steps, rule) in [
            (vec![a, c, ("admit d", Word::Admitted, "d", 3, 0), ("admit e", Word::Admitted, "e", 4, 0)], "a key is given twice"),
            (vec![a, ("get a", Word::Gone, "a", 1, 0)], "somebody is there, and called gone"),
            (vec![a, ("identify a as y", Word::Gone, "a", 1, 0)], "somebody is there, and called gone"),
            (vec![a, b, ("get a", Word::Gone, "a", 2, 1)], "somebody is there, and called gone"),
            (vec![a, removed, ("get a", Word::There, "a", 0, 0)], "somebody is gone, and answered for"),
            (vec![a, removed, ("remove a", Word::Removed, "a", 0, 0)], "somebody is gone, and answered for"),
            (vec![a, ("admit b as x", Word::Admitted, "b", 2, 0)], "the older one of an identity is not told"),
            (vec![("admit a as x", Word::Replaces, "z", 1, 0)], "the older one of an identity is not told"),
            (vec![a, c, ("identify c as x", Word::Identified, "c", 2, 0)], "the older one of an identity is not told"),
            (vec![a, b, ("find x", Word::Found, "a", 2, 1)], "the newest of an identity is not found"),
            (vec![a, b, ("find x", Word::Nobody, "x", 2, 1)], "the newest of an identity is not found"),
            (vec![a, removed, ("find x", Word::Found, "a", 0, 0)], "the newest of an identity is not found"),
            (vec![a, c, ("round", Word::Met, "a", 2, 0)], "a round does not meet each one once"),
            (vec![a, c, ("round", Word::Met, "a c a", 2, 0)], "a round does not meet each one once"),
            (vec![a, ("admit c", Word::Admitted, "c", 1, 0)], "those that are there are not counted"),
            (vec![a, ("admit b as x", Word::Replaces, "a", 2, 0)], "those that are there are not counted"),
            (vec![a, ("admit b", Word::InAll, "b", 2, 0)], "those that are there are not counted"),
        ] {
            assert_eq!(said(&steps), Some(rule), "{steps:?}");
        }
        let gone = ("identify a as x", Word::Gone, "a", 2, 1);
        let late = ("remove a", Word::Removed, "a", 1, 0);
        let whole = vec![a, b, gone, late, ("find x", Word::Found, "b", 1, 0), ("round", Word::Met, "b", 1, 0)];
        assert_eq!(said(&whole), None);
    }
}
