//! Scenarios: text files that say what happens to a link and what must follow, run on anything that behaves like one.
//!
//! [`File::parse`] reads, [`run`] runs one scenario on a [`Subject`], [`judge`] runs a whole file and says what does not
//! hold, [`bless`] writes the right halves. [`Bare`] is the core itself; a shell becomes a subject with one function.
//! A file may tell of the machines beside the link instead ([`is_of_links`] says so): only [`judge`] understands those.

mod atlas;
mod bless;
mod cells;
mod claim;
mod claims;
mod coverage;
mod diagram;
mod drain;
mod failure;
mod file;
mod house;
mod judge;
mod kind;
mod ledger;
mod machine;
mod paths;
mod registry;
mod run;
mod seen;
mod spoken;
mod subject;
mod table;
mod wire;

pub use atlas::{Atlas, Deed, Effect, World};
pub use bless::bless;
pub use cells::{Cell, Cells, Place};
pub use claim::{Claim, ClaimError, Span};
pub use coverage::{Coverage, Watched};
pub use diagram::diagram;
pub use failure::{Failure, Wrong};
pub use file::{File, Scenario, Stepped, files_under};
pub use judge::{Judgement, is_of_links, judge, judge_text};
pub use kind::{Kind, ReportKind, VerdictKind};
pub use run::{Run, run};
pub use seen::Seen;
pub use subject::{Bare, Subject};
pub use table::table;
