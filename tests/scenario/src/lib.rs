//! Scenarios: text files that say what happens to a link and what must follow, run on anything that behaves like one.
//!
//! [`File::parse`] reads, [`run`] runs one scenario on a [`Subject`], [`judge_text`] runs a whole file and says what does not
//! hold, [`bless`] writes the right halves. [`Bare`] is the core itself; a shell becomes a subject with one function.
//! A file may tell of the machines beside the link instead ([`is_of_links`] says so): only [`judge_text`] understands those.
//! An allocator is all it takes: the same code runs in tests and on a microcontroller.
#![no_std]

extern crate alloc;

mod bless;
mod cells;
mod claim;
mod claims;
mod coverage;
mod drain;
mod elector;
mod failure;
mod file;
mod halves;
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
mod wire;

pub use bless::bless;
pub use cells::{Cell, Cells, Place};
pub use claim::{Claim, ClaimError, Span};
pub use coverage::{Coverage, Watched, World};
pub use failure::{Failure, Wrong};
pub use file::{File, Scenario, Stepped};
pub use halves::{Halves, halves};
pub use judge::{Judgement, is_of_links, judge_text};
pub use kind::{Kind, ReportKind, VerdictKind};
pub use run::{Run, run};
pub use seen::Seen;
pub use subject::{Bare, Subject};

type HashMap<K, V> = hashbrown::HashMap<K, V, rustc_hash::FxBuildHasher>;
type HashSet<K> = hashbrown::HashSet<K, rustc_hash::FxBuildHasher>;
