//! Owns the test of the `scenario` command: what it prints, what it writes, and how it exits.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{env, fs};

const HOLDS: &str = "link jitter=none\nat 0s start  -> connecting  open #1  10s\n";
const FAILS: &str = "link jitter=none\nat 0s start  -> connecting  open #2  10s\n";

/// A folder of its own for each test, made anew.
fn folder(name: &str, files: &[(&str, &str)]) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("scenario_binary").join(name);
    let _ = fs::remove_dir_all(&folder);
    for (name, text) in files {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("a folder can be made");
        fs::write(path, text).expect("a file can be written");
    }
    folder
}

fn scenario(paths: &[&Path], bless: &str) -> (Option<i32>, String) {
    let Output { status, stdout, stderr } =
        Command::new(env!("CARGO_BIN_EXE_scenario")).args(paths).env("BLESS", bless).output().expect("the command runs");
    (status.code(), String::from_utf8_lossy(&stdout).into_owned() + &String::from_utf8_lossy(&stderr))
}

#[test]
fn what_holds_exits_with_0() {
    let folder = folder("holds", &[("a.scenario", HOLDS), ("deep/er/b.scenario", HOLDS), ("notes.txt", "no scenario")]);
    let (code, said) = scenario(&[&folder], "0");
    assert_eq!((code, said.as_str()), (Some(0), "files: 2, scenarios: 2, files that hold: 2, that fail: 0\n"));
}

#[test]
fn the_first_difference_of_each_file_is_printed_and_exits_with_1() {
    let folder = folder("fails", &[("a.scenario", FAILS), ("b.scenario", HOLDS), ("c.scenario", "lnk\n")]);
    let (code, said) = scenario(&[&folder], "0");
    assert_eq!(code, Some(1));
    assert!(said.contains("a.scenario:2:29: something else follows"), "{said}");
    assert!(said.contains("c.scenario:1:1: a line begins with"), "{said}");
    assert!(said.ends_with("files: 3, scenarios: 2, files that hold: 1, that fail: 2\n"), "{said}");
}

#[test]
fn a_file_is_run_whatever_its_name() {
    let folder = folder("named", &[("flight-record.txt", HOLDS)]);
    assert_eq!(scenario(&[&folder.join("flight-record.txt")], "0").0, Some(0));
}

#[test]
fn a_path_with_nothing_to_run_exits_with_2() {
    let folder = folder("empty", &[("notes.txt", "no scenario")]);
    let (code, said) = scenario(&[&folder], "0");
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("no file named *.scenario"), "{said}");
    assert_eq!(scenario(&[&folder.join("nowhere")], "0").0, Some(2));
}

#[test]
fn blessing_writes_what_differs() {
    let folder = folder("blessed", &[("a.scenario", FAILS), ("b.scenario", HOLDS)]);
    let (code, said) = scenario(&[&folder], "1");
    assert_eq!((code, said.as_str()), (Some(0), "files: 2, scenarios: 2, files that hold: 2, that fail: 0, written anew: 1\n"));
    assert_eq!(fs::read_to_string(folder.join("a.scenario")).ok().as_deref(), Some(HOLDS));
}

#[test]
fn blessing_leaves_a_file_alone_in_which_anything_else_fails() {
    let claim = format!("{FAILS}never open\n");
    let asleep = format!("{FAILS}at 11s timeout\n{FAILS}");
    let folder = folder("unblessed", &[("a.scenario", &claim), ("b.scenario", &asleep)]);
    let (code, said) = scenario(&[&folder], "1");
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("a.scenario:3:1: this claim does not hold"), "{said}");
    assert!(said.contains("b.scenario:3:1: this sleeps through the deadline at 10s"), "{said}");
    assert_eq!(said.matches("\n  nothing is written into this file: ").count(), 2, "{said}");
    assert!(said.ends_with("files: 2, scenarios: 3, files that hold: 0, that fail: 2, written anew: 0\n"), "{said}");
    for (name, text) in [("a.scenario", claim), ("b.scenario", asleep)] {
        assert_eq!(fs::read_to_string(folder.join(name)).ok(), Some(text));
    }
}

#[test]
fn the_cells_that_are_not_visited_are_listed() {
    let folder = folder("cells", &[("a.scenario", HOLDS)]);
    let (code, said) = scenario(&[&folder, Path::new("--cells")], "0");
    assert_eq!(code, Some(0));
    assert!(said.contains("links that dial again: 1 of ") && said.contains("accepted connections: 0 of "), "{said}");
    assert!(said.contains("  not visited: idle × stop\n") && said.contains("  not visited: ready+old × other lost retry\n"), "{said}");
}
