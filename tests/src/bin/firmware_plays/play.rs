//! Owns what the plays share: a board, a port, a station, and bounds.

use std::fmt::Display;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use relink_scenario::{Coverage, judge_text};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::Outcome;
use crate::board::{Board, Kind};
use crate::station::Station;

/// How much later than its contract says anything may be seen on a machine that is busy: QEMU, the network it emulates and the
/// server each wait for one of two cores.
pub(crate) const SLACK: Duration = Duration::from_millis(1000);
/// Longer than anything that is waited for takes. No bound.
pub(crate) const PATIENCE: Duration = Duration::from_secs(40);

/// What the stack may hold, in bytes: by the paint on it that is gone at the end.
const STACK_MAX: u32 = 20 << 10;

/// The times of the link in most plays: short ones, so that a play takes seconds.
pub(crate) const PING_AFTER: Duration = Duration::from_secs(2);
pub(crate) const PONG: Duration = Duration::from_secs(1);
pub(crate) const OPENING: Duration = Duration::from_secs(2);
pub(crate) const DELAY_MAX: Duration = Duration::from_secs(2);
pub(crate) const QUICK: &str = "link opening=2s acceptance=2s ping=2s pong=1s closing=1s reset=2s backoff=500ms..2s first=500ms overlap=2s";

/// Where one play happens.
pub(crate) struct Stage {
    pub(crate) name: &'static str,
    pub(crate) port: u16,
    kind: Kind,
    image: PathBuf,
    scratch: PathBuf,
}

impl Stage {
    pub(crate) fn new(kind: Kind, image: PathBuf, name: &'static str) -> Outcome<Self> {
        // Free a moment ago; nothing listens there until a station does.
        let port = std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let scratch = std::env::temp_dir().join(format!("relink-board-{}-{port}", std::process::id()));
        std::fs::create_dir(&scratch)?;
        Ok(Self { name, port, kind, image, scratch })
    }

    /// Powers the board: a reading every so many milliseconds, so many in all, and a link like this.
    pub(crate) fn board(&self, every_ms: u32, count: u32, link: &str) -> Outcome<Board> {
        let (port, every, count) = (self.port.to_string(), every_ms.to_string(), count.to_string());
        let mut words = vec![port.as_str(), &every, &count];
        words.extend(link.split(' '));
        Board::start(self.kind, &self.image, &self.scratch, &words)
    }

    /// Has a station listen here.
    pub(crate) async fn open(&self, station: &Station) -> Outcome<JoinHandle<()>> {
        let listener = TcpListener::bind(("127.0.0.1", self.port)).await?;
        Ok(tokio::spawn(station.clone().serve(listener)))
    }

    /// Fails over the bound; prints both anyway.
    pub(crate) fn at_most<T: PartialOrd + Display>(&self, what: &str, measured: T, bound: T) -> Outcome<()> {
        println!("{:?} {}: {what}: {measured}, at most {bound}", self.kind, self.name);
        if measured <= bound { Ok(()) } else { Err(format!("{what}: {measured}, and at most {bound} was promised").into()) }
    }

    /// The same of times, in milliseconds.
    pub(crate) fn within(&self, what: &str, measured: Duration, bound: Duration) -> Outcome<()> {
        self.at_most(&format!("{what}, ms"), measured.as_millis(), bound.as_millis())
    }

    pub(crate) fn equal<T: PartialEq + std::fmt::Debug>(&self, what: &str, measured: T, wanted: T) -> Outcome<()> {
        println!("{:?} {}: {what}: {measured:?}, to be {wanted:?}", self.kind, self.name);
        if measured == wanted { Ok(()) } else { Err(format!("{what}: {measured:?} in place of {wanted:?}").into()) }
    }

    /// Has the board end its link, and looks at what it says then: every reading was acknowledged, and its timeline is a scenario
    /// that the host's core decides in the same way, line by line.
    pub(crate) async fn end(&self, mut board: Board, station: &Station, readings: u32) -> Outcome<()> {
        station.stop();
        let stack = board.line(1, "# stack: ", PATIENCE).await?.text;
        let stack = stack.split(' ').nth(2).and_then(|bytes| bytes.parse().ok()).ok_or("the board does not say what its stack has held")?;
        self.at_most("bytes of stack", stack, STACK_MAX)?;
        board.end(PATIENCE).await?;
        let lines = board.lines();
        let said = |beginning: &str| lines.iter().rev().map(|line| line.text.as_str()).find(|line| line.starts_with(beginning));
        self.equal("readings", said("# readings "), Some(format!("# readings taken {readings} acknowledged {readings}").as_str()))?;
        let seen = u32::try_from(station.book().readings.len())?;
        self.equal("readings that the server has", seen, readings)?;
        let timeline: String = lines.iter().filter(|line| !line.text.starts_with('#')).map(|line| format!("{}\n", line.text)).collect();
        match judge_text(self.name, &timeline, false, &Coverage::default()).failure {
            None => Ok(()),
            Some(failure) => Err(format!("the host decides otherwise: {failure}").into()),
        }
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.scratch);
    }
}

/// Waits until it is so.
pub(crate) async fn until(what: &str, patience: Duration, mut is_so: impl FnMut() -> bool) -> Outcome<()> {
    let end = Instant::now() + patience;
    while !is_so() {
        if Instant::now() > end {
            return Err(format!("{what}: not within {patience:?}").into());
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Ok(())
}

/// The board's own time of a line of its timeline.
pub(crate) fn board_time(line: &str) -> Option<Duration> {
    let word = line.strip_prefix("at ")?.split(' ').next()?;
    let relink_notation::Text(millis) = word.parse::<relink_notation::Text<relink_core::Instant>>().ok()?;
    Some(Duration::from_millis(millis.as_millis()))
}
