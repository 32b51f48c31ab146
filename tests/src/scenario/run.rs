//! Owns the run of one scenario on one subject: every path, every step, and the first thing that does not hold.

use relink_core::{Action, Attempt};
use relink_notation::{Header, Left, Outcome};

use super::claims::refuted;
use super::failure::{Failure, Wrong};
use super::file::{Scenario, Stepped};
use super::house;
use super::seen::{Path, Seen};
use super::subject::Subject;

/// What came of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// What followed from each step, in the order of the steps; shorter if the run could not go on.
    pub outcomes: Vec<Option<Outcome>>,
    /// The first step whose right half is missing or different.
    pub difference: Option<Failure>,
    /// The first thing that no right half can mend: a step that cannot be taken, a rule or a claim that does not hold.
    pub broken: Option<Failure>,
}

impl Run {
    /// The first failure: what no right half can mend before what one could.
    #[must_use]
    pub fn failure(&self) -> Option<&Failure> {
        self.broken.as_ref().or(self.difference.as_ref())
    }
}

/// Runs a scenario; `start` gives the subject afresh for each of its paths.
pub fn run<S: Subject>(scenario: &Scenario, mut start: impl FnMut(&Header) -> S) -> Run {
    let mut run = Run { outcomes: vec![None; scenario.steps.len()], difference: None, broken: None };
    for path in scenario.paths() {
        match walk(scenario, &path, &mut start(&scenario.header)) {
            Ok(seen) => run.note(scenario, &path, &seen),
            Err((seen, failure)) => {
                run.note(scenario, &path, &seen);
                run.broken = run.broken.or(Some(failure));
            }
        }
        if run.broken.is_some() {
            break;
        }
    }
    run.difference = scenario.steps.iter().zip(&run.outcomes).find_map(|(stepped, got)| differs(stepped, (*got)?));
    run
}

impl Run {
    fn note(&mut self, scenario: &Scenario, path: &[usize], seen: &Path) {
        for (at, seen) in path.iter().zip(&seen.steps) {
            if let Some(outcome) = self.outcomes.get_mut(*at) {
                *outcome = Some(seen.outcome);
            }
        }
        let house = house::broken(&scenario.header, &seen.steps);
        let house = house.map(|(seen, rule)| Failure::at(seen.line, Wrong::House { rule, got: seen.outcome }));
        let claim = || {
            scenario.claims.iter().find_map(|(line, claim)| {
                let (step, because) = refuted(claim, seen)?;
                Some(Failure::at(*line, Wrong::Refuted { because, step: step.map(|seen| (seen.line, seen.outcome)) }))
            })
        };
        self.broken = self.broken.take().or(house).or_else(claim);
    }
}

/// Takes the steps of one path. On a step that cannot be taken: those before it, and why.
fn walk(scenario: &Scenario, path: &[usize], subject: &mut impl Subject) -> Result<Path, (Path, Failure)> {
    let steps = path.iter().filter_map(|&at| scenario.steps.get(at));
    let lasts = !steps.clone().any(|stepped| stepped.step.left.alternative);
    let mut seen = Path { steps: Vec::with_capacity(path.len()), lasts };
    let mut latest = None;
    for stepped in steps {
        match take(stepped, seen.steps.last(), latest, subject) {
            Ok(taken) => {
                if let Some(Action::Open(attempt)) = taken.action() {
                    latest = Some(attempt);
                }
                seen.steps.push(taken);
            }
            Err(wrong) => return Err((seen, Failure::at(stepped.line, wrong))),
        }
    }
    Ok(seen)
}

fn take(stepped: &Stepped, before: Option<&Seen>, latest: Option<Attempt>, subject: &mut impl Subject) -> Result<Seen, Wrong> {
    let left = stepped.step.left;
    let deadline = before.and_then(|before| before.outcome.deadline);
    if let Some(before) = before
        && left.at < before.at
    {
        return Err(Wrong::Back { before: before.at });
    }
    let late = before.is_some_and(|before| Left::is_late(left.at, before.at, deadline));
    match deadline {
        Some(deadline) if late && !left.late => return Err(Wrong::Slept { deadline }),
        Some(_) | None if left.late && !late => return Err(Wrong::NotLate { deadline }),
        Some(_) | None => {}
    }
    let event = left.said.event(latest).ok_or(Wrong::NoAttempt)?;
    let outcome = subject.step(left.at, left.roll, event);
    Ok(Seen { line: stepped.line, at: left.at, event, outcome })
}

fn differs(stepped: &Stepped, got: Outcome) -> Option<Failure> {
    match stepped.step.right {
        Some(expected) if expected == got => None,
        Some(expected) => Some(Failure::at(stepped.line, Wrong::Differs { expected, got })),
        None => Some(Failure::at(stepped.line, Wrong::Unwritten { got })),
    }
}
