//! Owns the trace: what happened to whom, in order, and as text.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use relink_core::{Event, Instant};
use relink_notation::{Header, Outcome, Text};

use super::language::Scenario;
use super::world::World;
use crate::seen::{Path, Seen};

/// All that happened.
#[derive(Default)]
pub(super) struct Trace {
    pub(super) entries: Vec<Entry>,
    /// The links, with the configurations they were made with.
    pub(super) links: Vec<(String, Header)>,
}

/// One thing that happened.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// The line of the step in whose time it happened.
    pub(super) line: u32,
    pub(super) at: Instant,
    pub(super) who: String,
    pub(super) what: What,
}

#[derive(Clone, Debug)]
pub(super) enum What {
    /// A link took a step.
    Step(Event, Outcome),
    /// The server, or the wire, did something.
    Said(String),
}

impl Trace {
    /// The path of one link.
    pub(super) fn path(&self, who: &str) -> Path {
        let steps = self.entries.iter().filter(|entry| entry.who == who).filter_map(|entry| match entry.what {
            What::Step(event, outcome) => Some(Seen { line: entry.line, at: entry.at, event, outcome }),
            What::Said(_) => None,
        });
        Path { steps: steps.collect(), lasts: true }
    }

    /// What the server, or the wire, did.
    pub(super) fn said<'a>(&'a self, who: &'a str) -> impl Iterator<Item = (&'a Entry, &'a str)> {
        self.entries.iter().filter(move |entry| entry.who == who).filter_map(|entry| match &entry.what {
            What::Said(text) => Some((entry, text.as_str())),
            What::Step(..) => None,
        })
    }
}

impl World {
    /// For each step, its line and the lines of what followed, in columns.
    pub(super) fn blocks(&self, scenario: &Scenario) -> Vec<(u32, Vec<String>)> {
        let rows: Vec<(u32, Vec<String>)> = self.trace.entries.iter().map(|entry| (entry.line, entry.row())).collect();
        let width = |column: usize| {
            let cells = rows.iter().filter(|(_, row)| row.len() > 3 || column < 2).filter_map(|(_, row)| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..5).map(width).collect();
        let of_line = |line: u32| rows.iter().filter(move |(of, _)| *of == line).map(|(_, row)| joined(row, &widths)).collect();
        scenario.steps.iter().map(|step| (step.line, of_line(step.line))).collect()
    }
}

impl Entry {
    fn row(&self) -> Vec<String> {
        let begin = [Text(self.at).to_string(), self.who.clone()];
        match &self.what {
            What::Said(text) => begin.into_iter().chain([text.clone()]).collect(),
            What::Step(event, outcome) => {
                let Outcome { state, reaction, deadline } = *outcome;
                let right = [Text(*event).to_string(), Text(state).to_string(), Text(reaction).to_string(), Text(deadline).to_string()];
                begin.into_iter().chain(right).collect()
            }
        }
    }
}

fn joined(row: &[String], widths: &[usize]) -> String {
    let gaps = ["  ", "  ", "  -> ", "  ", "  "];
    let cells = row.iter().enumerate().map(|(column, cell)| {
        let (width, gap) = (widths.get(column).copied().unwrap_or(0), gaps.get(column).copied().unwrap_or(""));
        if column + 1 == row.len() { cell.clone() } else { format!("{cell:width$}{gap}") }
    });
    format!("| {}", cells.collect::<String>().trim_end())
}
