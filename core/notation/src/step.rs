//! A step: the left half, what happened when, and the right half, what followed.

use core::fmt;
use core::str::FromStr;

use relink_core::Instant;

use crate::event::Said;
use crate::time::{decimal, instant, number};
use crate::words::Words;
use crate::{Error, Outcome, Problem, Text};

/// The left half of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Left {
    /// `or`: an alternative to the step without `or` before it: tried in its place, and then forgotten.
    pub alternative: bool,
    /// When.
    pub at: Instant,
    /// `late`: the deadline before has been slept through.
    pub late: bool,
    /// What.
    pub said: Said,
    /// The chance the link is given; 0 where it is not written.
    pub roll: u32,
}

impl Left {
    /// Whether a step at this time must be marked `late`, after a step that was taken at `before` and set this deadline: the
    /// deadline has been slept through. One that had passed when it was set is due at once.
    #[must_use]
    pub fn is_late(at: Instant, before: Instant, deadline: Option<Instant>) -> bool {
        deadline.is_some_and(|deadline| deadline.max(before) < at)
    }
}

/// One line of a scenario that moves the link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Step {
    /// When and what.
    pub left: Left,
    /// What follows, if it is written already.
    pub right: Option<Outcome>,
}

impl Step {
    pub(crate) fn parse(words: &mut Words<'_>) -> Result<Self, Error> {
        let alternative = words.take("or");
        let word = words.need(Problem::At)?;
        if word.text != "at" {
            return Err(word.error(Problem::At));
        }
        let word = words.need(Problem::Instant)?;
        let at = instant(word.text).map_err(|problem| word.error(problem))?;
        let late = words.take("late");
        let said = Said::parse(words)?;
        let roll = parse_roll(words)?;
        let left = Left { alternative, at, late, said, roll };
        let Some(word) = words.next() else { return Ok(Self { left, right: None }) };
        if word.text != "->" {
            return Err(word.error(Problem::Arrow));
        }
        let right = Some(Outcome::parse(words)?);
        words.end()?;
        Ok(Self { left, right })
    }
}

impl fmt::Display for Text<Left> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Left { alternative, at, late, said, roll } = self.0;
        let (or, late) = (if alternative { "or " } else { "" }, if late { " late" } else { "" });
        write!(f, "{or}at {}{late} {}", Text(at), Text(said))?;
        if roll == 0 { Ok(()) } else { write!(f, " roll={roll}") }
    }
}

impl fmt::Display for Text<Step> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Text(self.0.left).fmt(f)?;
        match self.0.right {
            Some(right) => write!(f, " -> {}", Text(right)),
            None => Ok(()),
        }
    }
}

impl FromStr for Text<Step> {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Step::parse(&mut Words::new(text)).map(Self)
    }
}

fn parse_roll(words: &mut Words<'_>) -> Result<u32, Error> {
    let Some(word) = words.peek() else { return Ok(0) };
    let Some(text) = word.text.strip_prefix("roll=") else { return Ok(0) };
    words.next();
    roll(text).ok_or(word.error(Problem::Roll))
}

/// `50%` is the middle of the range, `100%` its highest number.
fn roll(text: &str) -> Option<u32> {
    let Some(percent) = text.strip_suffix('%') else { return number(text, Problem::Roll).ok() };
    let (numerator, scale) = decimal(percent, Problem::Roll).ok()?;
    let whole = u128::from(scale).checked_mul(100)?;
    if u128::from(numerator) > whole {
        return None;
    }
    let range = 1_u128 << 32;
    let share = u128::from(numerator).checked_mul(range)?.checked_div(whole)?;
    Some(u32::try_from(share).unwrap_or(u32::MAX))
}
