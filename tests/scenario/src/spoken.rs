//! Owns the protocols in a scenario: `profile` lines, and messages in place of the reports that they are.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use alloc::borrow::Cow;

use relink_core::{Attempt, Config, Event, Report};
use relink_notation::{Said, Text, Word, Words, split_comment};
use relink_profiles::Profile;
use relink_profiles::graphql::{Client, Server};
use relink_profiles::onebot::{Application, Implementation};
use relink_profiles::plain::Plain;
use relink_profiles::slack::Slack;

use super::failure::Wrong;

/// A protocol that a scenario may name.
pub(super) struct Spoken {
    name: &'static str,
    config: Config,
    /// What a message says to the link, if it says something.
    said: fn(&str) -> Option<Report>,
}

/// One for each side of a protocol, because each receives other messages.
static ALL: [Spoken; 6] = [
    Spoken::of::<Plain>(),
    Spoken::of::<Slack>(),
    Spoken::of::<Application>(),
    Spoken::of::<Implementation>(),
    Spoken::of::<Client>(),
    Spoken::of::<Server>(),
];

/// A line as the notation reads it.
pub(super) enum Read<'a> {
    /// `profile …`: what is spoken from here on.
    Profile(&'static Spoken),
    Line(Cow<'a, str>),
}

impl Spoken {
    const fn of<P: Profile + Default>() -> Self {
        Self { name: P::NAME, config: P::CONFIG, said: said::<P> }
    }

    /// What a message is to the link. What says nothing to it, or is not understood, is heard.
    fn report(&self, message: &str) -> Report {
        (self.said)(message).unwrap_or(Report::Heard)
    }
}

fn said<P: Profile + Default>(message: &str) -> Option<Report> {
    P::report(&P::default().recognise(message).ok()?)
}

/// The lines by which a protocol is named, for a person.
pub(super) fn names() -> String {
    let names: Vec<String> = ALL.iter().map(|spoken| format!("`profile {}`", spoken.name)).collect();
    names.join(", ")
}

/// Puts into the notation what only somebody knows who speaks the protocol. Columns stay where they are.
pub(super) fn read<'a>(line: &'a str, spoken: Option<&Spoken>) -> Result<Read<'a>, Wrong> {
    let (body, _) = split_comment(line);
    let mut words = Words::new(body);
    match words.next().map(|word| word.text) {
        Some("profile") => profile(&mut words).map(Read::Profile),
        Some("link") => Ok(Read::Line(spoken.map_or(Cow::Borrowed(line), |spoken| configured(body, spoken).into()))),
        Some("at" | "or") => match message(line, words) {
            Some(place) => translated(line, &place, spoken).map(|line| Read::Line(line.into())),
            None => Ok(Read::Line(line.into())),
        },
        Some(_) | None => Ok(Read::Line(line.into())),
    }
}

fn profile(words: &mut Words<'_>) -> Result<&'static Spoken, Wrong> {
    let column = words.column();
    let known = words.next().and_then(|word| ALL.iter().find(|spoken| spoken.name == word.text));
    known.filter(|_| words.next().is_none()).ok_or(Wrong::Profile { column })
}

/// The `link` line with the protocol's own values of the keys that it does not say.
fn configured(body: &str, spoken: &Spoken) -> String {
    let given: Vec<&str> = body.split_whitespace().collect();
    let preset = given.iter().any(|word| word.strip_prefix("backoff=").is_some_and(|value| value.starts_with(char::is_alphabetic)));
    let own = Text(spoken.config).to_string();
    let is_said = |word: &str| given.iter().any(|given| key(given) == key(word)) || (preset && POLICY.contains(&key(word)));
    let unsaid = own.split(' ').filter(|word| !is_said(word));
    [body.trim_end()].into_iter().chain(unsaid).collect::<Vec<_>>().join(" ")
}

/// The keys that a preset sets.
const POLICY: [&str; 5] = ["backoff", "x", "jitter", "first", "failures"];

fn key(word: &str) -> &str {
    word.split_once('=').map_or(if word.starts_with('x') { "x" } else { word }, |(key, _)| key)
}

/// Where a message stands in a line.
struct Place<'a> {
    /// `text`, or `text#2`.
    word: Word<'a>,
    attempt: Option<Attempt>,
    /// The bytes from the word's beginning to the message's end.
    begin: usize,
    end: usize,
    message: &'a str,
}

/// The message in a step, if there is one: from its first brace to the last one before the right half.
fn message<'a>(line: &'a str, words: Words<'a>) -> Option<Place<'a>> {
    let word = words.into_iter().find(|word| word.text == "text" || word.text.starts_with("text#"))?;
    let attempt = word.text.strip_prefix("text").filter(|attempt| !attempt.is_empty()).map(str::parse::<Text<Attempt>>);
    let begin = line.char_indices().nth(word.column as usize - 1)?.0;
    let left = line.split_once(" ->").map_or(line, |(left, _)| left);
    let first = begin + left.get(begin..)?.find('{')?;
    let end = left.rfind('}')? + 1;
    let attempt = attempt.transpose().ok()?.map(|Text(attempt)| attempt);
    Some(Place { word, attempt, begin, end, message: left.get(first..end)? })
}

fn translated(line: &str, place: &Place<'_>, spoken: Option<&Spoken>) -> Result<String, Wrong> {
    let spoken = spoken.ok_or(Wrong::NoProfile { column: place.word.column })?;
    let report = spoken.report(place.message);
    let said = place.attempt.map_or(Said::OfLatest(report), |attempt| Said::Whole(Event::Of(attempt, report)));
    let (before, rest) = line.split_at(place.begin);
    let (spoken, after) = rest.split_at(place.end - place.begin);
    let width = spoken.chars().count();
    Ok(format!("{before}{:width$}{after}", Text(said).to_string()))
}
