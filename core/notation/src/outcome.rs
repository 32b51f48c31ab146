//! The right half of a step: the state, the action and the deadline that follow.

use core::fmt;
use core::str::FromStr;

use relink_core::{Action, Instant, Link, Pairing, Reaction};

use crate::event::{parse_attempt, parse_code};
use crate::time::{instant, single};
use crate::words::Words;
use crate::{Error, Problem, StateWord, Text, state};

/// What follows from a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Outcome {
    /// The state the link is in now.
    pub state: StateWord,
    /// What it asks for.
    pub reaction: Reaction,
    /// When it wants a Timeout.
    pub deadline: Option<Instant>,
}

impl Outcome {
    /// What followed from a step of this link, which reacted like this.
    #[must_use]
    pub fn of<H: Pairing>(link: &Link<H>, reaction: Reaction) -> Self {
        Self { state: (&link.state()).into(), reaction, deadline: link.deadline() }
    }

    pub(crate) fn parse(words: &mut Words<'_>) -> Result<Self, Error> {
        let word = words.need(Problem::State)?;
        let state = state::parse(word.text).ok_or(word.error(Problem::State))?;
        let reaction = parse_reaction(words)?;
        let word = words.need(Problem::Deadline)?;
        let deadline = deadline(word.text).map_err(|problem| word.error(problem))?;
        Ok(Self { state, reaction, deadline })
    }
}

impl fmt::Display for Text<Outcome> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Outcome { state, reaction, deadline } = self.0;
        write!(f, "{} {} {}", Text(state), Text(reaction), Text(deadline))
    }
}

impl FromStr for Text<Outcome> {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let mut words = Words::new(text);
        let outcome = Outcome::parse(&mut words)?;
        words.end()?;
        Ok(Self(outcome))
    }
}

impl fmt::Display for Text<Reaction> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Reaction::Do(action) => Text(action).fmt(f),
            Reaction::Wait => f.write_str("wait"),
            Reaction::Ignored => f.write_str("ignored"),
        }
    }
}

impl FromStr for Text<Reaction> {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let mut words = Words::new(text);
        let reaction = parse_reaction(&mut words)?;
        words.end()?;
        Ok(Self(reaction))
    }
}

impl fmt::Display for Text<Action> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Action::Open(attempt) => write!(f, "open {}", Text(attempt)),
            Action::Ping(attempt) => write!(f, "ping {}", Text(attempt)),
            Action::Close(attempt, code) => write!(f, "close {} {}", Text(attempt), code.get()),
            Action::Abort(attempt) => write!(f, "abort {}", Text(attempt)),
        }
    }
}

impl fmt::Display for Text<Option<Instant>> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(deadline) => Text(deadline).fmt(f),
            None => f.write_str("-"),
        }
    }
}

impl FromStr for Text<Option<Instant>> {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        single(text, Problem::Deadline, deadline).map(Text)
    }
}

fn deadline(text: &str) -> Result<Option<Instant>, Problem> {
    if text == "-" { Ok(None) } else { instant(text).map(Some).map_err(|_| Problem::Deadline) }
}

fn parse_reaction(words: &mut Words<'_>) -> Result<Reaction, Error> {
    let word = words.need(Problem::Action)?;
    Ok(match word.text {
        "open" => Reaction::Do(Action::Open(parse_attempt(words)?)),
        "ping" => Reaction::Do(Action::Ping(parse_attempt(words)?)),
        "close" => Reaction::Do(Action::Close(parse_attempt(words)?, parse_code(words)?)),
        "abort" => Reaction::Do(Action::Abort(parse_attempt(words)?)),
        "wait" => Reaction::Wait,
        "ignored" => Reaction::Ignored,
        _ => return Err(word.error(Problem::Action)),
    })
}
