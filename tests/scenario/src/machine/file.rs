//! Owns the reading of a file about machines of one kind.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use relink_notation::split_comment;

use super::Machine;
use super::claim::{Claim, parse as claim};
use super::complaint::Complaint;
use super::line::{Line, Step, step};

/// One machine and what happens to it.
#[derive(Clone, Debug)]
pub(super) struct Scenario<M: Machine> {
    pub(super) header: M::Header,
    pub(super) steps: Vec<Step<M::Deed>>,
    /// The claims on it, with their lines.
    pub(super) claims: Vec<(u32, Claim<M::What>)>,
}

const NO_STEP: &str = "`or` takes the place of the step before it, and there is none";

/// Reads the scenarios of a file whose first word is that of the machine.
pub(super) fn parse<M: Machine>(text: &str) -> Result<Vec<Scenario<M>>, Complaint> {
    let mut scenarios: Vec<Scenario<M>> = Vec::new();
    for (text, number) in text.lines().zip(1_u32..) {
        let (body, _) = split_comment(text);
        let (left, right) = body.split_once("->").map_or((body, None), |(left, right)| (left, Some(right)));
        let mut line = Line::new(number, left);
        let Some(first) = line.words.peek() else { continue };
        match (first.text, scenarios.last_mut()) {
            (word, _) if word == M::WORD => {
                line.words.next();
                scenarios.push(Scenario { header: M::header(&mut line)?, steps: Vec::new(), claims: Vec::new() });
            }
            ("at" | "or", Some(scenario)) => {
                let step = step::<M>(&mut line, right)?;
                if step.alternative && scenario.steps.is_empty() {
                    return line.refuse(&first, NO_STEP);
                }
                scenario.steps.push(step);
            }
            ("never" | "always", Some(scenario)) => scenario.claims.push((number, claim::<M>(&mut line)?)),
            (_, _) => return line.refuse(&first, &lines(M::WORD)),
        }
    }
    Ok(scenarios)
}

fn lines(word: &str) -> String {
    format!("a line begins with `{word}`, `at`, `or at`, `never`, `always` or `#`: a file tells of {word}s, or of something else")
}
