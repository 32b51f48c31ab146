//! Owns what the server saw: entries with their times, and the questions a test asks of them.

use std::collections::BTreeMap;
use std::fmt;
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
        let within = |first: usize| dials.iter().skip(first).take_while(|at| at.duration_since(dials[first]) < stretch).count();
        (0..dials.len()).map(within).max().unwrap_or(0)
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
        let mut running = BTreeMap::new();
        let mut levels = Vec::new();
        for entry in &self.entries {
            let changed = if begin(&entry.what) {
                running.insert(entry.connection, ()).is_none()
            } else if matches!(entry.what, What::Fin | What::Reset | What::Ended) {
                running.remove(&entry.connection).is_some()
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

/// A timeline: a line for each entry.
impl fmt::Display for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Entry { at, connection, what } in &self.entries {
            let seconds = at.duration_since(self.start).as_secs_f64();
            match *connection {
                LISTENER => writeln!(f, "{seconds:9.3} s      {what}")?,
                number => writeln!(f, "{seconds:9.3} s  #{number:<3} {what}")?,
            }
        }
        if self.left_out > 0 {
            writeln!(f, "and {} entries more than the log holds", self.left_out)?;
        }
        Ok(())
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = |code: &Option<u16>| code.map_or("no code".to_owned(), |code| code.to_string());
        match self {
            Self::Listening => write!(f, "listening"),
            Self::Deaf => write!(f, "listener closed"),
            Self::Dialled => write!(f, "dialled"),
            Self::Secured => write!(f, "TLS is up"),
            Self::Requested(request) => write!(f, "upgrade requested, {}", request.path),
            Self::Refused(status) => write!(f, "refused with {status}"),
            Self::Opened => write!(f, "opened"),
            Self::Received(Received { opcode, bytes, text }) => match text {
                Some(text) => write!(f, "received {opcode:?}: {text}"),
                None => write!(f, "received {opcode:?} of {bytes} bytes"),
            },
            Self::Closed(close) => write!(f, "client's Close, {}", code(close)),
            Self::CloseSent(close) => write!(f, "Close sent, {}", code(close)),
            Self::Fin => write!(f, "client ended it (FIN)"),
            Self::Reset => write!(f, "client reset it (RST)"),
            Self::Broke(how) => write!(f, "client broke the protocol: {how}"),
            Self::Ended => write!(f, "socket let go"),
        }
    }
}
