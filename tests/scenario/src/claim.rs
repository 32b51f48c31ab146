//! Owns the claims: the `never …` and `always …` lines, which their author writes and BLESS cannot.

use alloc::borrow::ToOwned;
use alloc::string::{String, ToString};

use core::fmt;

use relink_core::{Attempt, Instant, Millis};
use relink_notation::{StateWord, Text, Word, Words};

/// A claim on every path through a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// `never X`, `never more than 2 X`: at most so many of them.
    AtMost(u32, Deed, Span),
    /// `never more than 2 X within 10s`: at most so many of them in any stretch of that length.
    AtMostWithin(u32, Deed, Millis),
    /// `always some X`: at least one. Asked of the main path only, which alone is told to its end.
    Some(Deed, Span),
    /// `always ignored`, `always ignored #1`: every report (on that attempt) is ignored.
    Ignored(Option<Attempt>, Span),
    /// `always state S`, `never state S`: in every moment, or in none.
    State(bool, Shape, Span),
    /// `never held`, `never held #1`, `never two held`: never so many connections (that one) not yet lost or aborted.
    Held(usize, Option<Attempt>, Span),
    /// `always deadline within 30s`: while anything is going on, the next deadline exists and is no further away.
    Deadline(Millis),
}

/// What a link can do, for counting; of one attempt or of any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deed {
    pub(super) what: What,
    pub(super) attempt: Option<Attempt>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    Open,
    Ping,
    Close,
    Abort,
    Action,
    Ignored,
}

/// The moments a claim speaks of: from the first, before the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    pub(super) from: Instant,
    pub(super) before: Instant,
}

/// A state, or all states of one name: `ready` is also `ready+old`, `shutdown` also `shutdown:stopped`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape(String);

impl Shape {
    pub(super) fn fits(&self, state: StateWord) -> bool {
        let word = Text(state).to_string();
        word.strip_prefix(&self.0).is_some_and(|rest| rest.is_empty() || rest.starts_with(['+', ':']))
    }
}

/// Text that is not a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClaimError {
    /// The column of the first character that does not fit, from 1.
    pub column: u32,
    /// What is accepted in its place.
    pub accepted: &'static str,
}

impl fmt::Display for ClaimError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.accepted)
    }
}

const CLAIM: &str = "a claim begins with `never` or `always`";
const NEVER: &str = "behind `never` stands what must not happen (open, ping, close, abort, action, ignored), or `more than N …`, \
     `state STATE`, `held` or `two held`";
const ALWAYS: &str = "behind `always` stands `some open` (or another action), `state STATE`, `ignored`, or `deadline within TIME`";
const DEED: &str = "what happens is open, ping, close, abort, action or ignored";
const THAN: &str = "`never more than N …` is expected, such as `never more than 1 open within 10s`";
const TWO: &str = "`never two held` is expected";
const WITHIN: &str = "`always deadline within TIME` is expected, such as `always deadline within 30s`";
const SPAN: &str = "here may follow `from TIME`, `before TIME`, or both in this order";
const NUMBER: &str = "a whole number is expected, as in `never more than 1 open within 10s`";
const TIME: &str = "a time such as 10s, 250ms or 1.5m is expected";
const STATE: &str =
    "a state is expected as it stands in a right half, such as ready, ready+old or shutdown:stopped; ready alone means all of its kinds";

impl Claim {
    /// Reads a line that begins with `never` or `always`.
    ///
    /// # Errors
    /// The first word that does not fit, and what is accepted there.
    pub fn parse(text: &str) -> Result<Self, ClaimError> {
        let mut words = Words::new(text);
        let claim = match need(&mut words, CLAIM)?.text {
            "never" => never(&mut words)?,
            _ => always(&mut words)?,
        };
        match words.next() {
            None => Ok(claim),
            Some(word) => Err(unfit(&word, SPAN)),
        }
    }
}

fn never(words: &mut Words<'_>) -> Result<Claim, ClaimError> {
    if words.take("more") {
        expect(words, "than", THAN)?;
        let limit = need(words, NUMBER)?;
        let limit = limit.text.parse().map_err(|_| unfit(&limit, NUMBER))?;
        let deed = deed(words, DEED)?;
        return Ok(if words.take("within") {
            Claim::AtMostWithin(limit, deed, millis(words)?)
        } else {
            Claim::AtMost(limit, deed, span(words)?)
        });
    }
    if words.take("state") {
        return Ok(Claim::State(false, shape(words)?, span(words)?));
    }
    if words.take("two") {
        expect(words, "held", TWO)?;
        return Ok(Claim::Held(2, None, span(words)?));
    }
    if words.take("held") {
        return Ok(Claim::Held(1, attempt(words), span(words)?));
    }
    Ok(Claim::AtMost(0, deed(words, NEVER)?, span(words)?))
}

fn always(words: &mut Words<'_>) -> Result<Claim, ClaimError> {
    let word = need(words, ALWAYS)?;
    match word.text {
        "some" => Ok(Claim::Some(deed(words, DEED)?, span(words)?)),
        "state" => Ok(Claim::State(true, shape(words)?, span(words)?)),
        "ignored" => Ok(Claim::Ignored(attempt(words), span(words)?)),
        "deadline" => {
            expect(words, "within", WITHIN)?;
            Ok(Claim::Deadline(millis(words)?))
        }
        _ => Err(unfit(&word, ALWAYS)),
    }
}

fn expect(words: &mut Words<'_>, text: &str, accepted: &'static str) -> Result<(), ClaimError> {
    let word = need(words, accepted)?;
    if word.text == text { Ok(()) } else { Err(unfit(&word, accepted)) }
}

fn deed(words: &mut Words<'_>, accepted: &'static str) -> Result<Deed, ClaimError> {
    let word = need(words, accepted)?;
    let what = match word.text {
        "open" => What::Open,
        "ping" => What::Ping,
        "close" => What::Close,
        "abort" => What::Abort,
        "action" => What::Action,
        "ignored" => What::Ignored,
        _ => return Err(unfit(&word, accepted)),
    };
    Ok(Deed { what, attempt: attempt(words) })
}

fn attempt(words: &mut Words<'_>) -> Option<Attempt> {
    let Text(attempt) = words.peek()?.text.parse::<Text<Attempt>>().ok()?;
    words.next();
    Some(attempt)
}

fn shape(words: &mut Words<'_>) -> Result<Shape, ClaimError> {
    let word = need(words, STATE)?;
    let named = word.text.parse::<Text<StateWord>>().is_ok() || word.text == "shutdown";
    if named { Ok(Shape(word.text.to_owned())) } else { Err(unfit(&word, STATE)) }
}

fn span(words: &mut Words<'_>) -> Result<Span, ClaimError> {
    let from = if words.take("from") { instant(words)? } else { Instant::ZERO };
    let before = if words.take("before") { instant(words)? } else { Instant::NEVER };
    Ok(Span { from, before })
}

fn instant(words: &mut Words<'_>) -> Result<Instant, ClaimError> {
    let word = need(words, TIME)?;
    word.text.parse().map(|Text(instant)| instant).map_err(|_| unfit(&word, TIME))
}

fn millis(words: &mut Words<'_>) -> Result<Millis, ClaimError> {
    let word = need(words, TIME)?;
    word.text.parse().map(|Text(millis)| millis).map_err(|_| unfit(&word, TIME))
}

fn need<'a>(words: &mut Words<'a>, accepted: &'static str) -> Result<Word<'a>, ClaimError> {
    words.next().ok_or(ClaimError { column: words.column(), accepted })
}

const fn unfit(word: &Word<'_>, accepted: &'static str) -> ClaimError {
    ClaimError { column: word.column, accepted }
}
