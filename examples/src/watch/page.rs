//! Owns the looks of the watch: a timeline for people, or one JSON object per line.

use std::io::{self, Write};
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use relink_notation::{Next, StateWord, Text};
use relink_tokio::Attempt;
use relink_tokio::core::End;
use relink_tokio::ws::Message;
use serde::Serialize;
use tokio::time::Instant;

use super::narrator::{Change, Told, What};
use super::row::{self, Row, harmless};
use crate::terminal;
use crate::wording::{Reasons, counted, seconds};

/// Nobody reads any more what is printed.
#[derive(Debug)]
pub(super) struct Gone;

impl From<io::Error> for Gone {
    fn from(_: io::Error) -> Self {
        Self
    }
}

/// Where the watch is printed.
#[derive(Debug)]
pub(super) struct Page {
    json: bool,
    began: Instant,
    /// If it is known.
    width: Option<usize>,
    reasons: Reasons,
}

/// One line of JSON.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Line<'a> {
    State {
        state: String,
        attempt: Option<u32>,
        #[serde(skip_serializing_if = "Option::is_none")]
        why: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        dial_in_ms: Option<u64>,
        failures: u32,
    },
    Received {
        attempt: u32,
        bytes: usize,
        /// Not there for bytes.
        #[serde(skip_serializing_if = "Option::is_none")]
        text: Option<&'a str>,
    },
    Sent {
        attempt: u32,
        bytes: usize,
        #[serde(skip_serializing_if = "Option::is_none")]
        text: Option<&'a str>,
    },
    Note {
        text: &'a str,
    },
}

#[derive(Serialize)]
struct Timed<'a> {
    ms: u64,
    #[serde(flatten)]
    line: Line<'a>,
}

impl Page {
    pub(super) fn new(json: bool) -> Self {
        Self { json, began: Instant::now(), width: terminal::width(), reasons: Reasons::default() }
    }

    pub(super) fn told(&mut self, told: &Told) -> Result<(), Gone> {
        if told.left_out > 0 {
            self.note(&format!("{} changes are not shown: they came too fast", told.left_out))?;
        }
        match &told.what {
            What::Changed(change) => {
                self.change(change)?;
                if closes(change.state) { self.note("waiting for the peer's Close; once more ends it at once") } else { Ok(()) }
            }
            What::Sent(attempt, message) => self.sent(*attempt, message),
        }
    }

    fn change(&mut self, change: &Change) -> Result<(), Gone> {
        let Change { state, attempt, why, dial_in_millis, failures, .. } = change;
        let state_word = Text(*state).to_string();
        if self.json {
            let why = why.as_ref().map(ToString::to_string);
            let attempt = attempt.map(Attempt::number);
            return self.object(Line::State { state: state_word, attempt, why, dial_in_ms: *dial_in_millis, failures: *failures });
        }
        let attempt = attempt.map(|attempt| format!("#{}", attempt.number())).unwrap_or_default();
        let why = why.as_ref().map(|why| self.reasons.of(harmless(&why.to_string())));
        let next = dial_in_millis.map(|millis| format!("next dial in {}", seconds(Duration::from_millis(millis))));
        let text = [why, next].into_iter().flatten().collect::<Vec<_>>().join("; ");
        let head = format!("{state_word:17} {attempt:4}  ");
        self.row(&Row { head: &head, style: style(*state), text, text_style: Style::new() })
    }

    pub(super) fn received(&mut self, attempt: Attempt, message: &Message) -> Result<(), Gone> {
        let (attempt, bytes, text) = (attempt.number(), message.len(), message.as_text());
        if self.json {
            return self.object(Line::Received { attempt, bytes, text });
        }
        self.message(AnsiColor::Cyan, "<- ", message)
    }

    fn sent(&mut self, attempt: Attempt, message: &Message) -> Result<(), Gone> {
        let (attempt, bytes, text) = (attempt.number(), message.len(), message.as_text());
        if self.json {
            return self.object(Line::Sent { attempt, bytes, text });
        }
        self.message(AnsiColor::Blue, "-> ", message)
    }

    fn message(&mut self, colour: AnsiColor, head: &str, message: &Message) -> Result<(), Gone> {
        // The reason told last may be far above by the next one.
        self.reasons.forget();
        let text = message.as_text().map_or_else(|| format!("({})", counted(message.len(), "byte")), |text| self.within(head, text));
        self.row(&Row { head, style: colour.on_default(), text, text_style: Style::new() })
    }

    pub(super) fn note(&self, text: &str) -> Result<(), Gone> {
        if self.json {
            return self.object(Line::Note { text });
        }
        let (head, dimmed) = ("-- ", Style::new().dimmed());
        self.row(&Row { head, style: dimmed, text: self.within(head, text), text_style: dimmed })
    }

    /// What is to be copied: a line of its own, from its beginning.
    pub(super) fn last(&self, text: &str) -> Result<(), Gone> {
        if self.json { self.note(text) } else { print(&harmless(text)) }
    }

    fn within(&self, head: &str, text: &str) -> String {
        row::message(text, head, self.width)
    }

    fn row(&self, row: &Row<'_>) -> Result<(), Gone> {
        print(row.shown(self.began.elapsed(), self.width).trim_end())
    }

    fn object(&self, line: Line<'_>) -> Result<(), Gone> {
        let ms = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let text = serde_json::to_string(&Timed { ms, line }).map_err(io::Error::from)?;
        print(&text)
    }
}

/// Colours are taken out where they are not wanted.
fn print(text: &str) -> Result<(), Gone> {
    let mut out = anstream::stdout().lock();
    writeln!(out, "{text}")?;
    Ok(out.flush()?)
}

/// Whether a Close of our own is under way, after which the link ends.
const fn closes(state: StateWord) -> bool {
    matches!(state, StateWord::Closing(_, Next::End(End::Stopped)))
}

const fn style(state: StateWord) -> Style {
    match state {
        StateWord::Ready(_) => AnsiColor::Green.on_default().bold(),
        StateWord::Connecting | StateWord::Open => AnsiColor::Yellow.on_default(),
        StateWord::Backoff => AnsiColor::Magenta.on_default(),
        StateWord::Idle | StateWord::Draining { .. } | StateWord::Closing(..) => Style::new().dimmed(),
        StateWord::Shutdown(End::GivenUp | End::Exhausted) => AnsiColor::Red.on_default().bold(),
        StateWord::Shutdown(End::Stopped | End::Over) => Style::new().bold(),
    }
}
