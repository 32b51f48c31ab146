//! Scenarios of ledgers: what is received, acknowledged and lost, and what a ledger says of it.

use alloc::string::String;
use alloc::vec::Vec;

mod account;
mod claim;
mod language;
mod subject;

use relink_core::Instant;

use super::machine::{Complaint, Line, Machine, Seen};
pub(super) use subject::Subject as Ledgers;
use subject::{Outcome, Subject};

impl Machine for Subject {
    const WORD: &'static str = "ledger";
    const CLAIMS: &'static str = claim::CLAIMS;
    const BEHIND: &'static str = claim::BEHIND;

    type Header = language::Header;
    type Deed = language::Deed;
    type Outcome = Outcome;
    type What = claim::What;

    fn header(line: &mut Line<'_>) -> Result<Self::Header, Complaint> {
        language::header(line)
    }

    fn deed(line: &mut Line<'_>) -> Result<Self::Deed, Complaint> {
        language::deed(line)
    }

    fn what(line: &mut Line<'_>) -> Result<Self::What, Complaint> {
        claim::what(line)
    }

    fn new(header: &Self::Header) -> Self {
        Self::of(header)
    }

    fn step(&mut self, at: Instant, deed: &Self::Deed) -> Outcome {
        self.take(at, deed)
    }

    fn columns(outcome: &Outcome) -> Vec<String> {
        outcome.columns().into()
    }

    fn deadline(outcome: &Outcome) -> Option<Instant> {
        outcome.deadline
    }

    fn is(what: &Self::What, seen: &Seen<Self>) -> bool {
        what.is(seen)
    }

    fn broken<'a>(_: &Self::Header, path: &'a [Seen<Self>]) -> Option<(&'a Seen<Self>, &'static str)> {
        account::broken(path)
    }
}
