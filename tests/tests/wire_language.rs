//! Owns the test of the language of two peers: what a run accepts, what it refuses, and what it says then.

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

const BEGIN: &str = "wire latency=10ms\nclient a ping=none\nserver S ping=none\n";

#[test]
fn what_is_not_in_the_language_is_refused_with_its_place() {
    for (text, place, sentence) in [
        ("wire speed=3\n", "1:6", "the keys are latency=50ms"),
        ("wire roll=101%\n", "1:6", "the keys are latency=50ms"),
        ("wire\nlink\n", "2:1", "a line begins with `wire`, `server`"),
        ("wire\nclient\n", "2:7", "a name is expected"),
        ("wire\nclient a size=3\n", "2:1", ""),
        ("wire\nserver S spread=soon\n", "2:10", "a time is expected"),
        ("wire\nserver S\nserver T\n", "3:1", "a line begins with"),
        ("wire\nat then a start\n", "2:4", "a time such as"),
        ("wire\nat 0s start\n", "2:7", "what may happen is"),
        ("wire\nat 0s a opened\n", "2:9", "what may happen is"),
        ("wire\nat 0s S drain 5000\n", "2:15", "a close code"),
        ("wire\nat 0s lose a\n", "2:12", "`lose close NAME`"),
        ("wire\nat 0s cut a b\n", "2:13", "nothing more"),
        ("wire\nuntil 10s or so\n", "2:11", "nothing more"),
        ("wire\na never more than few open\n", "2:19", "the claims on a server"),
        ("wire\na never\n", "2:1", "the claims on a server"),
        ("wire\nat 0s a start\n", "2:1", "nobody is called a"),
        ("wire\nuntil 2s\nuntil 1s\n", "3:1", "time goes back"),
    ] {
        let shown = said(text);
        assert!(shown.starts_with(&format!("a.scenario:{place}: {sentence}")), "{text}: {shown}");
    }
}

#[test]
fn what_follows_is_written_below_its_step_and_compared() {
    let text = format!("{BEGIN}# a word\nat 0s a start  # begins\nuntil 1s\n");
    let written = blessed(&text).expect("it can be written");
    assert!(written.starts_with(&format!("{BEGIN}# a word\nat 0s a start  # begins\n| 0s    a    start")), "{written}");
    assert!(written.ends_with("until 1s\n") && written.lines().count() == 13, "{written}");
    assert_eq!((said(&written), blessed(&written)), (String::new(), Ok(written.clone())));
    let other = written.replace("| 10ms  S    admits S/1 as a", "| 10ms  S    admits S/2 as a");
    assert!(said(&other).contains(":7:1: something else follows\n    7 | | 10ms  S    admits S/2 as a\n"), "{}", said(&other));
    let shorter = written.lines().filter(|line| !line.contains("accepted")).map(|line| format!("{line}\n")).collect::<String>();
    assert!(said(&shorter).contains("something follows that is not written yet"), "{}", said(&shorter));
    let longer = written.replace("until 1s", "| 40ms  S    has 0 left\nuntil 1s");
    assert!(said(&longer).contains(":13:1: this does not follow"), "{}", said(&longer));
    assert_eq!(blessed(&other), Ok(written.clone()));
    assert_eq!(blessed(&longer), Ok(written));
}

#[test]
fn claims_are_on_links_on_the_server_and_on_the_wire_and_are_not_blessed() {
    let text = format!("{BEGIN}at 0s a start\nat 1s mute a\nat 2s a stop 1000\nuntil 10s\n");
    for claim in [
        "a never open #2",
        "S/1 always state ready from 10ms before 3s",
        "S always some admits S/1 as a",
        "S never more than 1 admits",
        "wire always some loses close 1000 from 2s before 3s",
        "wire never loses ping",
        "S never has 0 left",
    ] {
        assert!(blessed(&format!("{text}{claim}\n")).is_ok(), "{claim}: {:?}", blessed(&format!("{text}{claim}\n")));
    }
    for (claim, because) in [
        ("a never open", "here it happens, at 0s"),
        ("a always state ready from 20ms", "from here on it does not hold, at 2s"),
        ("S never admits", "this happens: admits S/1 as a"),
        ("S always some admits S/2", "it never happens"),
        ("wire never loses close 1000 of a before 3s", "this happens: loses close 1000 of a"),
        ("T never state ready", "nobody is called T"),
    ] {
        let shown = blessed(&format!("{text}{claim}\n")).expect_err(claim);
        assert!(shown.starts_with("a.scenario:8:1: this claim does not hold") && shown.contains(because), "{claim}: {shown}");
    }
    let shown = blessed(&format!("{text}a never sleep\n")).expect_err("a link does not sleep");
    assert!(shown.starts_with("a.scenario:8:1: behind `never` stands"), "{shown}");
}

#[test]
fn the_example_in_the_readme_holds() {
    let example = include_str!("../README.md").split("```").find(|block| block.contains("\nwire latency="));
    assert_eq!(said(example.expect("the README has an example of two peers")), "");
}
