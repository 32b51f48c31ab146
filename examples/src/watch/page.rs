//! Owns the looks of the watch: a timeline for people, or one JSON object per line.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use relink_notation::{StateWord, Text};
use relink_tokio::Attempt;
use relink_tokio::core::End;
use relink_tokio::ws::Message;
use serde::Serialize;
use tokio::time::Instant;

use super::narrator::{Change, Told, What};

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
        Self { json, began: Instant::now() }
    }

    pub(super) fn told(&self, told: &Told) -> Result<(), Gone> {
        if told.left_out > 0 {
            self.note(&format!("{} changes are not shown: they came too fast", told.left_out))?;
        }
        match &told.what {
            What::Changed(change) => self.change(change),
            What::Sent(attempt, message) => self.sent(*attempt, message),
        }
    }

    fn change(&self, change: &Change) -> Result<(), Gone> {
        let Change { state, attempt, why, dial_in_millis, failures, .. } = change;
        let state_word = Text(*state).to_string();
        if self.json {
            let why = why.as_ref().map(ToString::to_string);
            let attempt = attempt.map(Attempt::number);
            return self.object(Line::State { state: state_word, attempt, why, dial_in_ms: *dial_in_millis, failures: *failures });
        }
        let attempt = attempt.map(|attempt| format!("#{}", attempt.number())).unwrap_or_default();
        let why = why.as_ref().map(|why| format!("  {}", harmless(&why.to_string()))).unwrap_or_default();
        let next = dial_in_millis.map(|millis| format!("; next dial in {}", duration(millis))).unwrap_or_default();
        let style = style(*state);
        self.row(&format!("{style}{state_word:17}{style:#} {attempt:4}{why}{next}"))
    }

    pub(super) fn received(&self, attempt: Attempt, message: &Message) -> Result<(), Gone> {
        let (attempt, bytes, text) = (attempt.number(), message.len(), message.as_text());
        if self.json {
            return self.object(Line::Received { attempt, bytes, text });
        }
        self.message(AnsiColor::Cyan, "<-", message)
    }

    fn sent(&self, attempt: Attempt, message: &Message) -> Result<(), Gone> {
        let (attempt, bytes, text) = (attempt.number(), message.len(), message.as_text());
        if self.json {
            return self.object(Line::Sent { attempt, bytes, text });
        }
        self.message(AnsiColor::Blue, "->", message)
    }

    fn message(&self, colour: AnsiColor, arrow: &str, message: &Message) -> Result<(), Gone> {
        let style = colour.on_default();
        match message.as_text() {
            Some(text) => self.row(&format!("{style}{arrow}{style:#} {}", harmless(text))),
            None => self.row(&format!("{style}{arrow}{style:#} ({} bytes)", message.len())),
        }
    }

    pub(super) fn note(&self, text: &str) -> Result<(), Gone> {
        if self.json {
            return self.object(Line::Note { text });
        }
        let style = Style::new().dimmed();
        self.row(&format!("{style}({}){style:#}", harmless(text)))
    }

    fn row(&self, text: &str) -> Result<(), Gone> {
        print(&format!("{:9.3} s  {}", self.began.elapsed().as_secs_f64(), text.trim_end()))
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

/// What comes from elsewhere must not steer the terminal.
fn harmless(text: &str) -> String {
    let shown = |c: char| if c.is_control() && c != '\t' { c.escape_default().to_string() } else { c.to_string() };
    text.chars().map(shown).collect()
}

fn duration(millis: u64) -> String {
    match millis {
        0..1000 => format!("{millis} ms"),
        _ => format!("{}.{} s", millis / 1000, millis % 1000 / 100),
    }
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
