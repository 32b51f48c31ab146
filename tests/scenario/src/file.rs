//! Owns scenario files: reading them, and the paths through what they tell.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use relink_notation::{Header, Line, Step, parse_line};

use super::claim::Claim;
use super::failure::{Failure, Wrong};
use super::paths::paths;
use super::spoken::{self, Read};

/// A file that was read: one scenario for each of its `link` lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// The name it is shown by.
    pub name: String,
    /// Its text.
    pub text: String,
    /// What it tells.
    pub scenarios: Vec<Scenario>,
}

/// One link and what happens to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scenario {
    /// The line of its `link`.
    pub line: u32,
    /// How the link behaves.
    pub header: Header,
    /// What happens, in the order of the lines.
    pub steps: Vec<Stepped>,
    /// The claims on it, with their lines.
    pub claims: Vec<(u32, Claim)>,
}

/// A step and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stepped {
    /// Its line, from 1.
    pub line: u32,
    /// The step.
    pub step: Step,
}

impl Scenario {
    /// The paths through the scenario, each from the beginning, as positions in `steps`: first the main path, which takes
    /// every step without `or`; then one for each step with `or`, which takes it in place of the main step before it.
    pub fn paths(&self) -> impl Iterator<Item = Vec<usize>> {
        let alternatives: Vec<bool> = self.steps.iter().map(|stepped| stepped.step.left.alternative).collect();
        paths(&alternatives).collect::<Vec<_>>().into_iter()
    }
}

impl File {
    /// Reads this text, which will be shown under this name.
    ///
    /// # Errors
    /// The first line that is not in the notation.
    pub fn parse(name: &str, text: &str) -> Result<Self, Failure> {
        let mut scenarios: Vec<Scenario> = Vec::new();
        let mut early: Option<u32> = None;
        let mut profile = None;
        for (text, number) in text.lines().zip(1_u32..) {
            let read = match spoken::read(text, profile).map_err(|wrong| Failure::at(number, wrong))? {
                Read::Profile(named) => {
                    profile = Some(named);
                    continue;
                }
                Read::Line(read) => read,
            };
            let line = parse_line(&read);
            let line = line.map_err(|error| Failure::at(number, Wrong::Notation { column: error.column, problem: error.problem }))?;
            match line {
                Line::Blank => {}
                Line::Link(header) => scenarios.push(Scenario { line: number, header, steps: Vec::new(), claims: Vec::new() }),
                Line::Step(step) => match scenarios.last_mut() {
                    Some(scenario) if step.left.alternative && scenario.steps.is_empty() => {
                        return Err(Failure::at(number, Wrong::NoStep));
                    }
                    Some(scenario) => scenario.steps.push(Stepped { line: number, step }),
                    None => early = early.or(Some(number)),
                },
                Line::Claim(claim) => {
                    let claim = Claim::parse(claim).map_err(|error| Failure::at(number, Wrong::Claim(error)))?;
                    match scenarios.last_mut() {
                        Some(scenario) => scenario.claims.push((number, claim)),
                        None => early = early.or(Some(number)),
                    }
                }
            }
        }
        if let Some(line) = early.or(scenarios.is_empty().then_some(1)) {
            return Err(Failure::at(line, Wrong::NoLink));
        }
        Ok(Self { name: name.to_owned(), text: text.to_owned(), scenarios })
    }
}
