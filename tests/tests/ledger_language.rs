//! Owns the test of the language of ledgers: what a run accepts, what it refuses, and what it says then.

use std::collections::HashSet;

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

const BEGIN: &str = "ledger\nat 0s received a#1 -> new hand=1 known=0 2.5s\n";

#[test]
fn what_holds_says_nothing() {
    let steps =
        "or at 0s received a#1 once -> new hand=1 known=0 2.5s  # forgotten again\nat 1s acknowledge a -> answer #1 hand=0 known=1 -\n";
    assert_eq!(said(&format!("# a story\n\n{BEGIN}{steps}never late\nalways some answer a#1 from 1s\n")), "");
}

#[test]
fn the_first_difference_is_shown_with_its_line() {
    let expected = "a.scenario:3:1: something else follows\n    3 | at 1s acknowledge a -> answer #2 hand=0 known=1 -\n  \
                    expected: answer #2 hand=0 known=1 -\n       got: answer #1 hand=0 known=1 -\n  \
                    if this is right, BLESS=1 writes it; the difference is the review\n";
    assert_eq!(said(&format!("{BEGIN}at 1s acknowledge a -> answer #2 hand=0 known=1 -\n")), expected);
    assert!(said("ledger\nat 0s received a#1\n").contains("2:1: this step has no right half yet"));
}

#[test]
fn what_is_not_in_the_language_is_refused_with_its_place() {
    for (text, place, sentence) in [
        ("ledger size=3\n", "1:8", "the keys are "),
        ("ledger capacity=2000000\n", "1:8", "the keys are "),
        ("ledger collide collide\n", "1:16", "the keys are "),
        ("ledger\nlink\n", "2:1", "a line begins with `ledger`"),
        ("ledger\nor at 0s timeout\n", "2:1", "`or` takes the place of the step before it"),
        ("ledger\nor 0s timeout\n", "2:4", "a step begins with `at`"),
        ("ledger\nat then timeout\n", "2:4", "a step begins with `at`"),
        ("ledger\nat 0s recieved a#1\n", "2:7", "what may happen is "),
        ("ledger\nat 0s received a\n", "2:16", "an envelope and its connection"),
        ("ledger\nat 0s received #1\n", "2:16", "an envelope and its connection"),
        ("ledger\nat 0s acknowledge\n", "2:18", "an envelope is expected"),
        ("ledger\nat 0s acknowledge a#1\n", "2:19", "an envelope is expected"),
        ("ledger\nat 0s lost a\n", "2:12", "a connection is expected"),
        ("ledger\nat 0s exchange more\n", "2:16", "a number of slots"),
        ("ledger\nat 0s timeout late\n", "2:15", "here may follow the right half"),
        ("ledger\nnever again and again\n", "2:17", "here may follow an envelope"),
        ("ledger\nnever again a#b\n", "2:13", "here may follow an envelope"),
        ("ledger\nnever old\n", "2:7", "what is said is "),
        ("ledger\nalways new\n", "2:8", "the claims are "),
        ("ledger\nnever more than few new\n", "2:17", "a whole number"),
        ("ledger\nnever new from then\n", "2:16", "a time such as"),
    ] {
        let shown = said(text);
        assert!(shown.starts_with(&format!("a.scenario:{place}: {sentence}")), "{text}: {shown}");
    }
}

#[test]
fn a_step_may_not_sleep_through_a_deadline_nor_claim_it_for_nothing() {
    for (step, sentence) in [
        ("at 2.6s timeout", "this sleeps through the deadline at 2.5s"),
        ("at 2.5s late timeout", "`late`, but the deadline before is 2.5s"),
        ("at 2s timeout\nat 1s timeout", "time goes back: the step before is at 2s"),
    ] {
        let shown = said(&format!("{BEGIN}{step}\n"));
        assert!(shown.contains(sentence), "{shown}");
        assert!(blessed(&format!("{BEGIN}{step}\n")).is_err(), "{step}");
    }
    let late = "at 2.6s late timeout -> pressing a#1 by 3s hand=1 known=0 3s\n";
    assert_eq!(said(&format!("{BEGIN}{late}")), "");
}

#[test]
fn claims_are_held_against_every_path_and_are_not_blessed() {
    let steps = "at 1s received b#2\nor at 1s acknowledge a\nat 2s acknowledge a\n";
    let holds =
        ["never late", "never more than 2 new", "never more than 1 new a", "always some answer a#1 from 2s", "never new b before 1s"];
    for claim in holds {
        assert!(blessed(&format!("{BEGIN}{steps}{claim}\n")).is_ok(), "{claim}");
    }
    for (claim, line, because) in [
        ("never new b", 3, "here it happens: new"),
        ("never new #2", 3, "here it happens: new"),
        ("never answer before 2s", 4, "here it happens: answer #1"),
        ("never more than 1 new", 3, "this is number 2: new"),
        ("always some late", 0, "it never happens"),
        ("always some answer a#1 from 3s", 0, "it never happens"),
    ] {
        let shown = blessed(&format!("{BEGIN}{steps}{claim}\n")).expect_err(claim);
        assert!(shown.starts_with("a.scenario:6:1: this claim does not hold\n    6 | ") && shown.contains(because), "{claim}: {shown}");
        assert!(line == 0 || shown.contains(&format!("\n    {line} | at 1s received b#2")) != (line == 4), "{claim}: {shown}");
    }
}

#[test]
fn blessing_writes_right_halves_and_nothing_else() {
    let text = "# story\nledger due=3s   # plain\nnever late\n\n  at 0s   received a#1  # first -> new\n  or at 0s timeout -> late\nat 1s acknowledge a\n";
    let expected = "# story\nledger due=3s   # plain\nnever late\n\n  \
                    at 0s   received a#1  -> new        hand=1  known=0  2.5s  # first -> new\n  \
                    or at 0s timeout      -> nothing    hand=0  known=0  -\n\
                    at 1s acknowledge a     -> answer #1  hand=0  known=1  -\n";
    assert_eq!(blessed(text).as_deref(), Ok(expected));
    assert_eq!(said(expected), "");
}

const README: &str = include_str!("../README.md");

/// What is quoted in the first column of the README's table under this heading.
fn listed(heading: &str) -> Vec<&'static str> {
    let (_, rest) = README.split_once(heading).expect(heading);
    let rows = rest.lines().skip_while(|line| !line.starts_with("|---")).skip(1).take_while(|line| line.starts_with('|'));
    rows.filter_map(|row| row.split('|').nth(1)).flat_map(|cell| cell.split('`').skip(1).step_by(2)).collect()
}

#[test]
fn the_example_in_the_readme_holds() {
    let example = README.split("```").find(|block| block.contains("\nledger ")).expect("the README has an example of a ledger");
    assert_eq!(said(example), "");
}

#[test]
fn what_the_readme_lists_is_in_the_language() {
    let keys = listed("### Keys of a ledger");
    assert!(keys.len() == 5 && keys.iter().all(|key| said(&format!("ledger {key}\n")).is_empty()), "{keys:?}");
    let happens = listed("### What happens to a ledger");
    let words: HashSet<&str> = happens.iter().filter_map(|deed| deed.split(' ').next()).collect();
    assert_eq!(words.len(), 7, "{words:?}");
    assert!(happens.iter().all(|deed| blessed(&format!("ledger\nat 0s {deed}\n")).is_ok()), "{happens:?}");
    let claims = listed("### Claims on a ledger");
    assert!(!claims.is_empty() && claims.iter().all(|claim| said(&format!("ledger\n{claim}\n")).is_empty() || claim.starts_with("always")));
}
