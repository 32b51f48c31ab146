//! What a line can be, and the walk through a whole file.

use crate::words::Words;
use crate::{Error, Header, Problem, Step};

/// One line of a scenario file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line<'a> {
    /// Nothing, or a comment.
    Blank,
    /// `link …`: a new link begins, and its time.
    Link(Header),
    /// `at …`: a step.
    Step(Step),
    /// `never …` or `always …`: a claim on the whole scenario, for the runner to judge; its text without the comment.
    Claim(&'a str),
}

/// A line, and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Numbered<'a> {
    /// Its number, from 1.
    pub number: u32,
    /// The whole text of the line.
    pub text: &'a str,
    /// What it is.
    pub line: Line<'a>,
}

/// The lines of a file, or the error of each that is not in the notation.
pub fn lines(text: &str) -> impl Iterator<Item = Result<Numbered<'_>, Error>> {
    text.lines().zip(1_u32..).map(|(text, number)| match parse_line(text) {
        Ok(line) => Ok(Numbered { number, text, line }),
        Err(error) => Err(error.in_line(number)),
    })
}

/// What this line is.
///
/// # Errors
/// The first word that does not fit, with line 1.
pub fn parse_line(text: &str) -> Result<Line<'_>, Error> {
    let (body, _) = split_comment(text);
    let mut words = Words::new(body);
    let Some(first) = words.peek() else { return Ok(Line::Blank) };
    match first.text {
        "link" => Header::parse(&mut words).map(Line::Link),
        "at" | "or" => Step::parse(&mut words).map(Line::Step),
        "never" | "always" => Ok(Line::Claim(body)),
        _ => Err(first.error(Problem::Line)),
    }
}

/// Parts a line from its comment. A comment begins with a `#` that begins the line or stands between blanks: in
/// `close #1 1000  # farewell` the second one does.
#[must_use]
pub fn split_comment(text: &str) -> (&str, &str) {
    let mut before = None;
    for (at, c) in text.char_indices() {
        let (body, comment) = text.split_at_checked(at).unwrap_or((text, ""));
        let first = body.trim_start().is_empty();
        let opens = before.is_none_or(char::is_whitespace) && comment.chars().nth(1).is_none_or(char::is_whitespace);
        if c == '#' && (first || opens) {
            return (body, comment);
        }
        before = Some(c);
    }
    (text, "")
}
