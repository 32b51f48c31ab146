//! Scenario files, and what is drawn from the table of the core that they visit.
//!
//! What a scenario is, and how one is run, is [`relink_scenario`]'s, which is here by its names too. [`judge`] runs a file
//! and says what does not hold; [`Atlas`] is everything that a link can get into.

mod atlas;
mod diagram;
mod files;
mod table;

pub use atlas::{Atlas, Deed, Effect};
pub use diagram::diagram;
pub use files::{files_under, judge};
pub use relink_scenario::{
    Bare, Cell, Cells, Claim, ClaimError, Coverage, Failure, File, Judgement, Kind, Place, ReportKind, Run, Scenario, Seen, Span, Stepped,
    Subject, VerdictKind, Watched, World, Wrong, bless, is_of_links, judge_text, run,
};
pub use table::table;
