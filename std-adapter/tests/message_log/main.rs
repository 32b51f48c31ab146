//! The message log's tests: what a line says, what the files weigh, and that no secret is in them.

mod endings;
mod planted;
mod secrets;

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::{fs, io};

use relink_tokio::core::{Action, Event, Instant, Link, Reaction, Report};
use relink_tokio::ending::{PeerClose, Quote, Refusal};
use relink_tokio::message_log::{Logging, MessageLog, MessageLogError, Options};
use relink_tokio::observe::{Content, Direction, Frame, Observer, Step};
use relink_tokio::ws::{Message, Request};
use relink_tokio::{Attempt, CloseCode, Config, Ending, Verdict};

/// A log in a folder of its own, to be read and removed.
pub(crate) struct Log {
    folder: PathBuf,
    logging: Logging,
}

const FIRST: Attempt = Attempt::from_number(1);

impl Log {
    pub(crate) fn new(name: &str, options: Options) -> (MessageLog, Self) {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("message-log-{name}-{}-{number}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let (log, logging) = MessageLog::to_files(folder.join("log"), options).unwrap();
        (log, Self { folder, logging })
    }

    fn files(&self) -> Vec<PathBuf> {
        let mut files: Vec<PathBuf> = fs::read_dir(&self.folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files
    }

    /// The text of all files, the newest first, once the log has ended.
    pub(crate) fn finish(self, log: MessageLog) -> String {
        drop(log);
        let files = self.files();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(self.logging.finished()).unwrap();
        let text = files.iter().map(|file| fs::read_to_string(file).unwrap()).collect();
        fs::remove_dir_all(&self.folder).unwrap();
        text
    }
}

fn frame(log: &mut MessageLog, millis: u64, direction: Direction, content: Content<'_, Message>) {
    log.frame(&Frame::new(Instant::from_millis(millis), FIRST, direction, content));
}

pub(crate) fn arrives(log: &mut MessageLog, text: &str) {
    frame(log, 0, Direction::In, Content::Message(&text.into(), 7));
}

fn step(log: &mut MessageLog, millis: u64, event: Event, reaction: Reaction, why: Option<&Ending>) {
    let link = Link::new(Config::DEFAULT);
    let step = Step::new(Instant::from_millis(millis), 0, event, why, reaction, &link);
    Observer::<Message>::step(log, &step);
}

#[test]
fn a_whole_conversation_can_be_read() {
    let (mut log, written) = Log::new("read", Options::default());
    step(&mut log, 5000, Event::Start, Reaction::Do(Action::Open(FIRST)), None);
    let request = Request::new("wss://h/p?ticket=s&v=1").and_then(|request| request.header("Authorization", "s")).unwrap();
    log.request(FIRST, &request.header("origin", "https://h").unwrap().subprotocol("chat").unwrap());
    frame(&mut log, 5100, Direction::In, Content::Message(&r#"{"type":"hello","token":"s"}"#.into(), 34));
    frame(&mut log, 5200, Direction::Out, Content::Message(&vec![1, 2, 3].into(), 9));
    frame(&mut log, 5300, Direction::Out, Content::Ping);
    frame(&mut log, 5400, Direction::In, Content::Report(Report::Heard));
    frame(&mut log, 5500, Direction::In, Content::Message(&"two\nlines \u{1b}[31m".into(), 15));
    let close = Ending::Closed(PeerClose { code: Some(CloseCode::GOING_AWAY), reason: "bye, password=s".into() });
    frame(&mut log, 5600, Direction::In, Content::Ending(&close));
    frame(&mut log, 5700, Direction::Out, Content::Close(CloseCode::GOING_AWAY));
    frame(&mut log, 5800, Direction::In, Content::Ending(&Ending::Eof));
    step(&mut log, 5800, Event::Of(FIRST, Report::Lost(Verdict::Retry)), Reaction::Wait, Some(&Ending::Eof));
    let body = Quote::from(r#"{"error":"busy","session_id":"s"}"#);
    let mut refused = Refusal::new(429);
    refused.body = body;
    let refused = Ending::Refused(refused.into());
    step(&mut log, 5900, Event::Of(FIRST, Report::Lost(Verdict::Retry)), Reaction::Wait, Some(&refused));
    step(&mut log, 6000, Event::Timeout, Reaction::Do(Action::Abort(FIRST)), Some(&Ending::Stopped));
    let text = written.finish(log);
    let lines: Vec<&str> = text.lines().map(|line| line.split_once(' ').unwrap().1).collect();
    let expected = [
        "0s #1 -> dial -",
        "0s #1 -> request - wss://h/p?ticket=***&v=*** [authorization: ***] [origin: https://h] [sec-websocket-protocol: chat]",
        r#"100ms #1 <- text 34 {"type":"hello","token":"***"}"#,
        "200ms #1 -> binary 9",
        "300ms #1 -> ping -",
        "400ms #1 <- heard -",
        r"500ms #1 <- text 15 two\nlines \u{1b}[31m",
        "600ms #1 <- closed - 1001 bye, password=***",
        "700ms #1 -> close - 1001",
        "800ms #1 <- eof -",
        r#"900ms #1 <- refused - 429 {"error":"busy","session_id":"***"}"#,
        "1s #1 -> abort - stopped",
    ];
    assert_eq!(lines, expected);
    let wall = text.split(' ').next().unwrap();
    assert!(wall.len() == "2026-07-01T12:00:00.123Z".len() && wall.ends_with('Z'), "{wall}");
}

#[test]
fn the_files_never_weigh_more_than_they_may() {
    for files_max in [1, 3] {
        let options = Options { files_max, file_bytes_max: 0, ..Options::default() };
        let (mut log, written) = Log::new("rotation", options);
        let said = "0123456789".repeat(300);
        for number in 0..400 {
            frame(&mut log, number, Direction::In, Content::Message(&said.as_str().into(), 3006));
        }
        let Log { folder, logging } = written;
        drop(log);
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(logging.finished()).unwrap();
        let mut sizes = Vec::new();
        for file in fs::read_dir(&folder).unwrap().map(Result::unwrap) {
            sizes.push((file.file_name().into_string().unwrap(), file.metadata().unwrap().len()));
            let text = fs::read_to_string(file.path()).unwrap();
            assert!(text.ends_with(&format!("{said}\n")), "lines are whole");
            #[cfg(unix)]
            assert_eq!(std::os::unix::fs::PermissionsExt::mode(&file.metadata().unwrap().permissions()) & 0o777, 0o600);
        }
        sizes.sort();
        let names: Vec<&str> = sizes.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, if files_max == 1 { vec!["log"] } else { vec!["log", "log.1", "log.2"] });
        assert!(sizes.iter().all(|(_, bytes)| *bytes <= 64 << 10 && *bytes > 0), "{sizes:?}");
        fs::remove_dir_all(folder).unwrap();
    }
}

#[test]
fn no_file_is_moved_that_is_not_there() {
    let options = Options { files_max: u32::MAX, file_bytes_max: 0, ..Options::default() };
    let (mut log, written) = Log::new("many", options);
    let said = "0123456789".repeat(300);
    for number in 0..100 {
        frame(&mut log, number, Direction::In, Content::Message(&said.as_str().into(), 3006));
    }
    let Log { folder, logging } = written;
    drop(log);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    // Renaming what nobody has would go on for hours.
    let finished = runtime.block_on(async { tokio::time::timeout(std::time::Duration::from_secs(60), logging.finished()).await });
    finished.expect("in a moment").unwrap();
    let names: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 5, "{names:?}");
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn what_is_too_long_is_cut_or_only_weighed() {
    let options = Options { shown_bytes_max: 20, examined_bytes_max: 100, ..Options::default() };
    let (mut log, written) = Log::new("long", options);
    arrives(&mut log, &format!(r#"{{"a":"ä{}","b":1}}"#, "ü".repeat(30)));
    arrives(&mut log, &"x".repeat(101));
    let text = written.finish(log);
    let (first, second) = text.split_once('\n').unwrap();
    assert!(first.ends_with(r#" {"a":"äüüüüüü…"#), "{first}");
    assert!(second.ends_with(" text 7 (too long to be examined)\n"), "{second}");
}

#[test]
fn what_the_disk_is_too_slow_for_is_counted() {
    let options = Options { behind_bytes_max: 1000, ..Options::default() };
    let (mut log, written) = Log::new("behind", options);
    for _ in 0..3 {
        arrives(&mut log, &"x".repeat(2000));
    }
    arrives(&mut log, "short");
    let text = written.finish(log);
    let (first, second) = text.split_once('\n').unwrap();
    assert!(first.ends_with("Z (3 lines are left out: the disk was too slow)"), "{text}");
    assert!(second.ends_with(" text 7 short\n"), "{text}");
}

#[test]
fn a_file_that_cannot_be_is_a_typed_error() {
    let error = MessageLog::to_files("/does/not/exist", Options::default()).unwrap_err();
    assert!(matches!(&error, MessageLogError::Open(_, error) if error.kind() == io::ErrorKind::NotFound));
    assert!(error.to_string().starts_with("the message log \"/does/not/exist\" cannot be opened: "), "{error}");
}
