//! Owns a file as a page: what its author wrote, and below each step the lines that were written for him.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use relink_notation::split_comment;

use super::WORD;
use super::language::Scenario;
use crate::machine::{Complaint, Line};

/// A file that was read.
pub(super) struct Page {
    pub(super) scenarios: Vec<Scenario>,
    /// The author's lines, with their numbers.
    own: Vec<(u32, String)>,
    /// The lines below a step: the step's number, and each with its own.
    written: Vec<(u32, u32, String)>,
}

const BEGIN: &str = "the first line is `wire`, and `server` and `client` lines below it say who is there";

impl Page {
    pub(super) fn read(text: &str) -> Result<Self, Complaint> {
        let mut page = Self { scenarios: Vec::new(), own: Vec::new(), written: Vec::new() };
        for (text, number) in text.lines().zip(1_u32..) {
            let (body, _) = split_comment(text);
            let mut line = Line::new(number, body);
            let first = line.words.peek();
            if let (Some("|"), Some(step)) = (first.map(|word| word.text), page.step()) {
                page.written.push((step, number, text.to_owned()));
                continue;
            }
            page.own.push((number, text.to_owned()));
            match (first, page.scenarios.last_mut()) {
                (None, _) => {}
                (Some(word), _) if word.text == WORD && !is_claim(body) => {
                    line.words.next();
                    page.scenarios.push(Scenario::wire(number, &mut line)?);
                }
                (Some(_), Some(scenario)) => scenario.read(number, &mut line)?,
                (Some(word), None) => return line.refuse(&word, BEGIN),
            }
        }
        Ok(page)
    }

    /// The line of the step that was read last.
    fn step(&self) -> Option<u32> {
        Some(self.scenarios.last()?.steps.last()?.line)
    }

    /// The first line that says something else than what followed.
    pub(super) fn difference(&self, blocks: &[(u32, Vec<String>)]) -> Option<Complaint> {
        blocks.iter().find_map(|(step, block)| {
            let mut written = self.written.iter().filter(|(of, ..)| of == step);
            let mut latest = *step;
            for got in block {
                match written.next() {
                    Some((_, line, expected)) if normal(expected) == normal(got) => latest = *line,
                    Some((_, line, _)) => return Some(complaint(*line, "something else follows", got)),
                    None => return Some(complaint(latest, "something follows that is not written yet", got)),
                }
            }
            written.next().map(|(_, line, _)| Complaint::new(*line, "this does not follow"))
        })
    }

    /// The text with what followed below each step.
    pub(super) fn blessed(&self, blocks: &[(u32, Vec<String>)]) -> String {
        let block = |number: u32| blocks.iter().find(|(step, _)| *step == number).map_or(&[][..], |(_, block)| block);
        self.own
            .iter()
            .flat_map(|(number, text)| core::iter::once(text.trim_end()).chain(block(*number).iter().map(String::as_str)))
            .flat_map(|line| [line, "\n"])
            .collect()
    }
}

/// What is lost is claimed of the wire.
fn is_claim(body: &str) -> bool {
    matches!(body.split_whitespace().nth(1), Some("never" | "always"))
}

fn complaint(line: u32, headline: &str, got: &str) -> Complaint {
    Complaint::new(line, headline)
        .below(format!("     got: {got}"))
        .below("if this is right, BLESS=1 writes it; the difference is the review")
}

fn normal(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}
