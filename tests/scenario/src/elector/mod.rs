//! Scenarios of electors: who may lead, and until when.

use alloc::string::String;
use alloc::vec::Vec;

mod account;
mod language;
mod subject;

use relink_core::Instant;

use super::machine::{Complaint, Line, Machine, Seen};
use language::{BEHIND, CLAIMS, Deed, Header, What};
use subject::Outcome;
pub(super) use subject::Subject as Electors;

impl Machine for Electors {
    const WORD: &'static str = "elector";
    const CLAIMS: &'static str = CLAIMS;
    const BEHIND: &'static str = BEHIND;

    type Header = Header;
    type Deed = Deed;
    type Outcome = Outcome;
    type What = What;

    fn header(line: &mut Line<'_>) -> Result<Header, Complaint> {
        language::header(line)
    }

    fn deed(line: &mut Line<'_>) -> Result<Deed, Complaint> {
        language::deed(line)
    }

    fn what(line: &mut Line<'_>) -> Result<What, Complaint> {
        language::what(line)
    }

    fn new(header: &Header) -> Self {
        Self::of(header)
    }

    fn step(&mut self, at: Instant, deed: &Deed) -> Outcome {
        self.take(at, deed)
    }

    fn columns(outcome: &Outcome) -> Vec<String> {
        outcome.columns()
    }

    fn deadline(outcome: &Outcome) -> Option<Instant> {
        outcome.deadline
    }

    fn is(what: &What, seen: &Seen<Self>) -> bool {
        what.is(&seen.outcome)
    }

    fn broken<'a>(terms: &Header, path: &'a [Seen<Self>]) -> Option<(&'a Seen<Self>, &'static str)> {
        account::broken(terms, path)
    }
}
