//! Examples of what is read, and of what is said about text that cannot be.
#![allow(clippy::panic, clippy::expect_used, clippy::indexing_slicing)] // A test that panics has failed, and says so.

use relink_core::{Attempt, Backoff, CloseCode, Config, Event, Instant, Jitter, Millis, Report, Verdict};
use relink_notation::{Header, Left, Line, Problem, Said, Text, lines, parse_line, split_comment};

fn millis(text: &str) -> Result<u32, Problem> {
    text.parse::<Text<Millis>>().map(|Text(time)| time.get()).map_err(|error| error.problem)
}

#[test]
fn times_are_read_in_every_unit_exactly() {
    for (text, expected) in [
        ("0s", 0),
        ("250ms", 250),
        ("1s", 1000),
        ("11.2s", 11_200),
        ("0.001s", 1),
        ("1.0s", 1000),
        ("1.50m", 90_000),
        ("2h", 7_200_000),
        ("0.00125m", 75),
        ("4294967.295s", u32::MAX),
        ("4294967295ms", u32::MAX),
    ] {
        assert_eq!(millis(text), Ok(expected), "{text}");
    }
}

#[test]
fn times_that_cannot_be_kept_are_refused() {
    for (text, problem) in [
        ("", Problem::Millis),
        ("1", Problem::Millis),
        ("s", Problem::Millis),
        (".5s", Problem::Millis),
        ("1.s", Problem::Millis),
        ("1..5s", Problem::Millis),
        ("+1s", Problem::Millis),
        ("-1s", Problem::Millis),
        ("1S", Problem::Millis),
        ("99999999999999999999999s", Problem::Millis),
        ("18446744073709551616ms", Problem::Millis),
        ("4294967.296s", Problem::TooLong),
        ("0.0005s", Problem::TooFine),
        ("0.5ms", Problem::TooFine),
        ("1.0000000000000000000000001s", Problem::TooFine),
    ] {
        assert_eq!(millis(text), Err(problem), "`{text}`");
    }
}

#[test]
fn times_are_written_in_seconds_or_below_one_in_milliseconds() {
    for (millis, expected) in [(0, "0s"), (7, "7ms"), (1000, "1s"), (11_200, "11.2s"), (1_010, "1.01s"), (1_001, "1.001s"), (90_000, "90s")]
    {
        assert_eq!(Text(Millis::new(millis)).to_string(), expected);
    }
    assert_eq!(Text(Instant::NEVER).to_string(), "never");
}

fn config(text: &str) -> Config {
    match parse_line(text) {
        Ok(Line::Link(Header { config, .. })) => config,
        other => panic!("`{text}` is {other:?}"),
    }
}

#[test]
fn what_a_link_line_does_not_say_is_the_default() {
    assert_eq!(config("link"), Config::DEFAULT);
    assert!(matches!(parse_line("link single"), Ok(Line::Link(Header { single: true, config: Config::DEFAULT }))));
    let said = config("link opening=1m acceptance=3s ping=none overlap=30s lifetime=1h+-5% failures=4 redial=no timeout-code=4408");
    let expected = Config {
        opening_timeout: Millis::from_secs(60),
        acceptance_timeout: Millis::from_secs(3),
        ping_after: Millis::ZERO,
        overlap_max: Millis::from_secs(30),
        lifetime_max: Millis::from_secs(3600),
        lifetime_spread_percent: 5,
        redial: false,
        timeout_code: CloseCode::new(4408),
        backoff: Backoff { failures_max: 4, ..Backoff::INTERACTIVE },
        ..Config::DEFAULT
    };
    assert_eq!(said, expected);
}

#[test]
fn a_backoff_is_a_preset_a_delay_or_a_range() {
    assert_eq!(config("link backoff=fleet").backoff, Backoff::FLEET);
    assert_eq!(config("link backoff=grpc jitter=none").backoff, Backoff { jitter: Jitter::None, ..Backoff::GRPC });
    assert_eq!(config("link backoff=rfc6455").backoff, Backoff::RFC6455);
    assert_eq!(config("link backoff=interactive").backoff, Backoff::INTERACTIVE);
    assert_eq!(config("link backoff=5s").backoff, Backoff::fixed(Millis::from_secs(5)));
    let range = Backoff {
        delay_min: Millis::new(500),
        delay_max: Millis::from_secs(60),
        growth_percent: 160,
        jitter: Jitter::Around(20),
        ..Backoff::INTERACTIVE
    };
    assert_eq!(config("link x160% backoff=500ms..1m jitter=around20%").backoff, range);
}

#[test]
fn a_report_that_names_no_attempt_is_on_the_latest() {
    let lost = Report::Lost(Verdict::Retry);
    let second = Attempt::from_number(2);
    for (text, said) in [("lost retry", Said::OfLatest(lost)), ("lost#2 retry", Said::Whole(Event::Of(second, lost)))] {
        let Text(read) = text.parse::<Text<Said>>().expect(text);
        assert_eq!(read, said);
        assert_eq!(read.event(Some(second)), Some(Event::Of(second, lost)));
    }
    assert_eq!(Said::OfLatest(lost).event(None), None);
}

#[test]
fn a_roll_is_a_number_or_a_share_of_the_range() {
    for (text, roll) in [("0", 0), ("7", 7), ("4294967295", u32::MAX), ("0%", 0), ("50%", 1 << 31), ("12.5%", 1 << 29), ("100%", u32::MAX)]
    {
        let Ok(Line::Step(step)) = parse_line(&format!("at 0s start roll={text}")) else { panic!("roll={text}") };
        assert_eq!(step.left.roll, roll, "{text}");
    }
}

#[test]
fn a_step_is_late_behind_a_deadline_that_could_have_been_met() {
    let [second, third, fourth] = [2_000, 3_000, 4_000].map(Instant::from_millis);
    assert!(Left::is_late(fourth, second, Some(third)));
    assert!(!Left::is_late(third, second, Some(third)));
    assert!(!Left::is_late(third, third, Some(second)), "it had passed when it was set");
    assert!(Left::is_late(fourth, third, Some(second)));
    assert!(!Left::is_late(fourth, third, None));
}

#[test]
fn a_comment_is_a_hash_that_is_not_an_attempt() {
    assert_eq!(split_comment("  #opened, says the log"), ("  ", "#opened, says the log"));
    assert_eq!(split_comment("at 0s opened#1 -> ready wait - # up"), ("at 0s opened#1 -> ready wait - ", "# up"));
    assert_eq!(split_comment("close #1 1000"), ("close #1 1000", ""));
    assert_eq!(split_comment("wait #"), ("wait ", "#"));
}

fn each_is_pointed_at<const N: usize>(slips: [(&str, usize, Problem); N]) {
    for (line, column, problem) in slips {
        let error = parse_line(line).expect_err(line);
        assert_eq!((usize::try_from(error.column), error.problem), (Ok(column), problem), "{line}");
    }
}

#[test]
fn what_does_not_fit_in_a_step_is_pointed_at_and_named() {
    each_is_pointed_at([
        ("lnk", 1, Problem::Line),
        ("or 3s start", 4, Problem::At),
        ("at", 3, Problem::Instant),
        ("at 3 start", 4, Problem::Instant),
        ("at 3s", 6, Problem::Event),
        ("at 3s stat", 7, Problem::Event),
        ("at 3s start#1", 7, Problem::Event),
        ("at 3s stop", 11, Problem::CloseCode),
        ("at 3s stop 70000", 12, Problem::CloseCode),
        ("at 3s drain 1000", 13, Problem::Instant),
        ("at 3s lost#x retry", 7, Problem::Attempt),
        ("at 3s lost#4294967296 retry", 7, Problem::Attempt),
        ("at 3s lost#1", 13, Problem::Verdict),
        ("at 3s lost #1 retry", 12, Problem::AttemptApart),
        ("at 3s opened #1", 14, Problem::AttemptApart),
        ("at 3s lots #1 retry", 7, Problem::Event),
        ("at 3s lost #x retry", 12, Problem::Verdict),
        ("at 3s lost retry-after", 23, Problem::Millis),
        ("at 3s timeout roll=101%", 15, Problem::Roll),
        ("at 3s timeout roll=4294967296", 15, Problem::Roll),
        ("at 3s timeout => idle", 15, Problem::Arrow),
        ("at 3s timeout ->", 17, Problem::State),
        ("at 3s timeout -> idel wait -", 18, Problem::State),
        ("at 3s timeout -> idle+old wait -", 18, Problem::State),
        ("at 3s timeout -> shutdown wait -", 18, Problem::State),
        ("at 3s timeout -> idle do -", 23, Problem::Action),
        ("at 3s timeout -> backoff abort 11s", 32, Problem::Attempt),
        ("at 3s timeout -> backoff close #1 11s", 35, Problem::CloseCode),
        ("at 3s timeout -> idle wait soon", 28, Problem::Deadline),
        ("at 3s timeout -> idle wait - -", 30, Problem::Extra),
    ]);
    assert_eq!("lost retry".parse::<Text<Event>>().map_err(|error| error.problem), Err(Problem::NoAttempt));
}

#[test]
fn what_does_not_fit_in_a_link_is_pointed_at_and_named() {
    each_is_pointed_at([
        ("link pong=none", 6, Problem::Millis),
        ("link colour=3s", 6, Problem::Key),
        ("link pin=20s", 6, Problem::KeyNear("ping")),
        ("link ping", 6, Problem::KeyNear("ping")),
        ("link retry-after=1h", 6, Problem::KeyNear("retry-after-max")),
        ("link ping=3s ping=4s", 14, Problem::KeyTwice),
        ("link first=3s backoff=fleet", 15, Problem::PresetLate),
        ("link backoff=slow", 6, Problem::Backoff),
        ("link x=3", 6, Problem::Growth),
        ("link jitter=some", 6, Problem::Jitter),
        ("link failures=-1", 6, Problem::Failures),
        ("link lifetime=1h±", 6, Problem::Lifetime),
        ("link redial=maybe", 6, Problem::YesNo),
        ("link overlap=50d", 6, Problem::Millis),
    ]);
}

#[test]
fn a_slip_is_told_what_was_meant() {
    let said = |line| parse_line(line).expect_err(line).to_string();
    assert_eq!(said("link pin=20s"), "line 1, column 6: there is no such key; did you mean `ping=`?");
    assert_eq!(
        said("at 1s lost #1 retry"),
        "line 1, column 12: no blank stands between a report and its attempt: write lost#1, not lost #1"
    );
}

#[test]
fn every_key_can_be_guessed() {
    let written = Text(Config::DEFAULT).to_string();
    for key in written.split(' ').filter_map(|key| key.split_once('=')).map(|(key, _)| key) {
        let error = parse_line(&format!("link {key}")).expect_err(key);
        assert!(matches!(error.problem, Problem::KeyNear(guessed) if guessed == key), "{error}");
    }
}

#[test]
fn columns_are_counted_in_characters_and_lines_from_one() {
    let errors: Vec<_> = lines("# ü\nlink lifetime=1h±5% ümit=3s\n").filter_map(Result::err).collect();
    assert_eq!(errors.iter().map(|error| (error.line, error.column)).collect::<Vec<_>>(), [(2, 21)]);
    assert!(errors[0].to_string().starts_with("line 2, column 21: the keys are single opening= "));
}
