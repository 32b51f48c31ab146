//! Owns what the commands promise: what they print, and how they end.

use std::io;
use std::process::{Command, Output, Stdio};

const DEMO: &str = env!("CARGO_BIN_EXE_demo");
const LINE_TCP: &str = env!("CARGO_BIN_EXE_line_tcp");
const CLASSIFY: &str = env!("CARGO_BIN_EXE_classify");

fn run(program: &str, arguments: &[&str]) -> io::Result<(Output, Vec<String>)> {
    run_on(None, program, arguments)
}

/// As if the page were so wide.
fn run_on(columns: Option<&str>, program: &str, arguments: &[&str]) -> io::Result<(Output, Vec<String>)> {
    let mut command = Command::new(program);
    command.args(arguments).env_remove("CLICOLOR_FORCE").env_remove("COLUMNS").envs(columns.map(|columns| ("COLUMNS", columns)));
    let output = command.output()?;
    let lines = String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect();
    Ok((output, lines))
}

#[test]
fn the_demonstration_is_plain_where_nobody_looks_at_it() -> io::Result<()> {
    let (output, lines) = run(DEMO, &["--only", "reason", "--seed", "1"])?;
    assert!(output.status.success(), "{lines:#?}");
    assert!(output.stdout.is_ascii() && !output.stdout.contains(&0x1b), "{lines:#?}");
    assert!(lines.iter().all(|line| line.len() <= 80), "{lines:#?}");
    assert!(lines.first().is_some_and(|line| line.contains("seed 1")), "{lines:#?}");
    assert!(lines.iter().any(|line| line.contains("| ok the error ")), "{lines:#?}");
    assert!(lines.iter().any(|line| line == "ok left behind: 0 tasks, 0 sockets") || !cfg!(target_os = "linux"), "{lines:#?}");
    assert!(lines.last().is_some_and(|line| line.starts_with("All 3 bounds were met")), "{lines:#?}");
    Ok(())
}

#[test]
fn the_demonstration_is_as_wide_as_it_is_told() -> io::Result<()> {
    for (columns, widest) in [("96", 96), ("200", 100), ("wide", 80)] {
        let (_, lines) = run_on(Some(columns), DEMO, &["--only", "reason"])?;
        // Lines end at words.
        let longest = lines.iter().map(String::len).max().unwrap_or_default();
        assert!((widest - 8..=widest).contains(&longest), "{columns}: {lines:#?}");
    }
    Ok(())
}

#[test]
fn a_number_that_is_none_is_answered_with_what_is_expected() -> io::Result<()> {
    let (output, _) = run(DEMO, &["--seed", "abc"])?;
    assert_eq!(output.status.code(), Some(2));
    let answer = String::from_utf8_lossy(&output.stderr);
    assert!(answer.contains("'abc'") && answer.contains("a whole number is expected, from 0 to 18446744073709551615"), "{answer}");
    Ok(())
}

#[test]
fn the_help_says_how_a_record_is_replayed() -> io::Result<()> {
    let (_, lines) = run(DEMO, &["--help"])?;
    assert!(lines.iter().any(|line| line.contains("replay: cargo run --bin scenario -- PATH")), "{lines:#?}");
    Ok(())
}

#[test]
fn the_demonstration_survives_a_reader_that_goes_away() -> io::Result<()> {
    let mut playing = Command::new(DEMO).args(["--only", "reason"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    drop(playing.stdout.take());
    let output = playing.wait_with_output()?;
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    Ok(())
}

#[test]
fn a_scene_that_does_not_exist_is_answered_with_those_that_do() -> io::Result<()> {
    let (output, _) = run(DEMO, &["--only", "nonsense"])?;
    assert_eq!(output.status.code(), Some(2));
    let answer = String::from_utf8_lossy(&output.stderr);
    assert!(["nonsense", "restart", "renewal"].iter().all(|word| answer.contains(word)), "{answer}");
    Ok(())
}

#[test]
fn another_transport_is_kept_alive_too() -> io::Result<()> {
    let (output, lines) = run(LINE_TCP, &[])?;
    let expected = [
        "up",
        "got \"echo: attempt 1\"",
        "down: the peer said BYE",
        "up",
        "down: the peer fell silent: nothing came within 300ms of a ping; the network or the peer is gone",
        "up",
        "got \"echo: attempt 3\"",
        "down: the link was stopped",
    ];
    assert_eq!(lines, expected);
    assert!(output.status.success());
    Ok(())
}

#[test]
fn the_user_says_what_an_ending_means_and_how_long_to_wait() -> io::Result<()> {
    let (output, lines) = run(CLASSIFY, &[])?;
    assert!(output.status.success(), "{lines:#?}");
    let delays: Vec<u32> =
        lines.iter().filter(|line| line.starts_with("failed: ") && line.contains("HTTP 403")).filter_map(|line| millis(line)).collect();
    assert_eq!(delays.len(), 5, "the table would have given up after the first one: {lines:#?}");
    // The curve begins at 0.1 s to 0.2 s and grows by that much; the policy's longest delay holds. Some of it may have passed.
    let longest = [200, 400, 450, 450, 450];
    assert!(delays.iter().zip(longest).all(|(delay, longest)| *delay <= longest), "{delays:?}");
    assert!(delays.last() > Some(&200), "{delays:?}");
    let rest: Vec<&str> = lines.iter().skip(5).map(String::as_str).collect();
    let [first, moved, second, revoked, end] = rest[..] else { return Err(io::Error::other(format!("{rest:#?}"))) };
    assert_eq!([first, second], ["up", "up"]);
    assert!(moved.contains("4000") && millis(moved) <= Some(300), "{moved}");
    assert_eq!(
        [revoked, end],
        ["down: the peer closed the connection with 4003; never again", "given up: the peer closed the connection with 4003"]
    );
    Ok(())
}

/// The delay at the end of a line: `…; next dial in 123 ms`.
fn millis(line: &str) -> Option<u32> {
    line.strip_suffix(" ms")?.rsplit(' ').next()?.parse().ok()
}
