//! Owns the test of the languages of registries, drains and electors: what a run accepts, what it refuses, and what it says then.

use relink_tests::scenario::{Coverage, judge_text};

/// What is said of this text; nothing if all of it holds.
fn said(text: &str) -> String {
    judge_text("a.scenario", text, false, &Coverage::default()).failure.unwrap_or_default()
}

/// The text that is written, or what is said instead.
fn blessed(text: &str) -> Result<String, String> {
    let judgement = judge_text("a.scenario", text, true, &Coverage::default());
    judgement.failure.map_or_else(|| Ok(judgement.blessed.unwrap_or_else(|| text.to_owned())), Err)
}

#[test]
fn what_is_not_in_the_language_is_refused_with_its_place() {
    for (text, place, sentence) in [
        ("registry size=3\n", "1:10", "the keys are capacity=16"),
        ("registry capacity=2000000\n", "1:10", "the keys are "),
        ("registry collide collide\n", "1:18", "the keys are "),
        ("registry\nat 0s admitt a\n", "2:7", "what may happen is `admit NAME"),
        ("registry\nat 0s admit\n", "2:12", "a name is expected"),
        ("registry\nat 0s admit a as\n", "2:17", "a name is expected"),
        ("registry\nat 0s identify a bob\n", "2:18", "`as IDENTITY` is expected"),
        ("registry\nat 0s exchange more\n", "2:16", "a number of slots"),
        ("registry\nat 0s round about\n", "2:13", "here may follow the right half"),
        ("registry\nnever met\n", "2:7", "what is said is "),
        ("registry\nnever gone a b\n", "2:14", "here may follow a connection"),
        ("registry\nalways gone\n", "2:8", "the claims are "),
        ("registry\nledger\n", "2:1", "a line begins with `registry`"),
        ("drain seats=many\n", "1:7", "the keys are seats=16"),
        ("drain farewell farewell\n", "1:16", "the keys are "),
        ("drain\nat 0s start\n", "2:7", "what may happen is `begin`"),
        ("drain\nat 0s joined 1\n", "2:14", "a connection is expected"),
        ("drain\nat 0s joined #1.x\n", "2:14", "a connection is expected"),
        ("drain\nat 0s timeout roll=101%\n", "2:15", "a roll is expected"),
        ("drain\nat 0s timeout 50%\n", "2:15", "here may follow the right half"),
        ("drain\nnever wait\n", "2:7", "what is asked for is "),
        ("drain\nnever close 3\n", "2:13", "here may follow a connection"),
        ("elector lease=long\n", "1:9", "the keys are lease=15s"),
        ("elector lease\n", "1:9", "the keys are lease=15s"),
        ("elector\nat 0s begin\n", "2:7", "what may happen is `start`"),
        ("elector\nat 0s granted 1 7\n", "2:15", "a request is expected"),
        ("elector\nat 0s granted #1\n", "2:17", "a token is expected"),
        ("elector\nat 0s refused #1 for long\n", "2:22", "a length of time is expected"),
        ("elector\nat 0s timeout back=far\n", "2:15", "a length of time is expected"),
        ("elector\nnever wait\n", "2:7", "what is asked for is "),
        ("elector\nnever state open\n", "2:13", "a state is expected"),
        ("elector\nnever lead 7\n", "2:12", "here may follow `from TIME`"),
    ] {
        let shown = said(text);
        assert!(shown.starts_with(&format!("a.scenario:{place}: {sentence}")), "{text}: {shown}");
    }
}

#[test]
fn claims_are_held_against_every_path_and_are_not_blessed() {
    let registry = "registry\nat 0s admit a as x\nat 1s admit b as x\nor at 1s remove a\nat 2s find x\n";
    for claim in ["never gone", "never more than 2 admitted", "always some found b from 2s", "always some replaces a", "never found a"] {
        assert!(blessed(&format!("{registry}{claim}\n")).is_ok(), "{claim}");
    }
    for (claim, because) in [
        ("never replaces", "here it happens: replaces a"),
        ("never removed", "here it happens: removed"),
        ("never found b", "here it happens: found b"),
        ("always some found a", "it never happens"),
    ] {
        let shown = blessed(&format!("{registry}{claim}\n")).expect_err(claim);
        assert!(shown.starts_with("a.scenario:6:1: this claim does not hold") && shown.contains(because), "{claim}: {shown}");
    }
    let drain = "drain\nat 0s begin\nat 0s joined #1\nat 0s timeout\nor at 0s force\n";
    for claim in ["never drained", "always some close #1 before 1s", "never more than 1 force", "never close from 1s", "never close #1.1"] {
        assert!(blessed(&format!("{drain}{claim}\n")).is_ok(), "{claim}");
    }
    for (claim, because) in [
        ("never close #1", "here it happens: draining close #1"),
        ("never force", "here it happens: forcing force #1"),
        ("always some drained", "it never happens"),
    ] {
        let shown = blessed(&format!("{drain}{claim}\n")).expect_err(claim);
        assert!(shown.starts_with("a.scenario:6:1: this claim does not hold") && shown.contains(because), "{claim}: {shown}");
    }
}

#[test]
fn claims_on_electors_are_held_against_steps_and_states() {
    let elector = "elector\nat 0s start\nat 100ms granted #1 7\nat 1s stop\nor at 1s lost 7\n";
    for claim in ["never release", "never more than 1 lead", "always some step-down from 1s", "never state draining before 1s"] {
        assert!(blessed(&format!("{elector}{claim}\n")).is_ok(), "{claim}");
    }
    for claim in ["never halt", "never state leading", "always some state idle", "never more than 0 lead"] {
        let shown = blessed(&format!("{elector}{claim}\n")).expect_err(claim);
        assert!(shown.contains("this claim does not hold"), "{claim}: {shown}");
    }
}

#[test]
fn a_drain_may_not_sleep_through_its_deadline() {
    let text = "drain\nat 0s begin\nat 0s joined #1\nat 1s ended #1\n";
    assert!(said(text).contains("this sleeps through the deadline at 0s"), "{}", said(text));
    assert!(blessed(&text.replace("at 1s ended", "at 1s late ended")).is_ok());
}

const README: &str = include_str!("../README.md");

#[test]
fn the_examples_in_the_readme_hold() {
    for word in ["\nregistry ", "\ndrain ", "\nelector "] {
        let example = README.split("```").find(|block| block.contains(word)).expect("the README has an example of it");
        assert_eq!(said(example), "");
    }
}

#[test]
fn the_keys_in_the_readme_are_in_the_language() {
    for (machine, count) in [("registry", 5), ("drain", 5), ("elector", 8)] {
        let article = if machine == "elector" { "an" } else { "a" };
        let (_, rest) = README.split_once(&format!("| key of {article} {machine} |")).expect("the README has a table of its keys");
        let rows = rest.lines().skip(2).take_while(|line| line.starts_with('|'));
        let keys: Vec<&str> = rows.filter_map(|row| row.split('`').nth(1)).collect();
        assert!(keys.len() == count && keys.iter().all(|key| said(&format!("{machine} {key}\n")).is_empty()), "{keys:?}");
    }
}
