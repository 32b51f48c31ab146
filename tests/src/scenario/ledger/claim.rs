//! Owns the claims on ledgers: the `never …` and `always …` lines, which their author writes and BLESS cannot.

use relink_core::{Attempt, Instant};
use relink_notation::Text;

use super::complaint::Complaint;
use super::language::{Line, connection, id};
use super::run::Seen;
use super::subject::Word;

/// A claim on what is said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Claim {
    /// At most so many; none: at least one, on the main path, which alone is told to its end.
    most: Option<u32>,
    said: Word,
    id: Option<String>,
    on: Option<Attempt>,
    from: Instant,
    before: Instant,
}

const CLAIMS: &str = "the claims are `never [more than N] SAID`, `always some SAID`; SAID is a word of right halves, the envelope and the connection \
     as far as they matter, and the time, as in `never more than 1 new a#2 from 10s before 20s`";
const NUMBER: &str = "a whole number is expected, as in `never more than 1 new`";
const SAID: &str =
    "what is said is new, joined, known, unrecorded, unjoined, answer, done, nowhere, unknown, again, never, nothing, pressing, late, lost";
const BEHIND: &str =
    "here may follow an envelope and a connection such as a, #1 or a#1, and then `from TIME`, `before TIME`, or both in this order";
const TIME: &str = "a time such as 10s, 250ms or 1.5m is expected";

/// Reads a line that begins with `never` or `always`.
pub(super) fn parse(line: &mut Line<'_>) -> Result<Claim, Complaint> {
    let never = line.need(CLAIMS)?.text == "never";
    let most = match never {
        true if line.take("more") => {
            keyword(line, "than")?;
            Some(line.read(NUMBER, |text| text.parse().ok())?)
        }
        true => Some(0),
        false => {
            keyword(line, "some")?;
            None
        }
    };
    let said = line.read(SAID, |text| Word::ALL.into_iter().find(|word| word.text() == text))?;
    let (id, on) = whom(line)?;
    let from = if line.take("from") { instant(line)? } else { Instant::ZERO };
    let before = if line.take("before") { instant(line)? } else { Instant::NEVER };
    match line.words.next() {
        None => Ok(Claim { most, said, id, on, from, before }),
        Some(word) => line.refuse(&word, BEHIND),
    }
}

fn keyword(line: &mut Line<'_>, expected: &str) -> Result<(), Complaint> {
    let word = line.need(CLAIMS)?;
    if word.text == expected { Ok(()) } else { line.refuse(&word, CLAIMS) }
}

fn whom(line: &mut Line<'_>) -> Result<(Option<String>, Option<Attempt>), Complaint> {
    let Some(word) = line.words.peek().filter(|word| !matches!(word.text, "from" | "before")) else { return Ok((None, None)) };
    line.words.next();
    let (name, number) = word.text.split_at(word.text.find('#').unwrap_or(word.text.len()));
    let on = if number.is_empty() { None } else { connection(number) };
    if number.is_empty() == on.is_none() { Ok((id(name), on)) } else { line.refuse(&word, BEHIND) }
}

fn instant(line: &mut Line<'_>) -> Result<Instant, Complaint> {
    line.read(TIME, |text| text.parse().ok().map(|Text(at)| at))
}

impl Claim {
    /// Where and why it does not hold on a path; `lasts`: it is the main path.
    pub(super) fn refuted<'a>(&self, path: &'a [Seen], lasts: bool) -> Option<(Option<&'a Seen>, String)> {
        let mut found = path.iter().filter(|seen| self.is(seen));
        match self.most {
            None => (lasts && found.next().is_none()).then(|| (None, "it never happens".to_owned())),
            Some(0) => found.next().map(|seen| (Some(seen), "here it happens".to_owned())),
            Some(most) => found.nth(most as usize).map(|seen| (Some(seen), format!("this is number {}", u64::from(most) + 1))),
        }
    }

    fn is(&self, seen: &Seen) -> bool {
        let said = &seen.outcome.said;
        let here = (self.from..self.before).contains(&seen.at);
        let id = self.id.is_none() || self.id == said.id;
        here && said.word == self.said && id && (self.on.is_none() || self.on == said.on)
    }
}
