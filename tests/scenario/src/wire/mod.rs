//! Scenarios of two peers: clients and a server on one virtual wire, each a link of the core with the least of a shell around it.
//!
//! The author writes what users do and what the wire suffers; everything else follows, and is written below each step as it
//! comes: reports are what the other side's actions put on the wire, and the clock moves only to a delivery or a deadline.

use alloc::string::String;
use alloc::vec::Vec;

mod claim;
mod client;
mod frame;
mod language;
mod page;
mod server;
mod trace;
mod world;

use super::judge::Judgement;
use super::machine::Complaint;
use page::Page;
use world::World;

/// The word that begins a file of them.
pub(super) const WORD: &str = "wire";

/// As [`judge`](super::judge), of the text of such a file.
pub(super) fn judge(name: &str, text: &str, blessing: bool, unblessed: &str) -> Judgement {
    let page = match Page::read(text) {
        Ok(page) => page,
        Err(complaint) => return Judgement { scenarios: 0, failure: Some(complaint.shown(name, text)), blessed: None },
    };
    let runs: Vec<Run> = page.scenarios.iter().map(run).collect();
    let blocks: Vec<(u32, Vec<String>)> = page.scenarios.iter().zip(&runs).flat_map(|(scenario, run)| run.world.blocks(scenario)).collect();
    let broken = runs.iter().find_map(|run| run.broken.clone());
    let complaint = broken.or_else(|| page.difference(&blocks).filter(|_| !blessing));
    let unblessed = if blessing { unblessed } else { "" };
    let failure = complaint.map(|complaint| complaint.shown(name, text) + unblessed);
    let blessed = (blessing && failure.is_none()).then(|| page.blessed(&blocks)).filter(|blessed| blessed != text);
    Judgement { scenarios: page.scenarios.len(), failure, blessed }
}

/// What came of one scenario.
struct Run {
    world: World,
    /// The first thing that no blessing can mend.
    broken: Option<Complaint>,
}

fn run(scenario: &language::Scenario) -> Run {
    let mut world = World::new(scenario);
    let stuck = scenario.steps.iter().find_map(|step| world.take(step).err());
    let broken = stuck.or_else(|| claim::broken(scenario, &world.trace));
    Run { world, broken }
}
