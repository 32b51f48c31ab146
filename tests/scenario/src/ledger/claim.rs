//! Owns what claims on ledgers may be on.

use alloc::string::String;

use relink_core::Attempt;

use super::language::{connection, id};
use super::subject::{Subject, Word};
use crate::machine::{Complaint, Line, Seen};

/// What is said, and of whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct What {
    said: Word,
    id: Option<String>,
    on: Option<Attempt>,
}

pub(super) const CLAIMS: &str = "the claims are `never [more than N] SAID`, `always some SAID`; SAID is a word of right halves, the envelope and the connection \
     as far as they matter, and the time, as in `never more than 1 new a#2 from 10s before 20s`";
const SAID: &str =
    "what is said is new, joined, known, unrecorded, unjoined, answer, done, nowhere, unknown, again, never, nothing, pressing, late, lost";
pub(super) const BEHIND: &str =
    "here may follow an envelope and a connection such as a, #1 or a#1, and then `from TIME`, `before TIME`, or both in this order";

/// Reads what a claim is on.
pub(super) fn what(line: &mut Line<'_>) -> Result<What, Complaint> {
    let said = line.read(SAID, |text| Word::ALL.into_iter().find(|word| word.text() == text))?;
    let (id, on) = whom(line)?;
    Ok(What { said, id, on })
}

fn whom(line: &mut Line<'_>) -> Result<(Option<String>, Option<Attempt>), Complaint> {
    let Some(word) = line.words.peek().filter(|word| !matches!(word.text, "from" | "before")) else { return Ok((None, None)) };
    line.words.next();
    let (name, number) = word.text.split_at(word.text.find('#').unwrap_or(word.text.len()));
    let on = if number.is_empty() { None } else { connection(number) };
    if number.is_empty() == on.is_none() { Ok((id(name), on)) } else { line.refuse(&word, BEHIND) }
}

impl What {
    pub(super) fn is(&self, seen: &Seen<Subject>) -> bool {
        let said = &seen.outcome.said;
        let id = self.id.is_none() || self.id == said.id;
        said.word == self.said && id && (self.on.is_none() || self.on == said.on)
    }
}
