//! Owns the reading of a file of ledgers.

use relink_notation::split_comment;

use super::claim::{Claim, parse as claim};
use super::complaint::Complaint;
use super::language::{Header, Line, Step, header, step};

/// One ledger and what happens to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Scenario {
    pub(super) header: Header,
    pub(super) steps: Vec<Step>,
    /// The claims on it, with their lines.
    pub(super) claims: Vec<(u32, Claim)>,
}

const LINES: &str = "a line begins with `ledger`, `at`, `or at`, `never`, `always` or `#`: a file tells of ledgers or of links";
const NO_STEP: &str = "`or` takes the place of the step before it, and there is none";

/// Reads the scenarios of a file whose first word is `ledger`.
pub(super) fn parse(text: &str) -> Result<Vec<Scenario>, Complaint> {
    let mut scenarios: Vec<Scenario> = Vec::new();
    for (text, number) in text.lines().zip(1_u32..) {
        let (body, _) = split_comment(text);
        let (left, right) = body.split_once("->").map_or((body, None), |(left, right)| (left, Some(right)));
        let mut line = Line::new(number, left);
        let Some(first) = line.words.peek() else { continue };
        match (first.text, scenarios.last_mut()) {
            ("ledger", _) => {
                line.words.next();
                scenarios.push(Scenario { header: header(&mut line)?, steps: Vec::new(), claims: Vec::new() });
            }
            ("at" | "or", Some(scenario)) => {
                let step = step(&mut line, right)?;
                if step.alternative && scenario.steps.is_empty() {
                    return line.refuse(&first, NO_STEP);
                }
                scenario.steps.push(step);
            }
            ("never" | "always", Some(scenario)) => scenario.claims.push((number, claim(&mut line)?)),
            (_, _) => return line.refuse(&first, LINES),
        }
    }
    Ok(scenarios)
}
