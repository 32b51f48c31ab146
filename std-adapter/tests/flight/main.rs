//! The flight recorder's tests: whatever a link lives through, its record replays to the same decisions.

mod lives;
mod paper;

use std::io::{self, Write};
use std::sync::mpsc;

use relink_tokio::core::{Event, Report};
use relink_tokio::ending::{PeerClose, Quote, Refusal};
use relink_tokio::flight::{Flight, FlightError, Options, Recorder, Stopped};
use relink_tokio::{Attempt, CloseCode, Config, Ending, Millis, Verdict};

use paper::{Paper, Recorded, finished, replay};

/// A link that is up and hears so often.
fn busy(options: Options, writer: impl Write + Send + 'static, heards: u32) -> (Recorder, Flight) {
    let (recorder, flight) = Recorder::to_writer(writer, options).unwrap();
    let mut recorded = Recorded::new(Config::DEFAULT, 1000, recorder);
    recorded.step(0, 0, Event::Start, None);
    let attempt = Attempt::from_number(1);
    recorded.step(5, 0, Event::Of(attempt, Report::Opened), None);
    (0..heards).for_each(|_| recorded.step(10, 0, Event::Of(attempt, Report::Heard), None));
    (recorded.recorder, flight)
}

#[test]
fn a_record_reads_like_a_scenario_written_by_hand() {
    let paper = Paper::default();
    let (recorder, flight) = Recorder::to_writer(paper.clone(), Options::DEFAULT).unwrap();
    let mut recorded = Recorded::new(Config::DEFAULT, 77_000, recorder);
    recorded.step(0, 9, Event::Start, None);
    let mut refused = Refusal::new(429);
    refused.body = Quote::from("secret");
    let refused = Ending::Refused(refused.into());
    recorded.step(250, 1 << 31, Event::Of(Attempt::from_number(1), Report::Lost(Verdict::Retry)), Some(&refused));
    recorded.step(600, 7, Event::Timeout, None);
    recorded.step(1, 7, Event::Of(Attempt::from_number(2), Report::Opened), None);
    let close = Ending::Closed(PeerClose { code: Some(CloseCode::GOING_AWAY), reason: "secret".into() });
    recorded.step(5, 0, Event::Of(Attempt::from_number(2), Report::Closed(Verdict::GiveUp)), Some(&close));
    drop(recorded);
    assert_eq!(finished(flight).unwrap().steps, 5);
    let text = paper.text();
    let config = relink_notation::Text(Config::DEFAULT);
    let expected = format!(
        "link {config}\n\
         at 0s start                                   -> connecting        open #1        10s\n\
         at 250ms lost#1 retry roll=2147483648         -> backoff           wait           750ms  # refused 429\n\
         at 850ms late timeout                         -> connecting        open #2        10.850s\n\
         at 851ms opened#2                             -> ready             wait           20.851s\n\
         at 856ms closed#2 give-up                     -> closing:given-up  wait           1.856s  # closed 1001\n\
         # The end of the driver, after 5 steps.\n"
    );
    let (first, rest) = text.split_once('\n').unwrap();
    assert!(first.starts_with("# Recorded by relink-tokio ") && first.ends_with("Z."), "{first}");
    assert_eq!(rest, expected.replace("10.850s", "10.85s"));
    assert!(!text.contains("secret"));
}

#[test]
fn of_the_signs_of_life_that_say_the_same_one_a_second_is_written() {
    let paper = Paper::default();
    let (recorder, flight) = busy(Options::DEFAULT, paper.clone(), 1000);
    drop(recorder);
    let recorded = finished(flight).unwrap();
    assert_eq!(recorded.steps + recorded.heards_left_out, 1002);
    assert!((10..=14).contains(&recorded.steps), "{recorded:?} in ten seconds");
    replay(&paper.text());
}

/// A sign of life of the replaced connection means nothing; it must not stand in for one that does.
#[test]
fn two_connections_do_not_speak_for_each_other() {
    let paper = Paper::default();
    let (recorder, flight) = Recorder::to_writer(paper.clone(), Options::DEFAULT).unwrap();
    let mut recorded = Recorded::new(Config { overlap_max: Millis::from_secs(60), ..Config::DEFAULT }, 0, recorder);
    let (old, new) = (Attempt::from_number(1), Attempt::from_number(2));
    let renew = Verdict::Renew { within: Millis::ZERO };
    recorded.step(0, 0, Event::Start, None);
    recorded.step(5, 0, Event::Of(old, Report::Opened), None);
    recorded.step(11_000, 0, Event::Of(old, Report::Asked(renew)), None);
    recorded.step(0, 0, Event::Timeout, None);
    recorded.step(5, 0, Event::Of(new, Report::Opened), None);
    for attempt in [new, old, new, old] {
        recorded.step(100, 0, Event::Of(attempt, Report::Heard), None);
    }
    recorded.step(19_900, 0, Event::Timeout, None);
    drop(recorded.recorder);
    assert_eq!(finished(flight).unwrap().heards_left_out, 2, "{}", paper.text());
    replay(&paper.text());
}

/// A line that is `late` says that something was slept through; leaving out others must not make it so.
#[test]
fn no_sign_of_life_is_late_because_others_are_left_out() {
    let paper = Paper::default();
    let (recorder, flight) = Recorder::to_writer(paper.clone(), Options::DEFAULT).unwrap();
    let mut recorded = Recorded::new(Config { ping_after: Millis::new(200), ..Config::DEFAULT }, 0, recorder);
    recorded.step(0, 0, Event::Start, None);
    let attempt = Attempt::from_number(1);
    recorded.step(5, 0, Event::Of(attempt, Report::Opened), None);
    (0..20).for_each(|_| recorded.step(90, 0, Event::Of(attempt, Report::Heard), None));
    drop(recorded.recorder);
    assert!(finished(flight).unwrap().heards_left_out > 5);
    assert!(!paper.text().contains(" late "), "{}", paper.text());
    replay(&paper.text());
}

#[test]
fn a_full_record_ends_with_a_comment_and_replays() {
    for (options, most) in [
        (Options { bytes_max: 5000, every_heard: true, ..Options::DEFAULT }, 5000),
        (Options { steps_max: 40, every_heard: true, ..Options::DEFAULT }, 1 << 20),
    ] {
        let paper = Paper::default();
        let (recorder, flight) = busy(options, paper.clone(), 1000);
        drop(recorder);
        let recorded = finished(flight).unwrap();
        assert_eq!(recorded.stopped, Some(Stopped::Full));
        let text = paper.text();
        assert!(text.len() <= most && text.len() as u64 == recorded.bytes, "{}", text.len());
        assert!(text.ends_with("steps: the link went on, the record ends here.\n"), "{text}");
        assert_eq!(replay(&text).0, recorded.steps);
        assert!(recorded.steps >= 30 && recorded.steps <= 60, "{recorded:?}");
    }
}

/// A disk that takes the first bytes and then hangs until it is let go.
struct Stuck(Paper, mpsc::Receiver<()>);

impl Write for Stuck {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        let _ = self.1.recv();
        Ok(())
    }
}

#[test]
fn a_disk_that_hangs_ends_the_record_and_not_the_link() {
    let (go, wait) = mpsc::channel();
    let paper = Paper::default();
    let options = Options { behind_bytes_max: 0, every_heard: true, ..Options::DEFAULT };
    let (recorder, flight) = busy(options, Stuck(paper.clone(), wait), 1000);
    assert_eq!(flight.recorded().stopped, Some(Stopped::Behind));
    drop((recorder, go));
    let recorded = finished(flight).unwrap();
    let text = paper.text();
    assert!(text.contains("\n# The disk was too slow, after "), "{text}");
    assert_eq!(replay(&text).0, recorded.steps);
}

struct Broken;

impl Write for Broken {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::StorageFull.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn failures_are_typed_and_say_what_to_do() {
    let (recorder, flight) = busy(Options::DEFAULT, Broken, 1);
    drop(recorder);
    let error = finished(flight).unwrap_err();
    assert!(matches!(&error, FlightError::Write(error) if error.kind() == io::ErrorKind::StorageFull));
    assert_eq!(error.to_string(), "the flight record could not be written: no storage space; it ends before its link");
    let error = Recorder::to_file("/does/not/exist.scenario", Options::DEFAULT).unwrap_err();
    assert!(matches!(error, FlightError::Create(..)));
    assert!(error.to_string().starts_with("the flight record \"/does/not/exist.scenario\" cannot be created: "), "{error}");
}
