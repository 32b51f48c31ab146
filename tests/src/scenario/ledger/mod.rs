//! Scenarios of ledgers: what is received, acknowledged and lost, and what a ledger says of it.
//!
//! They are told in the same way as those of links: steps with a right half that is blessed, alternatives, claims.

mod account;
mod bless;
mod claim;
mod complaint;
mod file;
mod language;
mod run;
mod subject;

use super::judge::Judgement;
use run::Run;

/// Whether a file tells of ledgers: the first word in it says so.
#[must_use]
pub fn is_of_ledgers(text: &str) -> bool {
    let mut words = text.lines().filter_map(|line| relink_notation::split_comment(line).0.split_whitespace().next());
    words.next() == Some("ledger")
}

/// As [`judge`](super::judge), of the text of a file of ledgers.
pub(super) fn judge(name: &str, text: &str, blessing: bool, unblessed: &str) -> Judgement {
    let scenarios = match file::parse(text) {
        Ok(scenarios) => scenarios,
        Err(complaint) => return Judgement { scenarios: 0, failure: Some(complaint.shown(name, text)), blessed: None },
    };
    let runs: Vec<Run> = scenarios.iter().map(run::run).collect();
    let complaint = runs.iter().find_map(|run| run.broken.as_ref().or(run.difference.as_ref().filter(|_| !blessing)));
    let unblessed = if blessing { unblessed } else { "" };
    let failure = complaint.map(|complaint| complaint.shown(name, text) + unblessed);
    let blessed = (blessing && failure.is_none()).then(|| bless::bless(text, &scenarios, &runs)).filter(|blessed| blessed != text);
    Judgement { scenarios: scenarios.len(), failure, blessed }
}
