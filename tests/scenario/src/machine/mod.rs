//! Scenarios of the machines beside the link: ledgers, registries, drains, electors.
//!
//! They are told in the same way as those of links: steps with a right half that is blessed, alternatives, claims. What is
//! special to one of them is its [`Machine`].

use alloc::string::String;
use alloc::vec::Vec;

mod bless;
mod claim;
mod complaint;
mod file;
mod hashing;
mod line;
mod run;

use core::fmt::Debug;

use relink_core::Instant;

pub(super) use complaint::Complaint;
pub(super) use hashing::Hashing;
#[cfg(test)]
pub(super) use line::step;
pub(super) use line::{Line, length, number_up_to};
pub(super) use run::Seen;

use super::judge::Judgement;
use run::Run;

/// A machine that scenarios run on, and the part of the language that is its own.
pub(super) trait Machine: Sized {
    /// The word that begins a scenario of it.
    const WORD: &'static str;
    /// The claims on it.
    const CLAIMS: &'static str;
    /// What may follow in a claim behind what is said.
    const BEHIND: &'static str;

    /// How one is made.
    type Header: Clone + Debug;
    /// What happens to it.
    type Deed: Clone + Debug;
    /// What follows.
    type Outcome: Clone + Debug;
    /// What a claim may be on.
    type What: Clone + Debug;

    /// Reads what follows its word.
    fn header(line: &mut Line<'_>) -> Result<Self::Header, Complaint>;
    /// Reads what happens.
    fn deed(line: &mut Line<'_>) -> Result<Self::Deed, Complaint>;
    /// Reads what a claim is on.
    fn what(line: &mut Line<'_>) -> Result<Self::What, Complaint>;

    fn new(header: &Self::Header) -> Self;
    fn step(&mut self, at: Instant, deed: &Self::Deed) -> Self::Outcome;

    /// The right half, in as many columns in each step.
    fn columns(outcome: &Self::Outcome) -> Vec<String>;
    /// When it wants its next `timeout`.
    fn deadline(outcome: &Self::Outcome) -> Option<Instant>;
    /// Whether a claim on this is about this step.
    fn is(what: &Self::What, seen: &Seen<Self>) -> bool;
    /// The first step that breaks a rule of the house, and the rule.
    fn broken<'a>(header: &Self::Header, path: &'a [Seen<Self>]) -> Option<(&'a Seen<Self>, &'static str)>;
}

/// The first word of a file: it says what the file is about.
pub(super) fn first_word(text: &str) -> Option<&str> {
    text.lines().find_map(|line| relink_notation::split_comment(line).0.split_whitespace().next())
}

/// As [`judge`](super::judge), of the text of a file about such machines.
pub(super) fn judge<M: Machine>(name: &str, text: &str, blessing: bool, unblessed: &str) -> Judgement {
    let scenarios = match file::parse::<M>(text) {
        Ok(scenarios) => scenarios,
        Err(complaint) => return Judgement { scenarios: 0, failure: Some(complaint.shown(name, text)), blessed: None },
    };
    let runs: Vec<Run<M>> = scenarios.iter().map(run::run).collect();
    let complaint = runs.iter().find_map(|run| run.broken.as_ref().or(run.difference.as_ref().filter(|_| !blessing)));
    let unblessed = if blessing { unblessed } else { "" };
    let failure = complaint.map(|complaint| complaint.shown(name, text) + unblessed);
    let blessed = (blessing && failure.is_none()).then(|| bless::bless(text, &scenarios, &runs)).filter(|blessed| blessed != text);
    Judgement { scenarios: scenarios.len(), failure, blessed }
}
