//! Owns the run of one scenario of a machine: every path, every step, and the first thing that does not hold.

use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use relink_core::Instant;
use relink_notation::{Left, Text};

use super::Machine;
use super::complaint::Complaint;
use super::file::Scenario;
use super::line::Step;
use crate::paths::paths;

/// What came of a run.
pub(super) struct Run<M: Machine> {
    /// What followed from each step.
    pub(super) outcomes: Vec<Option<M::Outcome>>,
    /// The first step by its line whose right half is missing or different.
    pub(super) difference: Option<Complaint>,
    /// The first thing that no right half can mend.
    pub(super) broken: Option<Complaint>,
}

/// One step that was taken.
#[derive(Clone, Debug)]
pub(crate) struct Seen<M: Machine> {
    pub(crate) line: u32,
    pub(crate) at: Instant,
    pub(crate) deed: M::Deed,
    pub(crate) outcome: M::Outcome,
}

pub(super) fn run<M: Machine>(scenario: &Scenario<M>) -> Run<M> {
    let mut run = Run { outcomes: vec![None; scenario.steps.len()], difference: None, broken: None };
    let alternatives: Vec<bool> = scenario.steps.iter().map(|step| step.alternative).collect();
    for (path, lasts) in paths(&alternatives).zip(core::iter::once(true).chain(core::iter::repeat(false))) {
        let (seen, stuck) = walk(scenario, &path);
        for (at, seen) in path.iter().zip(&seen) {
            if let Some(outcome) = run.outcomes.get_mut(*at) {
                *outcome = Some(seen.outcome.clone());
            }
        }
        run.broken = rule(scenario, &seen).or_else(|| claim(scenario, &seen, lasts && stuck.is_none())).or(stuck);
        if run.broken.is_some() {
            break;
        }
    }
    run.difference = scenario.steps.iter().zip(&run.outcomes).find_map(|(step, outcome)| differs::<M>(step, outcome.as_ref()?));
    run
}

/// Takes the steps of a path, and says why it could not go on, if so.
fn walk<M: Machine>(scenario: &Scenario<M>, path: &[usize]) -> (Vec<Seen<M>>, Option<Complaint>) {
    let mut subject = M::new(&scenario.header);
    let mut seen: Vec<Seen<M>> = Vec::new();
    for step in path.iter().filter_map(|at| scenario.steps.get(*at)) {
        if let Some(complaint) = seen.last().and_then(|before| timing(step, before)) {
            return (seen, Some(complaint));
        }
        let outcome = subject.step(step.at, &step.deed);
        seen.push(Seen { line: step.line, at: step.at, deed: step.deed.clone(), outcome });
    }
    (seen, None)
}

fn timing<M: Machine>(step: &Step<M::Deed>, before: &Seen<M>) -> Option<Complaint> {
    if step.at < before.at {
        return Some(Complaint::new(step.line, format!("time goes back: the step before is at {}", Text(before.at))));
    }
    let deadline = M::deadline(&before.outcome);
    let late = Left::is_late(step.at, before.at, deadline);
    match (late, step.late) {
        (true, false) => {
            let due = Text(deadline.unwrap_or(before.at).max(before.at));
            let complaint = Complaint::new(step.line, format!("this sleeps through the deadline at {due}"));
            Some(complaint.below(format!("write \"at {due} timeout\" before it, or mark it late: \"at {} late …\"", Text(step.at))))
        }
        (false, true) => Some(Complaint::new(step.line, format!("`late`, but the deadline before is {}", Text(deadline)))),
        (true, true) | (false, false) => None,
    }
}

fn rule<M: Machine>(scenario: &Scenario<M>, path: &[Seen<M>]) -> Option<Complaint> {
    let (seen, rule) = M::broken(&scenario.header, path)?;
    Some(Complaint::new(seen.line, format!("this must never happen: {rule}")).below(format!("     got: {}", text::<M>(&seen.outcome))))
}

fn claim<M: Machine>(scenario: &Scenario<M>, path: &[Seen<M>], lasts: bool) -> Option<Complaint> {
    scenario.claims.iter().find_map(|(line, claim)| {
        let (seen, because) = claim.refuted(path, lasts)?;
        let got = seen.map_or(String::new(), |seen| format!(": {}", text::<M>(&seen.outcome)));
        let complaint = Complaint::new(*line, "this claim does not hold").below(because + &got);
        Some(Complaint { quoted: seen.map(|seen| seen.line), ..complaint })
    })
}

fn differs<M: Machine>(step: &Step<M::Deed>, outcome: &M::Outcome) -> Option<Complaint> {
    let got = text::<M>(outcome);
    match &step.right {
        Some(expected) if *expected == got => None,
        Some(expected) => {
            let complaint = Complaint::new(step.line, "something else follows").below(format!("expected: {expected}"));
            Some(complaint.below(format!("     got: {got}")).below("if this is right, BLESS=1 writes it; the difference is the review"))
        }
        None => {
            Some(Complaint::new(step.line, "this step has no right half yet").below(format!("     got: {got}")).below("BLESS=1 writes it"))
        }
    }
}

fn text<M: Machine>(outcome: &M::Outcome) -> String {
    M::columns(outcome).join(" ")
}
