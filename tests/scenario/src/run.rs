//! Owns the run of one scenario on one subject: every path, every step, and the first thing that does not hold.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;

use relink_core::{Action, Attempt, Instant};
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
    /// What followed from each step, in the order of the steps; none of a step that no path came to.
    pub outcomes: Vec<Option<Outcome>>,
    /// The first step whose right half is different, or else the first where it is missing.
    pub difference: Option<Failure>,
    /// The first thing that no right half can mend: a step that cannot be taken, a rule or a claim that does not hold.
    pub broken: Option<Failure>,
}

impl Run {
    /// The first failure by its line, because the later ones may only follow from it. A right half that is merely missing
    /// has not led to anything: it comes last.
    #[must_use]
    pub fn failure(&self) -> Option<&Failure> {
        [&self.difference, &self.broken].into_iter().flatten().min_by_key(|failure| rank(failure))
    }
}

const fn rank(failure: &Failure) -> (bool, u32) {
    (matches!(failure.wrong, Wrong::Unwritten { .. }), failure.line)
}

/// Runs a scenario; `start` gives the subject afresh for each of its paths.
pub fn run<S: Subject>(scenario: &Scenario, mut start: impl FnMut(&Header) -> S) -> Run {
    let mut run = Run { outcomes: vec![None; scenario.steps.len()], difference: None, broken: None };
    for path in scenario.paths() {
        match walk(scenario, &path, &mut start(&scenario.header)) {
            Ok(seen) => run.note(scenario, &path, &seen),
            Err((seen, failure)) => {
                run.note(scenario, &path, &seen);
                run.fail(failure);
            }
        }
    }
    let differences = scenario.steps.iter().zip(&run.outcomes).filter_map(|(stepped, got)| differs(stepped, (*got)?));
    run.difference = differences.min_by_key(rank);
    run
}

impl Run {
    fn note(&mut self, scenario: &Scenario, path: &[usize], seen: &Path) {
        for (at, seen) in path.iter().zip(&seen.steps) {
            if let Some(outcome) = self.outcomes.get_mut(*at) {
                *outcome = Some(seen.outcome);
            }
        }
        if let Some((seen, rule)) = house::broken(&scenario.header, &seen.steps) {
            self.fail(Failure::at(seen.line, Wrong::House { rule, got: seen.outcome }));
        }
        for (line, claim) in &scenario.claims {
            if let Some((step, because)) = refuted(claim, seen) {
                self.fail(Failure::at(*line, Wrong::Refuted { because, step: step.map(|seen| (seen.line, seen.outcome)) }));
            }
        }
    }

    /// Keeps the first one by its line; of those on one line, the one that was found first.
    fn fail(&mut self, failure: Failure) {
        if self.broken.as_ref().is_none_or(|first| failure.line < first.line) {
            self.broken = Some(failure);
        }
    }
}

/// Takes the steps of one path. On a step that cannot be taken: those before it, and why.
fn walk(scenario: &Scenario, path: &[usize], subject: &mut impl Subject) -> Result<Path, (Path, Failure)> {
    let steps = path.iter().filter_map(|&at| scenario.steps.get(at));
    let lasts = !steps.clone().any(|stepped| stepped.step.left.alternative);
    let mut seen = Path { steps: Vec::with_capacity(path.len()), lasts };
    let mut latest = None;
    for stepped in steps {
        match take(stepped, &seen.steps, latest, subject) {
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

fn take(stepped: &Stepped, seen: &[Seen], latest: Option<Attempt>, subject: &mut impl Subject) -> Result<Seen, Wrong> {
    let left = stepped.step.left;
    let before = seen.last();
    let deadline = before.and_then(|before| before.outcome.deadline);
    if let Some(before) = before
        && left.at < before.at
    {
        return Err(Wrong::Back { before: before.at });
    }
    let late = before.is_some_and(|before| Left::is_late(left.at, before.at, deadline));
    match deadline {
        Some(deadline) if late && !left.late => return Err(slept(stepped, seen, deadline)),
        Some(_) | None if left.late && !late => return Err(Wrong::NotLate { deadline }),
        Some(_) | None => {}
    }
    let event = left.said.event(latest).ok_or(Wrong::NoAttempt)?;
    let outcome = subject.step(left.at, left.roll, event);
    Ok(Seen { line: stepped.line, at: left.at, event, outcome })
}

/// What is wrong with a step that sleeps through this deadline, which the last of `seen` left behind.
fn slept(stepped: &Stepped, seen: &[Seen], deadline: Instant) -> Wrong {
    let set_by = seen.iter().rev().take_while(|seen| seen.outcome.deadline == Some(deadline)).last();
    Wrong::Slept {
        deadline,
        due: seen.last().map_or(deadline, |before| deadline.max(before.at)),
        set_by: set_by.map(|seen| (seen.line, seen.outcome)),
        meant: Box::new(Left { late: true, ..stepped.step.left }),
    }
}

fn differs(stepped: &Stepped, got: Outcome) -> Option<Failure> {
    match stepped.step.right {
        Some(expected) if expected == got => None,
        Some(expected) => Some(Failure::at(stepped.line, Wrong::Differs { expected, got })),
        None => Some(Failure::at(stepped.line, Wrong::Unwritten { got })),
    }
}
