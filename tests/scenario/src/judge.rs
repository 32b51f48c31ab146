//! Owns the judgement of whole files on the core: what the `scenario` binary, the tests and the firmware do.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::bless::bless;
use super::coverage::Coverage;
use super::drain::Drains;
use super::elector::Electors;
use super::file::File;
use super::ledger::Ledgers;
use super::machine::{self, Machine, first_word};
use super::registry::Registries;
use super::run::{Run, run};
use super::wire;

const UNBLESSED: &str = "  nothing is written into this file: BLESS=1 writes right halves where all else holds\n";

/// What came of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// The number of scenarios in it.
    pub scenarios: usize,
    /// The first failure, as it is shown.
    pub failure: Option<String>,
    /// The text with new right halves, if it was to be blessed, differs, and nothing fails.
    pub blessed: Option<String>,
}

/// Reads a file's text, which is shown under this name, and runs its scenarios on the core. With `blessing`, differences of right
/// halves are no failures: the caller is given the text to write instead; but none if anything else fails, so that a file is never
/// half-written, nor a mistake that a claim has found. The cells they visit are added to `coverage`.
#[must_use]
pub fn judge_text(name: &str, text: &str, blessing: bool, coverage: &Coverage) -> Judgement {
    match first_word(text) {
        Some(Ledgers::WORD) => machine::judge::<Ledgers>(name, text, blessing, UNBLESSED),
        Some(Registries::WORD) => machine::judge::<Registries>(name, text, blessing, UNBLESSED),
        Some(Drains::WORD) => machine::judge::<Drains>(name, text, blessing, UNBLESSED),
        Some(Electors::WORD) => machine::judge::<Electors>(name, text, blessing, UNBLESSED),
        Some(wire::WORD) => wire::judge(name, text, blessing, UNBLESSED),
        Some(_) | None => judge_links(name, text, blessing, coverage),
    }
}

fn judge_links(name: &str, text: &str, blessing: bool, coverage: &Coverage) -> Judgement {
    let file = match File::parse(name, text) {
        Ok(file) => file,
        Err(failure) => return failed(0, failure.shown(name, text).to_string()),
    };
    let runs: Vec<Run> = file.scenarios.iter().map(|scenario| run(scenario, |header| coverage.watch(header))).collect();
    let failure = runs.iter().find_map(|run| if blessing { run.broken.as_ref() } else { run.failure() });
    let unblessed = if blessing { UNBLESSED } else { "" };
    let failure = failure.map(|failure| format!("{}{unblessed}", failure.shown(name, text)));
    let blessed = (blessing && failure.is_none()).then(|| bless(&file, &runs)).filter(|blessed| blessed != text);
    Judgement { scenarios: file.scenarios.len(), failure, blessed }
}

/// Whether a file tells of links; of anything else, only [`judge_text`] knows how.
#[must_use]
pub fn is_of_links(text: &str) -> bool {
    !matches!(first_word(text), Some(Ledgers::WORD | Registries::WORD | Drains::WORD | Electors::WORD | wire::WORD))
}

const fn failed(scenarios: usize, failure: String) -> Judgement {
    Judgement { scenarios, failure: Some(failure), blessed: None }
}
