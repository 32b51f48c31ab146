//! Owns what the server saw: entries with their times, and the questions a test asks of them.

use std::collections::BTreeSet;
use std::ops::Range;
use std::time::Duration;

use tokio::time::Instant;

use super::frame::Opcode;

/// The most entries a log holds; those after it are only counted.
pub const ENTRIES_MAX: usize = 1 << 20;
/// The number under which the listener itself appears; connections count from 1.
pub const LISTENER: usize = 0;

/// One thing that happened.
#[derive(Clone, Debug)]
pub struct Entry {
    /// When.
    pub at: Instant,
    /// On which connection, in the order of their accepts from 1; [`LISTENER`] for the listener's own.
    pub connection: usize,
    /// What.
    pub what: What,
}

/// What can happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// The port listens.
    Listening,
    /// The listener is closed: dials are refused by the kernel.
    Deaf,
    /// A connection was accepted.
    Dialled,
    /// Its TLS handshake is done.
    Secured,
    /// The request of its opening handshake is here.
    Requested(Request),
    /// It was answered with this status instead of 101.
    Refused(u16),
    /// It was answered with 101, whole and right: the WebSocket is open.
    Opened,
    /// The client's frame, but not its Close.
    Received(Received),
    /// The client's Close frame, with its code if it holds one.
    Closed(Option<u16>),
    /// The server sent a Close frame with this code.
    CloseSent(Option<u16>),
    /// The client ended its direction (TCP FIN), by a close or a shutdown.
    Fin,
    /// The client reset the connection (TCP RST).
    Reset,
    /// The client broke a protocol; the text says how.
    Broke(String),
    /// The server let the socket go.
    Ended,
}

/// The request of an opening handshake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Path and query.
    pub path: String,
    /// The headers in their order.
    pub headers: Vec<(String, String)>,
}

impl Request {
    /// The first header of this name, in whatever case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// A frame the client sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// What it is.
    pub opcode: Opcode,
    /// The length of its payload.
    pub bytes: usize,
    /// Its payload if it is text, up to 256 bytes.
    pub text: Option<String>,
}

/// Everything a server saw since it started. A value: it does not change while it is asked.
#[derive(Clone, Debug)]
pub struct Log {
    pub(crate) start: Instant,
    pub(crate) entries: Vec<Entry>,
    pub(crate) left_out: usize,
}

impl Log {
    /// When the server started; [`Log`]'s `Display` counts from here.
    #[must_use]
    pub const fn start(&self) -> Instant {
        self.start
    }

    /// All entries, oldest first.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// How many entries came after the log was full ([`ENTRIES_MAX`]) and are missing from it.
    #[must_use]
    pub const fn left_out(&self) -> usize {
        self.left_out
    }

    /// What happened on one connection.
    pub fn of(&self, connection: usize) -> impl Iterator<Item = &What> {
        self.entries.iter().filter(move |entry| entry.connection == connection).map(|entry| &entry.what)
    }

    /// When, and on which connection, something of this kind happened.
    pub fn times(&self, wanted: impl Fn(&What) -> bool) -> impl Iterator<Item = (Instant, usize)> {
        self.entries.iter().filter(move |entry| wanted(&entry.what)).map(|entry| (entry.at, entry.connection))
    }

    /// How often something of this kind happened.
    #[must_use]
    pub fn count(&self, wanted: impl Fn(&What) -> bool) -> usize {
        self.times(wanted).count()
    }

    /// When each connection was accepted.
    #[must_use]
    pub fn dials(&self) -> Vec<Instant> {
        self.times(|what| *what == What::Dialled).map(|(at, _)| at).collect()
    }

    /// How many connections were accepted in this time.
    #[must_use]
    pub fn dials_in(&self, window: Range<Instant>) -> usize {
        self.dials().into_iter().filter(|at| window.contains(at)).count()
    }

    /// The most connections accepted in any stretch of this length.
    #[must_use]
    pub fn dials_most(&self, stretch: Duration) -> usize {
        let dials = self.dials();
        let mut most = 0;
        let mut first = 0;
        for (last, at) in dials.iter().enumerate() {
            while at.duration_since(dials[first]) >= stretch && first < last {
                first += 1;
            }
            most = most.max(last - first + 1);
        }
        most
    }

    /// The times between one accept and the next.
    #[must_use]
    pub fn gaps(&self) -> Vec<Duration> {
        self.dials().windows(2).map(|pair| pair[1].duration_since(pair[0])).collect()
    }

    /// How many WebSockets were opened.
    #[must_use]
    pub fn opened(&self) -> usize {
        self.count(|what| *what == What::Opened)
    }

    /// How many connections neither side has ended yet.
    #[must_use]
    pub fn live(&self) -> usize {
        self.levels(|what| *what == What::Dialled).last().map_or(0, |(_, level)| *level)
    }

    /// The most connections that were alive at one time.
    #[must_use]
    pub fn live_most(&self) -> usize {
        self.levels(|what| *what == What::Dialled).iter().map(|(_, level)| *level).max().unwrap_or(0)
    }

    /// The stretches after the first [`What::Opened`] in which no WebSocket was open; the last one may still go on.
    #[must_use]
    pub fn without_connection(&self, now: Instant) -> Vec<Duration> {
        let levels = self.levels(|what| *what == What::Opened);
        let ends = levels.iter().skip(1).map(|(at, _)| *at).chain([now.max(self.start)]);
        let stretches = levels.iter().zip(ends).filter(|((_, level), _)| *level == 0);
        stretches.map(|((from, _), to)| to.duration_since(*from)).filter(|stretch| !stretch.is_zero()).collect()
    }

    /// The Close frames clients sent: connection and code.
    #[must_use]
    pub fn closes(&self) -> Vec<(usize, Option<u16>)> {
        let code = |entry: &Entry| if let What::Closed(code) = entry.what { Some((entry.connection, code)) } else { None };
        self.entries.iter().filter_map(code).collect()
    }

    /// The requests of all opening handshakes.
    pub fn requests(&self) -> impl Iterator<Item = &Request> {
        self.entries.iter().filter_map(|entry| if let What::Requested(request) = &entry.what { Some(request) } else { None })
    }

    /// The text messages one connection received (the first 256 bytes of each).
    pub fn texts_of(&self, connection: usize) -> impl Iterator<Item = &str> {
        self.of(connection).filter_map(|what| if let What::Received(received) = what { received.text.as_deref() } else { None })
    }

    /// When the client's end of a connection was first seen, as FIN or RST.
    #[must_use]
    pub fn client_ended(&self, connection: usize) -> Option<Instant> {
        self.times(|what| matches!(what, What::Fin | What::Reset)).find(|(_, own)| *own == connection).map(|(at, _)| at)
    }

    /// How many connections are between `begin` and their end, after each change.
    fn levels(&self, begin: impl Fn(&What) -> bool) -> Vec<(Instant, usize)> {
        let mut running = BTreeSet::new();
        let mut levels = Vec::new();
        for entry in &self.entries {
            let changed = if begin(&entry.what) {
                running.insert(entry.connection)
            } else if matches!(entry.what, What::Fin | What::Reset | What::Ended) {
                running.remove(&entry.connection)
            } else {
                false
            };
            if changed {
                levels.push((entry.at, running.len()));
            }
        }
        levels
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(start: Instant, millis: u64) -> Instant {
        start + Duration::from_millis(millis)
    }

    /// Each entry: milliseconds since the start, connection, what.
    fn log(entries: &[(u64, usize, What)]) -> Log {
        let start = Instant::now();
        let entry =
            |(millis, connection, what): &(u64, usize, What)| Entry { at: at(start, *millis), connection: *connection, what: what.clone() };
        Log { start, entries: entries.iter().map(entry).collect(), left_out: 0 }
    }

    #[test]
    fn dials_are_counted_in_windows() {
        let log = log(&[0, 10, 20, 1000, 1015].map(|millis| (millis, 1, What::Dialled)));
        let gaps: Vec<_> = log.gaps().iter().map(Duration::as_millis).collect();
        assert_eq!(gaps, [10, 10, 980, 15]);
        assert_eq!(log.dials_in(at(log.start, 10)..at(log.start, 1000)), 2);
        let most = [1, 10, 11, 21, 1001, 2000].map(|millis| log.dials_most(Duration::from_millis(millis)));
        assert_eq!(most, [1, 1, 2, 3, 4, 5]);
    }

    #[test]
    fn a_connection_lives_until_either_side_ends_it() {
        let (dialled, opened) = (What::Dialled, What::Opened);
        let log = log(&[
            (0, 1, dialled.clone()),
            (5, 1, opened.clone()),
            (10, 2, dialled.clone()),
            (15, 2, opened.clone()),
            (20, 1, What::Fin),
            (25, 1, What::Ended),
            (30, 2, What::Ended),
            (40, 3, dialled),
            (50, 3, opened),
            (60, 3, What::Reset),
        ]);
        assert_eq!((log.live(), log.live_most(), log.opened()), (0, 2, 3));
        let dark: Vec<_> = log.without_connection(at(log.start, 75)).iter().map(Duration::as_millis).collect();
        assert_eq!(dark, [20, 15], "from 30 to 50, and from 60 on");
        assert_eq!(log.client_ended(1), Some(at(log.start, 20)));
        assert_eq!(log.client_ended(2), None);
    }

    #[test]
    fn an_empty_log_answers_too() {
        let log = log(&[]);
        assert_eq!((log.live(), log.live_most(), log.dials_most(Duration::MAX), log.gaps().len()), (0, 0, 0, 0));
        assert!(log.without_connection(Instant::now()).is_empty());
    }
}
