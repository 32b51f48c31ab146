//! Owns the rules of the house for ledgers: an account of our own, kept from what happens and what is said alone.

use alloc::borrow::ToOwned;
use alloc::string::String;

use crate::{HashMap, HashSet};

use relink_core::Attempt;

use super::language::Deed;
use super::subject::{Subject, Word};
use crate::machine::Seen;

/// What is in the user's hands, with the connections that brought it and are there; what was acknowledged once.
#[derive(Default)]
struct Account {
    in_hand: HashMap<String, HashSet<Attempt>>,
    acknowledged: HashSet<String>,
}

/// The first step that breaks a rule of the house, and the rule.
pub(super) fn broken(path: &[Seen<Subject>]) -> Option<(&Seen<Subject>, &'static str)> {
    let mut account = Account::default();
    path.iter().find_map(|seen| Some((seen, account.book(seen)?)))
}

impl Account {
    fn book(&mut self, seen: &Seen<Subject>) -> Option<&'static str> {
        let said = &seen.outcome.said;
        match (&seen.deed, said.word) {
            (Deed::Received { id, on, .. }, word) => self.received(id, *on, word),
            (Deed::Acknowledge(id), Word::Answer) => {
                self.acknowledged.insert(id.clone());
                let brought = said.on.is_some_and(|on| self.in_hand.get_mut(id).is_some_and(|brought| brought.remove(&on)));
                self.in_hand.retain(|held, brought| held != id || !brought.is_empty());
                (!brought).then_some("an answer goes where nobody waits for it")
            }
            (Deed::Acknowledge(id), Word::Nowhere) => {
                self.acknowledged.insert(id.clone());
                let left = self.in_hand.remove(id).is_some_and(|brought| !brought.is_empty());
                left.then_some("an answer goes nowhere, although somebody waits for it")
            }
            (Deed::Acknowledge(id), _) => {
                self.in_hand.contains_key(id).then_some("an envelope in hand is acknowledged, and nothing is done")
            }
            (Deed::Dropped(id), _) => {
                self.in_hand.remove(id);
                None
            }
            (Deed::Lost(on), _) => {
                self.in_hand.values_mut().for_each(|brought| brought.retain(|other| other != on));
                None
            }
            (Deed::Timeout, Word::Nothing) => {
                let due = seen.outcome.deadline.is_some_and(|deadline| deadline <= seen.at);
                due.then_some("something is due, and nothing is told")
            }
            (Deed::Timeout | Deed::Exchange(_) | Deed::InHand(_), _) => None,
        }
    }

    fn received(&mut self, id: &str, on: Attempt, word: Word) -> Option<&'static str> {
        let in_hand = self.in_hand.contains_key(id);
        if matches!(word, Word::New | Word::Joined) {
            self.in_hand.entry(id.to_owned()).or_default().insert(on);
        }
        match word {
            Word::New | Word::Unrecorded if in_hand => Some("an envelope in hand is handed out again"),
            Word::Joined | Word::Unjoined if !in_hand => Some("an envelope joins one that is not in hand"),
            Word::Known if in_hand || !self.acknowledged.contains(id) => Some("an envelope is known that was not acknowledged"),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;
    use alloc::vec::Vec;

    use super::super::subject::{Outcome, Subject};
    use super::broken;
    use crate::machine::{Line, Seen, step};

    /// What is said of these steps, had a ledger said this.
    fn said(steps: &[(&str, &str)]) -> Option<&'static str> {
        let seen: Vec<Seen<Subject>> = steps
            .iter()
            .map(|(left, right)| {
                let step = step::<Subject>(&mut Line::new(1, left), None).expect(left);
                Seen { line: 1, at: step.at, outcome: Outcome::told(right, &step.deed), deed: step.deed }
            })
            .collect();
        broken(&seen).map(|(_, rule)| rule)
    }

    #[test]
    fn the_rules_of_the_house_are_kept_without_being_written() {
        let (received, joined) = (("at 0s received a#1", "new"), ("at 1s received a#2", "joined"));
        let lost = ("at 2s lost #1", "unanswered");
        let answered = ("at 2s acknowledge a", "answer #1");
        for (steps, rule) in [
            (vec![received, ("at 1s received a#2", "new")], "an envelope in hand is handed out again"),
            (vec![received, ("at 1s received a#2", "unrecorded")], "an envelope in hand is handed out again"),
            (vec![joined], "an envelope joins one that is not in hand"),
            (vec![received, ("at 1s dropped a", "again"), ("at 1s received a#1", "unjoined")], "an envelope joins one that is not in hand"),
            (vec![("at 0s received a#1", "known")], "an envelope is known that was not acknowledged"),
            (vec![received, joined, answered, ("at 3s received a#1", "known")], "an envelope is known that was not acknowledged"),
            (vec![received, ("at 1s acknowledge a", "answer #2")], "an answer goes where nobody waits for it"),
            (vec![received, answered, answered], "an answer goes where nobody waits for it"),
            (vec![received, lost, answered], "an answer goes where nobody waits for it"),
            (vec![received, joined, lost, ("at 2s acknowledge a", "nowhere")], "an answer goes nowhere, although somebody waits for it"),
            (vec![received, joined, answered, ("at 2s acknowledge a", "done")], "an envelope in hand is acknowledged, and nothing is done"),
            (vec![("at 3s timeout", "nothing 3s")], "something is due, and nothing is told"),
        ] {
            assert_eq!(said(&steps), Some(rule), "{steps:?}");
        }
        let nowhere = ("at 2s acknowledge a", "nowhere");
        let known = ("at 3s received a#1", "known");
        for steps in [
            vec![received, joined, answered, ("at 2s acknowledge a", "answer #2"), ("at 2s acknowledge a", "done"), known],
            vec![received, lost, nowhere, known],
            vec![received, ("at 1s dropped a", "again"), received],
            vec![("at 3s timeout", "nothing 4s"), ("at 3s timeout", "nothing")],
        ] {
            assert_eq!(said(&steps), None, "{steps:?}");
        }
    }
}
