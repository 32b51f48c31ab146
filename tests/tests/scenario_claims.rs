//! Owns the test of the claims: each holds where it should, and is refuted where it should not, at the right line.

use relink_tests::scenario::{Bare, File, Wrong, run};

/// A link that is dialled twice, pings, closes, and is stopped. Right halves are left out: claims are judged without them.
const STORY: &str = "at 0s start
at 1s lost retry
at 3s timeout
at 3.5s lost#1 retry
at 4s opened
at 24s timeout
at 25s heard
at 30s stop 1000
at 31s timeout
at 40s timeout
";

/// The line of the step that refutes this claim on the story, counted in the story; 0 if it is no single step.
fn refuted(claim: &str) -> Option<u32> {
    refuted_in(claim, STORY)
}

fn refuted_in(claim: &str, story: &str) -> Option<u32> {
    let text = format!("link ping=20s pong=10s closing=1s backoff=2s jitter=none overlap=30s gap=1ms\n{claim}\n{story}");
    let file = File::parse("a.scenario", &text).unwrap_or_else(|failure| panic!("{}", failure.shown("a.scenario", &text)));
    let failure = run(&file.scenarios[0], Bare::new).broken?;
    match failure.wrong {
        Wrong::Refuted { step, .. } => {
            assert_eq!(failure.line, 2, "{claim}");
            Some(step.map_or(0, |(line, _)| line - 2))
        }
        wrong => panic!("{claim}: {wrong:?}"),
    }
}

fn all_hold(claims: &[&str]) {
    for claim in claims {
        assert_eq!(refuted(claim), None, "{claim}");
    }
}

fn all_refuted(claims: &[(&str, u32)]) {
    for (claim, line) in claims {
        assert_eq!(refuted(claim), Some(*line), "{claim}");
    }
}

#[test]
fn never() {
    all_hold(&[
        "never open #3",
        "never open from 3.001s",
        "never open #1 from 1s",
        "never open from 1s before 3s",
        "never ping #1",
        "never abort #1",
    ]);
    all_refuted(&[
        ("never open", 1),
        ("never open #2", 3),
        ("never open from 3s", 3),
        ("never ping", 6),
        ("never close", 8),
        ("never close #2 from 30s before 31s", 8),
        ("never abort", 9),
        ("never action from 4s", 6),
        ("never ignored", 4),
        ("never ignored from 4s", 10),
        ("never ignored #1", 4),
    ]);
}

#[test]
fn never_more_than() {
    all_hold(&[
        "never more than 2 open",
        "never more than 1 open #2",
        "never more than 1 open within 3s",
        "never more than 2 open within 1h",
    ]);
    all_refuted(&[
        ("never more than 1 open", 3),
        ("never more than 1 open within 3.001s", 3),
        ("never more than 0 ping", 6),
        ("never more than 4 action", 9),
        ("never more than 1 action from 24s", 8),
    ]);
}

#[test]
fn always_some() {
    all_hold(&["always some open", "always some ping #2 from 24s before 24.001s", "always some close", "always some abort from 31s"]);
    all_refuted(&[
        ("always some open #3", 0),
        ("always some ping before 24s", 0),
        ("always some close from 30.001s", 0),
        ("always some ping #1", 0),
    ]);
}

#[test]
fn always_ignored() {
    all_hold(&["always ignored #1 from 1.001s", "always ignored #3"]);
    all_refuted(&[("always ignored #1", 2), ("always ignored from 2s", 5), ("always ignored #2", 5)]);
}

#[test]
fn states() {
    all_hold(&[
        "always state ready from 4s before 30s",
        "always state shutdown from 31s",
        "always state shutdown:stopped from 31s",
        "never state draining",
        "never state ready before 4s",
        "never state backoff from 3s",
        "always state idle before 0s",
        "never state shutdown:given-up",
    ]);
    all_refuted(&[
        ("always state ready from 4s", 8),
        ("always state ready from 3s", 3),
        ("always state ready before 30s", 1),
        ("never state backoff", 2),
        ("never state backoff from 2.999s", 2),
        ("never state shutdown from 1h", 10),
        ("never state ready from 10s before 11s", 5),
        ("always state shutdown:given-up from 31s", 9),
    ]);
}

#[test]
fn a_state_that_lasts_no_time_is_no_moment() {
    let story = "at 0s start\nat 1s opened\nat 20s asked renew 0s\nat 20s timeout\nat 21s opened#2\n";
    assert_eq!(refuted_in("never state ready+backoff", story), None);
    assert_eq!(refuted_in("never state ready+connecting", story), Some(4));
    assert_eq!(refuted_in("never state ready", story), Some(2));
}

#[test]
fn before_the_first_step_the_link_is_idle() {
    let story = "at 5s start\n";
    assert_eq!(refuted_in("never state idle", story), Some(0));
    assert_eq!(refuted_in("always state connecting from 5s", story), None);
}

#[test]
fn held() {
    all_hold(&["never held from 31s", "never held from 1s before 3s", "never held #1 from 1s", "never two held"]);
    all_refuted(&[("never held", 1), ("never held from 30s", 8), ("never held #2", 3), ("never held from 2s before 5s", 3)]);
    let overlap = "at 0s start\nat 1s opened\nat 20s asked renew 0s\nat 20s timeout\nat 21s opened#2\nat 22s lost#1 retry\n";
    assert_eq!(refuted_in("never two held", overlap), Some(4));
    assert_eq!(refuted_in("never two held from 22s", overlap), None);
}

#[test]
fn deadline() {
    all_hold(&["always deadline within 20s"]);
    all_refuted(&[("always deadline within 19.999s", 5)]);
}

#[test]
fn every_claim_is_asked_of_alternatives_too() {
    let story = "at 0s start\nat 1s opened\nor at 1s lost retry\nat 2s heard\n";
    assert_eq!(refuted_in("never state backoff", story), Some(3));
    assert_eq!(refuted_in("always state ready from 1s", story), Some(3));
    assert_eq!(refuted_in("always some open", story), None, "an alternative is not told to its end");
}
