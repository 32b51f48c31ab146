//! Owns the scenario files' test: every one holds, together they visit every cell, and the pages drawn from the table are current.

use std::collections::HashSet;
use std::path::Path;
use std::sync::OnceLock;
use std::{env, fs};

use relink_tests::scenario::{Atlas, Cell, Cells, Coverage, Kind, Place, World, diagram, files_under, judge, table};

const HERE: &str = env!("CARGO_MANIFEST_DIR");

fn blessing() -> bool {
    env::var_os("BLESS").is_some_and(|value| value == "1")
}

/// What came of all scenario files, judged once for all tests.
struct Judged {
    failures: String,
    visited: [(World, Cells); 2],
}

fn judged() -> &'static Judged {
    static JUDGED: OnceLock<Judged> = OnceLock::new();
    JUDGED.get_or_init(|| {
        let files = files_under(&Path::new(HERE).join("scenarios")).expect("the folder of scenarios can be listed");
        let coverage = Coverage::default();
        let (mut failures, mut scenarios) = (String::new(), 0);
        for file in &files {
            let judgement = judge(file, blessing(), &coverage);
            if let Some(text) = judgement.blessed {
                fs::write(file, text).expect("a scenario file can be written");
            }
            scenarios += judgement.scenarios;
            failures.extend(judgement.failure);
        }
        println!("{} files with {scenarios} scenarios", files.len());
        Judged { failures, visited: [World::Dialling, World::Accepted].map(|world| (world, coverage.cells(world))) }
    })
}

fn atlas(world: World) -> &'static Atlas {
    static DIALLING: OnceLock<Atlas> = OnceLock::new();
    static PLAIN: OnceLock<Atlas> = OnceLock::new();
    static ACCEPTED: OnceLock<Atlas> = OnceLock::new();
    match world {
        World::Dialling => DIALLING.get_or_init(|| Atlas::of(world)),
        World::Plain => PLAIN.get_or_init(|| Atlas::of(world)),
        World::Accepted => ACCEPTED.get_or_init(|| Atlas::of(world)),
    }
}

const fn title(world: World) -> &'static str {
    match world {
        World::Dialling | World::Plain => "Links that dial again",
        World::Accepted => "Accepted connections",
    }
}

#[test]
fn every_scenario_holds() {
    let failures = &judged().failures;
    assert!(failures.is_empty(), "\n{failures}");
}

/// The gate: a place or an event that is new in the core needs a scenario.
#[test]
fn together_they_visit_every_cell_that_a_link_can_get_into() {
    let mut missing = Vec::new();
    for (world, visited) in &judged().visited {
        let (title, reachable) = (title(*world), &atlas(*world).cells);
        let unvisited: Vec<Cell> = reachable.without(visited).collect();
        println!("{title}: {} of {} cells visited", reachable.count() - unvisited.len(), reachable.count());
        missing.extend(unvisited.iter().map(|cell| format!("{title}: {cell}")));
        let unknown: Vec<String> = visited.without(reachable).map(|cell| cell.to_string()).collect();
        assert!(unknown.is_empty(), "scenarios visit cells that the atlas has not found: {unknown:?}");
    }
    assert!(missing.is_empty(), "{} cells are visited by no scenario:\n{}", missing.len(), missing.join("\n"));
}

/// The numbers of places and events are dense and without a double: a place that shared its number would hide another.
#[test]
fn every_cell_has_a_number_of_its_own() {
    for world in [World::Dialling, World::Accepted] {
        let cells: Vec<Cell> = atlas(world).cells.iter().collect();
        assert!(cells.iter().all(|cell| cell.place.index() < Place::COUNT && cell.kind.index() < Kind::COUNT));
        let names: HashSet<String> = cells.iter().map(ToString::to_string).collect();
        assert_eq!(names.len(), cells.len());
        assert_eq!(cells.len(), atlas(world).effects_count());
    }
}

#[test]
fn the_table_is_current() {
    let parts = [World::Dialling, World::Accepted].map(|world| (title(world), atlas(world)));
    golden(&Path::new(HERE).join("golden/table.md"), &table(&parts));
}

#[test]
fn the_diagram_is_current() {
    golden(&Path::new(HERE).join("golden/diagram.mmd"), &diagram(atlas(World::Plain)));
}

#[test]
fn the_readme_shows_the_diagram() {
    let path = Path::new(HERE).join("../README.md");
    let Ok(readme) = fs::read_to_string(&path) else { return };
    let (begin, end) = ("<!-- generated:diagram -->", "<!-- /generated -->");
    let Some((before, rest)) = readme.split_once(begin) else { panic!("README.md has no {begin}") };
    let Some((_, after)) = rest.split_once(end) else { panic!("README.md has no {end} behind {begin}") };
    let shown = diagram(atlas(World::Plain));
    golden(&path, &format!("{before}{begin}\n```mermaid\n{shown}```\n{end}{after}"));
}

fn golden(path: &Path, current: &str) {
    if blessing() {
        fs::write(path, current).expect("a golden file can be written");
    }
    let golden = fs::read_to_string(path).unwrap_or_default();
    let first = golden.lines().zip(current.lines()).position(|(golden, current)| golden != current);
    let line = 1 + first.unwrap_or(golden.lines().count().min(current.lines().count()));
    let (was, is) = (golden.lines().nth(line - 1), current.lines().nth(line - 1));
    assert!(golden == current, "{}:{line}: not current; BLESS=1 writes it\n  was: {was:?}\n   is: {is:?}", path.display());
}
