//! Owns what is said about a scenario that does not hold.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use core::fmt;

use relink_core::Instant;
use relink_notation::{Left, Outcome, Problem, Text, Word, Words, split_comment};

use super::claim::ClaimError;
use super::spoken;

/// A sentence that is longer, in characters, goes on below.
const SENTENCE_MAX: usize = 80;

/// Something that does not hold, and the line where it shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The line, from 1.
    pub line: u32,
    /// What is wrong.
    pub wrong: Wrong,
}

/// What is wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// It is not in the notation.
    Notation {
        /// The column of the first character that does not fit, from 1.
        column: u32,
        /// What is accepted there.
        problem: Problem,
    },
    /// It is not a claim.
    Claim(ClaimError),
    /// It stands before the first `link` line, or there is none.
    NoLink,
    /// It is an alternative to a step, and there is none before it.
    NoStep,
    /// It names no protocol.
    Profile {
        /// The column where one should be named, from 1.
        column: u32,
    },
    /// It holds a message, and what is spoken was not said.
    NoProfile {
        /// The column of the message, from 1.
        column: u32,
    },
    /// It goes back in time.
    Back {
        /// The time of the step before.
        before: Instant,
    },
    /// It sleeps through a deadline and does not say so.
    Slept {
        /// The deadline.
        deadline: Instant,
        /// When it was due: not before it was set.
        due: Instant,
        /// The step that set it, and what followed from that.
        set_by: Option<(u32, Outcome)>,
        /// How it would say so.
        meant: Box<Left>,
    },
    /// It says `late`, and nothing was due before.
    NotLate {
        /// The deadline.
        deadline: Option<Instant>,
    },
    /// It reports on the latest attempt, and none was made.
    NoAttempt,
    /// It has no right half.
    Unwritten {
        /// What follows.
        got: Outcome,
    },
    /// Something else follows.
    Differs {
        /// What the line says.
        expected: Outcome,
        /// What follows.
        got: Outcome,
    },
    /// A rule of the house is broken.
    House {
        /// The rule.
        rule: &'static str,
        /// What follows from the step.
        got: Outcome,
    },
    /// A claim does not hold.
    Refuted {
        /// Why.
        because: String,
        /// The step that refutes it, and what follows from it.
        step: Option<(u32, Outcome)>,
    },
}

impl Failure {
    pub(super) const fn at(line: u32, wrong: Wrong) -> Self {
        Self { line, wrong }
    }

    /// The failure as it is shown: file and line, the line itself with the place marked, what was expected.
    #[must_use]
    pub fn shown<'a>(&'a self, name: &'a str, text: &'a str) -> impl fmt::Display + 'a {
        Shown { failure: self, name, text }
    }
}

struct Shown<'a> {
    failure: &'a Failure,
    name: &'a str,
    text: &'a str,
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Failure { line, wrong } = self.failure;
        let (column, width) = wrong.mark(self.line(*line));
        writeln!(f, "{}:{line}:{column}: {}", self.name, wrapped(&wrong.headline()))?;
        self.quote(f, *line, column, width)?;
        match wrong {
            Wrong::Differs { expected, got } => {
                writeln!(f, "  expected: {}", Text(*expected))?;
                writeln!(f, "       got: {}", Text(*got))?;
                writeln!(f, "  if this is right, BLESS=1 writes it; the difference is the review")
            }
            Wrong::Unwritten { got } => writeln!(f, "       got: {}\n  BLESS=1 writes it", Text(*got)),
            Wrong::House { got, .. } => writeln!(f, "       got: {}", Text(*got)),
            Wrong::Refuted { because, step: Some((line, got)) } => {
                self.quote(f, *line, 1, 0)?;
                writeln!(f, "  {because}: {}", Text(*got))
            }
            Wrong::Refuted { because, step: None } => writeln!(f, "  {because}"),
            Wrong::Slept { due, set_by, meant, .. } => {
                if let Some((line, got)) = set_by {
                    self.quote(f, *line, 1, 0)?;
                    writeln!(f, "  set by line {line}: {}", Text(*got))?;
                }
                match (Text(*due), Text(**meant)) {
                    // No step can be put between an alternative and the step whose place it takes.
                    (due, late) if meant.alternative => writeln!(f, "  let it happen by {due}, or mark it late: \"{late}\""),
                    (due, late) => writeln!(f, "  write \"at {due} timeout\" before it, or mark it late: \"{late}\""),
                }
            }
            Wrong::Notation { .. } | Wrong::Claim(_) | Wrong::NoLink | Wrong::NoStep | Wrong::NoAttempt => Ok(()),
            Wrong::Back { .. } | Wrong::NotLate { .. } | Wrong::Profile { .. } | Wrong::NoProfile { .. } => Ok(()),
        }
    }
}

impl Shown<'_> {
    fn line(&self, line: u32) -> &str {
        self.text.lines().nth(line.saturating_sub(1) as usize).unwrap_or_default()
    }

    fn quote(&self, f: &mut fmt::Formatter<'_>, line: u32, column: usize, width: usize) -> fmt::Result {
        writeln!(f, "{line:5} | {}", self.line(line))?;
        if width == 0 { Ok(()) } else { writeln!(f, "      | {}{}", " ".repeat(column - 1), "^".repeat(width)) }
    }
}

/// Behind the place, which may be long: so a short sentence stays on the line of its place.
fn wrapped(sentence: &str) -> String {
    let mut shown = String::new();
    let mut width = 0;
    for word in sentence.split(' ') {
        let len = word.chars().count();
        let separator = match width {
            0 => "",
            _ if width + 1 + len <= SENTENCE_MAX => " ",
            _ => "\n  ",
        };
        width = if separator == "\n  " { 2 + len } else { width + separator.len() + len };
        shown.extend([separator, word]);
    }
    shown
}

impl Wrong {
    fn headline(&self) -> String {
        match self {
            Self::Notation { problem, .. } => problem.to_string(),
            Self::Claim(error) => error.to_string(),
            Self::NoLink => "a scenario begins with a `link` line, at the least with the word `link`".to_owned(),
            Self::NoStep => "`or` takes the place of the step before it, and there is none".to_owned(),
            Self::Profile { .. } => format!("the profiles are {}", spoken::names()),
            Self::NoProfile { .. } => "a message means nothing before a line such as `profile slack`".to_owned(),
            Self::Back { before } => format!("time goes back: the step before is at {}", Text(*before)),
            Self::Slept { deadline, .. } => format!("this sleeps through the deadline at {}", Text(*deadline)),
            Self::NotLate { deadline: Some(deadline) } => format!("`late`, but the deadline before is only at {}", Text(*deadline)),
            Self::NotLate { deadline: None } => "`late`, but there was no deadline before".to_owned(),
            Self::NoAttempt => "no attempt has been made yet: say which one this reports on, such as lost#1".to_owned(),
            Self::Unwritten { .. } => "this step has no right half yet".to_owned(),
            Self::Differs { .. } => "something else follows".to_owned(),
            Self::House { rule, .. } => format!("this must never happen: {rule}"),
            Self::Refuted { .. } => "this claim does not hold".to_owned(),
        }
    }

    /// What is marked in the line: its first column, from 1, and its width.
    fn mark(&self, line: &str) -> (usize, usize) {
        match self {
            Self::Notation { column, .. }
            | Self::Claim(ClaimError { column, .. })
            | Self::Profile { column }
            | Self::NoProfile { column } => {
                let column = (*column).max(1) as usize;
                (column, line.chars().skip(column - 1).take_while(|c| !c.is_whitespace()).count().max(1))
            }
            Self::Differs { expected, got } => mark_difference(line, expected, got),
            Self::NoLink | Self::NoStep | Self::Back { .. } | Self::Slept { .. } | Self::NotLate { .. } | Self::NoAttempt => (1, 0),
            Self::Unwritten { .. } | Self::House { .. } | Self::Refuted { .. } => (1, 0),
        }
    }
}

/// The first part of the right half that differs: its state, its action or its deadline.
fn mark_difference(line: &str, expected: &Outcome, got: &Outcome) -> (usize, usize) {
    let words: Vec<Word<'_>> = Words::new(split_comment(line).0).skip_while(|word| word.text != "->").skip(1).collect();
    let (Some(state), Some(deadline), Some(action)) = (words.first(), words.last(), words.get(1..words.len() - 1)) else { return (1, 0) };
    let (from, to) = match (expected.state == got.state, expected.reaction == got.reaction, action) {
        (false, _, _) => (state, state),
        (true, false, [first, .., last]) => (first, last),
        (true, false, [only]) => (only, only),
        (true, _, _) => (deadline, deadline),
    };
    let end = to.column as usize + to.text.chars().count();
    (from.column as usize, end - from.column as usize)
}
