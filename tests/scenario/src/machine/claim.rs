//! Owns the claims on machines: the `never …` and `always …` lines, which their author writes and BLESS cannot.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;

use relink_core::Instant;
use relink_notation::Text;

use super::Machine;
use super::complaint::Complaint;
use super::line::Line;
use super::run::Seen;

/// A claim on what is said.
#[derive(Clone, Debug)]
pub(super) struct Claim<W> {
    /// At most so many; none: at least one, on the main path, which alone is told to its end.
    most: Option<u32>,
    what: W,
    from: Instant,
    before: Instant,
}

const NUMBER: &str = "a whole number is expected, as in `never more than 1 new`";
const TIME: &str = "a time such as 10s, 250ms or 1.5m is expected";

/// Reads a line that begins with `never` or `always`.
pub(super) fn parse<M: Machine>(line: &mut Line<'_>) -> Result<Claim<M::What>, Complaint> {
    let never = line.need(M::CLAIMS)?.text == "never";
    let most = match never {
        true if line.take("more") => {
            keyword::<M>(line, "than")?;
            Some(line.read(NUMBER, |text| text.parse().ok())?)
        }
        true => Some(0),
        false => {
            keyword::<M>(line, "some")?;
            None
        }
    };
    let what = M::what(line)?;
    let from = if line.take("from") { instant(line)? } else { Instant::ZERO };
    let before = if line.take("before") { instant(line)? } else { Instant::NEVER };
    match line.words.next() {
        None => Ok(Claim { most, what, from, before }),
        Some(word) => line.refuse(&word, M::BEHIND),
    }
}

fn keyword<M: Machine>(line: &mut Line<'_>, expected: &str) -> Result<(), Complaint> {
    let word = line.need(M::CLAIMS)?;
    if word.text == expected { Ok(()) } else { line.refuse(&word, M::CLAIMS) }
}

/// Reads a time.
fn instant(line: &mut Line<'_>) -> Result<Instant, Complaint> {
    line.read(TIME, |text| text.parse().ok().map(|Text(at)| at))
}

impl<W> Claim<W> {
    /// Where and why it does not hold on a path; `lasts`: it is the main path.
    pub(super) fn refuted<'a, M: Machine<What = W>>(&self, path: &'a [Seen<M>], lasts: bool) -> Option<(Option<&'a Seen<M>>, String)> {
        let mut found = path.iter().filter(|seen| (self.from..self.before).contains(&seen.at) && M::is(&self.what, seen));
        match self.most {
            None => (lasts && found.next().is_none()).then(|| (None, "it never happens".to_owned())),
            Some(0) => found.next().map(|seen| (Some(seen), "here it happens".to_owned())),
            Some(most) => found.nth(most as usize).map(|seen| (Some(seen), format!("this is number {}", u64::from(most) + 1))),
        }
    }
}
