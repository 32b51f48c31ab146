//! Owns the test of the scenario language itself: what a run accepts, what it refuses, and what it says then.

use std::collections::HashSet;

use relink_core::{Event, Instant};
use relink_notation::{Header, Outcome, Text};
use relink_tests::scenario::{Bare, File, Subject, bless, run};

/// What is said of this text, run on the core; nothing if all of it holds.
fn said(text: &str) -> String {
    said_on(text, Bare::new)
}

fn said_on<S: Subject>(text: &str, start: impl Fn(&Header) -> S) -> String {
    let file = match File::parse("a.scenario", text) {
        Ok(file) => file,
        Err(failure) => return failure.shown("a.scenario", text).to_string(),
    };
    let failures = file.scenarios.iter().filter_map(|scenario| run(scenario, &start).failure().cloned());
    failures.map(|failure| failure.shown("a.scenario", text).to_string()).collect()
}

const DIAL: &str = "link ping=none jitter=none\nat 0s start -> connecting open #1 10s\n";

#[test]
fn a_scenario_that_holds_says_nothing() {
    assert_eq!(said(&format!("# a dial\n\n{DIAL}or at 0s stop 1000 -> shutdown:stopped wait -\nat 1s opened -> ready wait -\n")), "");
}

#[test]
fn the_first_difference_is_shown_with_its_place() {
    let text = format!("{DIAL}at 1s lost retry  -> backoff  wait  2s\nat 2s timeout -> connecting  open #3  12s  # late?\n");
    let expected = "a.scenario:4:30: something else follows\n    \
                    4 | at 2s timeout -> connecting  open #3  12s  # late?\n      \
                    |                              ^^^^^^^\n  \
                    expected: connecting open #3 12s\n       \
                    got: connecting open #2 12s\n  \
                    if this is right, BLESS=1 writes it; the difference is the review\n";
    assert_eq!(said(&text), expected);
}

#[test]
fn state_action_and_deadline_are_each_pointed_at() {
    for (right, column) in [("ready open #1 10s", 16), ("connecting abort #1 10s", 27), ("connecting open #1 -", 35)] {
        let shown = said(&format!("link\nat 0s start -> {right}\n"));
        assert!(shown.starts_with(&format!("a.scenario:2:{column}: ")), "{shown}");
    }
}

#[test]
fn a_step_without_a_right_half_is_a_failure_that_shows_it() {
    let shown = said("link\nat 0s start\n");
    assert!(shown.contains("no right half yet") && shown.contains("got: connecting open #1 10s"), "{shown}");
}

#[test]
fn a_step_may_not_sleep_through_a_deadline_nor_claim_it_for_nothing() {
    let refused = [
        ("at 11s timeout", "this sleeps through the deadline at 10s"),
        ("at 10s late timeout", "`late`, but the deadline before is only at 10s"),
        ("at 5s timeout\nat 4s timeout", "time goes back: the step before is at 5s"),
    ];
    for (steps, sentence) in refused {
        let shown = said(&format!("{DIAL}{steps}\n"));
        assert!(shown.contains(sentence), "{shown}");
    }
    assert!(said("link\nat 0s late start\n").contains("`late`, but there was no deadline before"));
    assert_eq!(said(&format!("{DIAL}at 11s late timeout -> backoff abort #1 12s\n")), "");
}

#[test]
fn the_first_difference_by_its_line_comes_before_what_follows_from_it() {
    let text = format!(
        "{DIAL}at 1s opened -> ready wait -\nat 2s lost retry -> backoff wait 13s\nat 3s heard -> backoff ignored 13s\nat 13s timeout\n"
    );
    let shown = said(&text);
    assert!(shown.starts_with("a.scenario:4:34: something else follows\n"), "{shown}");
    let wrong = text.replace("1s opened", "1s opened#9");
    assert!(said(&wrong).starts_with("a.scenario:3:19: something else follows\n"), "{}", said(&wrong));
    // What no path before comes to, an alternative may.
    let early = text.replace("13s", "3s").replace("at 2s", "or at 1s stop 1000 -> idle wait -\nat 2s");
    assert!(said(&early).starts_with("a.scenario:4:23: something else follows\n"), "{}", said(&early));
    let house = text.replace("at 2s", "never state ready\nat 2s");
    assert!(said(&house).starts_with("a.scenario:4:1: this claim does not hold\n"), "{}", said(&house));
    let unwritten = text.replace("-> backoff wait 13s", "").replace("-> backoff ignored 13s", "");
    assert!(said(&unwritten).starts_with("a.scenario:6:1: this sleeps through"), "{}", said(&unwritten));
}

#[test]
fn a_deadline_slept_through_is_told_with_the_step_that_set_it_and_what_to_write() {
    let text = format!("{DIAL}at 1s lost retry -> backoff wait 2s\nat 1.5s lost#1 retry -> backoff ignored 2s\nat 36.2s timeout\n");
    let expected = "a.scenario:5:1: this sleeps through the deadline at 2s\n    \
                    5 | at 36.2s timeout\n    \
                    3 | at 1s lost retry -> backoff wait 2s\n  \
                    set by line 3: backoff wait 2s\n  \
                    write \"at 2s timeout\" before it, or mark it late: \"at 36.2s late timeout\"\n";
    assert_eq!(said(&text), expected);
    let alternative = said(&format!("{DIAL}at 1s opened -> ready wait -\nor at 11s lost retry\n"));
    assert!(alternative.contains("\n  let it happen by 10s, or mark it late: \"or at 11s late lost retry\"\n"), "{alternative}");
}

#[test]
fn a_deadline_that_had_passed_when_it_was_set_is_not_slept_through() {
    let text = "link acceptance=none ping=none closing=10s backoff=1s jitter=none\nat 0s start -> connecting open #1 10s\n\
                at 1s opened -> ready wait -\nat 2s closed retry -> closing wait 12s\nat 5s lost retry -> backoff wait 3s\n\
                at 5s timeout -> connecting open #2 15s\n";
    assert_eq!(said(text), "");
}

#[test]
fn what_is_not_in_the_language_is_refused_with_its_place() {
    for (text, place, sentence) in [
        ("at 0s start\n", "1:1", "a scenario begins with a `link` line"),
        ("# nothing\n", "1:1", "a scenario begins with a `link` line"),
        ("link\nor at 0s start\n", "2:1", "`or` takes the place of the step before it, and there is none"),
        ("link\nat 0s lost retry\n", "2:1", "no attempt has been made yet"),
        ("link\nat 0s strat\n", "2:7", "the events are start, "),
        ("link\n  never opne\n", "2:9", "behind `never` stands what must not happen (open, "),
        ("link\nnever more open\n", "2:12", "`never more than N …` is expected"),
        ("link\nalways some opne\n", "2:13", "what happens is open, "),
        ("link\nnever two helt\n", "2:11", "`never two held` is expected"),
        ("link\nalways deadline 3s\n", "2:17", "`always deadline within TIME` is expected"),
        ("link\nat 0s start\nat 1s lost #1 retry\n", "3:12", "no blank stands between a report and its attempt"),
        ("link\nnever open from then\n", "2:17", "a time such as 10s"),
        ("link\nnever more than x open\n", "2:17", "a whole number is expected"),
        ("link\nalways state redy\n", "2:14", "a state is expected"),
        ("link\nnever open #3 4s\n", "2:15", "here may follow `from TIME`"),
        ("link\nalways\n", "2:7", "behind `always` stands `some open`"),
    ] {
        let shown = said(text);
        assert!(shown.lines().all(|line| line.chars().count() <= 100), "{shown}");
        assert!(shown.starts_with(&format!("a.scenario:{place}: {sentence}")), "{text}: {shown}");
    }
}

#[test]
fn a_long_sentence_goes_on_below() {
    let shown = said("link\nnever opne\n");
    let lines: Vec<&str> = shown.lines().collect();
    assert!(
        lines.len() == 4 && lines[1].starts_with("  ") && lines[1].ends_with("`two held`") && lines[2] == "    2 | never opne",
        "{shown}"
    );
    assert!(said("link\nat 0s opened -> redy wait -\n").lines().all(|line| line.chars().count() <= 100));
}

#[test]
fn an_alternative_takes_the_place_of_the_step_before_it_and_is_forgotten() {
    let text = "link ping=none acceptance=none jitter=none\nat 0s start -> connecting open #1 10s\nat 1s opened -> ready wait -\n\
                or at 2s lost retry -> backoff wait 3s\nor at 10s timeout -> backoff abort #1 11s\nat 3s stop 1000 -> closing:stopped close #1 1000 4s\n";
    assert_eq!(said(text), "");
}

#[test]
fn blessing_writes_right_halves_and_nothing_else() {
    let text = "# story\nlink jitter=none   # plain\nnever open #2\n\n  at 0s   start  # first -> dial\n  \
                or at 0s stop 1000 -> idle wait -\nat 1s opened\n";
    let file = File::parse("a.scenario", text).expect("it can be read");
    let runs: Vec<_> = file.scenarios.iter().map(|scenario| run(scenario, Bare::new)).collect();
    let blessed = bless(&file, &runs);
    let expected = "# story\nlink jitter=none   # plain\nnever open #2\n\n\
                    \u{20} at 0s   start       -> connecting        open #1  10s  # first -> dial\n\
                    \u{20} or at 0s stop 1000  -> shutdown:stopped  wait     -\n\
                    at 1s opened          -> ready             wait     21s\n";
    assert_eq!(blessed, expected);
    assert_eq!(said(&blessed), "");
    let again = File::parse("a.scenario", &blessed).expect("it can be read");
    assert_eq!(bless(&again, &runs), blessed);
}

/// A subject that does whatever it is told, to break the rules of the house with.
struct Told(std::vec::IntoIter<Outcome>);

impl Subject for Told {
    fn step(&mut self, _: Instant, _: u32, _: Event) -> Outcome {
        self.0.next().expect("as many outcomes as steps")
    }
}

fn told(header: &str, steps: &[(&str, &str)]) -> String {
    let outcomes: Vec<Outcome> = steps.iter().map(|(_, right)| right.parse::<Text<Outcome>>().expect(right).0).collect();
    let lines = steps.iter().map(|(left, right)| format!("at {left} -> {right}\n"));
    said_on(&format!("{header}\n{}", lines.collect::<String>()), |_| Told(outcomes.clone().into_iter()))
}

#[test]
fn the_rules_of_the_house_are_kept_without_being_written() {
    let dial = ("0s start", "connecting open #1 10s");
    for (steps, rule) in [
        (vec![dial, ("1s timeout", "connecting open #2 11s")], "two attempts are being opened at once"),
        (
            vec![dial, ("1s opened", "ready wait -"), ("2s timeout", "ready open #2 12s")],
            "more connections are held than the link may hold",
        ),
        (vec![dial, ("1s opened", "ready wait -"), ("2s timeout", "ready open #1 12s")], "an attempt that is held is opened again"),
        (vec![dial, ("1s stop 1000", "closing close #1 1000 2s"), ("1s timeout", "closing ping #1 2s")], "something is sent after a Close"),
        (
            vec![dial, ("1s stop 1000", "closing close #1 1000 2s"), ("1s timeout", "closing close #1 1000 2s")],
            "something is sent after a Close",
        ),
        (
            vec![dial, ("1s lost retry", "backoff wait 3s"), ("2s timeout", "backoff abort #1 3s")],
            "an action is about a connection that is not held",
        ),
        (
            vec![dial, ("1s lost retry", "shutdown:given-up wait -"), ("2s timeout", "connecting open #2 12s")],
            "something is done after the end",
        ),
        (vec![dial, ("1s heard", "open ignored 10s")], "something is ignored and yet changes the link"),
        (vec![dial, ("1s heard", "connecting ignored 11s")], "something is ignored and yet changes the link"),
    ] {
        let shown = told("link", &steps);
        assert!(shown.contains(&format!("this must never happen: {rule}")), "{rule}: {shown}");
    }
    let overlap = [dial, ("1s opened", "ready wait -"), ("2s asked renew 0s", "ready+connecting open #2 12s")];
    assert_eq!(told("link overlap=10s", &overlap), "");
    assert_ne!(told("link single overlap=10s", &overlap), "");
}

const README: &str = include_str!("../README.md");

/// The rows of the README's table under this heading, first column.
fn column(heading: &str) -> Vec<&'static str> {
    let (_, rest) = README.split_once(heading).expect(heading);
    let rows = rest.lines().skip_while(|line| !line.starts_with("|---")).skip(1).take_while(|line| line.starts_with('|'));
    rows.filter_map(|row| row.split('|').nth(1)).collect()
}

fn quoted(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

#[test]
fn the_example_in_the_readme_holds() {
    let example = README.split("```").nth(1).expect("the README begins with an example");
    assert_eq!(said(example), "");
}

#[test]
fn every_key_is_in_the_readme_and_every_key_there_is_one() {
    let listed: Vec<&str> = column("## Keys").into_iter().flat_map(quoted).collect();
    let name = |key: &str| if key.starts_with('x') { "x".to_owned() } else { key.split('=').next().unwrap_or_default().to_owned() };
    let written = Text(relink_core::Config::DEFAULT).to_string();
    assert_eq!(written.split(' ').map(name).collect::<HashSet<_>>(), listed.iter().map(|key| name(key)).collect());
    for key in listed {
        assert_eq!(said(&format!("link {key}\n")), "", "{key}");
    }
}

#[test]
fn every_claim_in_the_readme_is_one() {
    let claims: Vec<&str> = column("## Claims").into_iter().flat_map(quoted).collect();
    assert!(claims.len() > 10, "{claims:?}");
    for claim in claims {
        assert!(File::parse("a.scenario", &format!("link\n{claim}\n")).is_ok(), "{claim}");
    }
}
