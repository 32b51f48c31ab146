//! Owns the claims: on a link those of every link's scenario, on the server and the wire what they do; and the rules of the house.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use relink_core::Instant;

use super::language::{Scenario, instant};
use super::trace::Trace;
use crate::claim::Claim;
use crate::claims::refuted;
use crate::house;
use crate::machine::{Complaint, Line};

/// A claim on somebody.
#[derive(Clone, Debug)]
pub(super) struct Told {
    who: String,
    /// As it stands behind the name.
    text: String,
    /// The same, if it is on what the server or the wire does.
    said: Said,
}

/// What is done, how often, and when.
#[derive(Clone, Debug)]
struct Said {
    /// At most so many; none: at least one.
    most: Option<u32>,
    words: String,
    from: Instant,
    before: Instant,
}

const CLAIMS: &str = "the claims on a server and on the wire are `S never [more than N] WORDS` and `S always some WORDS`, with `from TIME`, `before TIME`; \
     WORDS are the first ones of what is written of it";

impl Told {
    pub(super) fn read(number: u32, who: &str, line: &mut Line<'_>) -> Result<Self, Complaint> {
        let text: String = line.words.clone().flat_map(|word| [word.text, " "]).collect();
        let said = Said::read(number, line)?;
        Ok(Self { who: who.to_owned(), text, said })
    }
}

impl Said {
    fn read(number: u32, line: &mut Line<'_>) -> Result<Self, Complaint> {
        let never = line.take("never");
        let mut most = never.then_some(0);
        if never && line.take("more") && line.take("than") {
            most = Some(line.read(CLAIMS, |text| text.parse().ok())?);
        } else if line.take("always") {
            line.take("some");
        }
        let mut words = Vec::new();
        while let Some(word) = line.words.peek().filter(|word| !matches!(word.text, "from" | "before")) {
            words.push(word.text);
            line.words.next();
        }
        let from = if line.take("from") { instant(line)? } else { Instant::ZERO };
        let before = if line.take("before") { instant(line)? } else { Instant::NEVER };
        if words.is_empty() { Err(Complaint::new(number, CLAIMS)) } else { Ok(Self { most, words: words.join(" "), from, before }) }
    }

    fn refuted(&self, who: &str, trace: &Trace) -> Option<String> {
        let fits = |text: &str| text.strip_prefix(&self.words).is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', ',']));
        let mut found = trace.said(who).filter(|(entry, text)| (self.from..self.before).contains(&entry.at) && fits(text));
        match self.most {
            None => found.next().is_none().then(|| "it never happens".to_owned()),
            Some(most) => found.nth(most as usize).map(|(_, text)| format!("this happens: {text}")),
        }
    }
}

/// The first claim, or rule, that does not hold.
pub(super) fn broken(scenario: &Scenario, trace: &Trace) -> Option<Complaint> {
    let rule = trace.links.iter().find_map(|(who, header)| {
        let path = trace.path(who);
        let (seen, rule) = house::broken(header, &path.steps)?;
        Some(Complaint::new(seen.line, format!("this must never happen: {rule} ({who})")))
    });
    rule.or_else(|| scenario.claims.iter().find_map(|(line, told)| refute(*line, told, trace)))
}

fn refute(line: u32, told: &Told, trace: &Trace) -> Option<Complaint> {
    let wrong = |because: String| Complaint::new(line, "this claim does not hold").below(because);
    if !trace.links.iter().any(|(who, _)| *who == told.who) {
        let known = trace.entries.iter().any(|entry| entry.who == told.who);
        let unknown = || wrong(format!("nobody is called {}", told.who));
        return if known { told.said.refuted(&told.who, trace).map(wrong) } else { Some(unknown()) };
    }
    let claim = match Claim::parse(told.text.trim_end()) {
        Ok(claim) => claim,
        Err(error) => return Some(Complaint::new(line, error.to_string())),
    };
    let (seen, because) = refuted(&claim, &trace.path(&told.who))?;
    Some(wrong(because + &seen.map_or(String::new(), |seen| format!(", at {}", relink_notation::Text(seen.at)))))
}
