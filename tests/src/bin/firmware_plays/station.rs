//! Owns the sensor's server: it accepts, acknowledges readings, has commands done, and misbehaves as told.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde::Deserialize;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Message, protocol::CloseFrame};

/// Commands under way at once.
const COMMANDS_MAX: usize = 8;
/// A command that is not done for so long is said again.
const AGAIN_AFTER: Duration = Duration::from_secs(2);

/// What becomes of the next connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// It is served.
    Serve,
    /// Its upgrade is answered with this status, and with a `Retry-After` in seconds if there is one.
    Refuse(u16, Option<u32>),
    /// It is asked to leave instead of being accepted, and closed.
    AskToLeave,
}

/// What the station knows; its connections share it.
#[derive(Debug, Default)]
pub(crate) struct Book {
    /// How often each reading came in.
    pub(crate) readings: BTreeMap<u32, u32>,
    /// The commands that are to be done.
    pub(crate) open: BTreeSet<u32>,
    /// How often each command was said to be done.
    pub(crate) done: BTreeMap<u32, u32>,
    /// Connections that were accepted.
    pub(crate) accepted: u32,
    /// Connections that are open now, by number.
    pub(crate) held: BTreeSet<u32>,
    /// Connections whose closing handshake was finished.
    pub(crate) closed: u32,
    latest: u32,
    script: VecDeque<Manner>,
    /// Counts up with each wish that all connections change, or the board stop.
    warnings: u32,
    stops: u32,
}

/// A handle of the station.
#[derive(Clone, Default)]
pub(crate) struct Station {
    book: Arc<Mutex<Book>>,
    changed: Arc<Notify>,
    /// Whether every event is printed: for whoever started this as a process of its own.
    is_loud: bool,
}

/// A connection that is open.
struct Held<'s> {
    station: &'s Station,
    number: u32,
}

/// What happened, as a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    Accepted,
    Reading(u32),
    Done(u32),
}

#[derive(Deserialize)]
struct Said<'a> {
    r#type: &'a str,
    id: u32,
}

impl Station {
    pub(crate) fn loud() -> Self {
        Self { is_loud: true, ..Self::default() }
    }

    /// Serves for ever.
    pub(crate) async fn serve(self, listener: TcpListener) {
        while let Ok((stream, _)) = listener.accept().await {
            let manner = self.book().script.pop_front().unwrap_or(Manner::Serve);
            tokio::spawn(self.clone().connection(stream, manner));
        }
    }

    /// The manners of the connections to come; those after them are served.
    pub(crate) fn script(&self, manners: impl IntoIterator<Item = Manner>) {
        self.book().script.extend(manners);
    }

    /// Commands to be done.
    pub(crate) fn command(&self, ids: impl IntoIterator<Item = u32>) {
        self.book().open.extend(ids);
        self.changed.notify_waiters();
    }

    /// The highest number of a command that was to be done.
    pub(crate) fn ordered(&self) -> u32 {
        let book = self.book();
        let (open, done) = (book.open.last().copied(), book.done.last_key_value().map(|(&id, _)| id));
        open.max(done).unwrap_or_default()
    }

    /// Asks for another connection in place of each one.
    pub(crate) fn warn(&self) {
        self.book().warnings += 1;
        self.changed.notify_waiters();
    }

    /// Tells the board to stop.
    pub(crate) fn stop(&self) {
        self.book().stops += 1;
        self.changed.notify_waiters();
    }

    pub(crate) fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[expect(clippy::result_large_err, reason = "the callback's type is the library's")]
    async fn connection(self, stream: TcpStream, manner: Manner) {
        let _ = stream.set_nodelay(true);
        let answer = |_: &Request, response: Response| match manner {
            Manner::Refuse(status, retry_after) => Err(refusal(status, retry_after)),
            Manner::Serve | Manner::AskToLeave => Ok(response),
        };
        let Ok(socket) = tokio_tungstenite::accept_hdr_async(stream, answer).await else { return };
        if manner == Manner::AskToLeave {
            return leave(socket).await;
        }
        let proper = self.converse(socket, self.hold()).await.is_some();
        self.book().closed += u32::from(proper);
    }

    /// One more connection.
    fn hold(&self) -> Held<'_> {
        let mut book = self.book();
        book.latest += 1;
        let number = book.latest;
        book.held.insert(number);
        Held { station: self, number }
    }

    /// Returns something only after a finished closing handshake.
    async fn converse(&self, mut socket: WebSocketStream<TcpStream>, held: Held<'_>) -> Option<()> {
        say(&mut socket, r#"{"type":"hello"}"#.into()).await?;
        self.note(Event::Accepted);
        let (mut warned, mut stopped) = self.wishes();
        let mut under_way = BTreeMap::new();
        loop {
            for id in self.due(held.number, &mut under_way) {
                say(&mut socket, format!(r#"{{"type":"command","id":{id}}}"#)).await?;
            }
            let (warnings, stops) = self.wishes();
            if warned != warnings {
                warned = warnings;
                say(&mut socket, r#"{"type":"disconnect","reason":"warning"}"#.into()).await?;
            }
            if stopped != stops {
                stopped = stops;
                say(&mut socket, r#"{"type":"stop"}"#.into()).await?;
            }
            let came = tokio::select! {
                came = socket.next() => came,
                () = self.changed.notified() => continue,
                () = tokio::time::sleep(AGAIN_AFTER) => continue,
            };
            match came {
                Some(Ok(Message::Text(text))) => self.heard(&mut socket, &text).await?,
                // The answer is on its way; what is left is the end.
                Some(Ok(Message::Close(_))) => while let Some(Ok(_)) = socket.next().await {},
                Some(Ok(_)) => {}
                None => return Some(()),
                Some(Err(_)) => return None,
            }
        }
    }

    /// How many changes of connection, and how many stops, were wished for.
    fn wishes(&self) -> (u32, u32) {
        let book = self.book();
        (book.warnings, book.stops)
    }

    /// The commands to be said now. The newest connection says them: two would say each twice.
    fn due(&self, number: u32, under_way: &mut BTreeMap<u32, tokio::time::Instant>) -> Vec<u32> {
        let book = self.book();
        if book.held.last() != Some(&number) {
            return Vec::new();
        }
        under_way.retain(|id, said_at| book.open.contains(id) && said_at.elapsed() < AGAIN_AFTER);
        let room = COMMANDS_MAX.saturating_sub(under_way.len());
        let due: Vec<u32> = book.open.iter().copied().filter(|id| !under_way.contains_key(id)).take(room).collect();
        under_way.extend(due.iter().map(|&id| (id, tokio::time::Instant::now())));
        due
    }

    async fn heard(&self, socket: &mut WebSocketStream<TcpStream>, text: &str) -> Option<()> {
        let Ok(said) = serde_json::from_str::<Said<'_>>(text) else { return Some(()) };
        match said.r#type {
            "reading" => {
                self.note(Event::Reading(said.id));
                say(socket, format!(r#"{{"type":"ack","id":{}}}"#, said.id)).await
            }
            "done" => {
                self.note(Event::Done(said.id));
                Some(())
            }
            _ => Some(()),
        }
    }

    /// Writes into the book what happened here, or in a process of its own.
    pub(crate) fn note(&self, event: Event) {
        if self.is_loud {
            println!("{event}");
        }
        let mut book = self.book();
        match event {
            Event::Accepted => book.accepted += 1,
            Event::Reading(id) => *book.readings.entry(id).or_default() += 1,
            Event::Done(id) => {
                book.open.remove(&id);
                *book.done.entry(id).or_default() += 1;
            }
        }
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.station.book().held.remove(&self.number);
        self.station.changed.notify_waiters();
    }
}

async fn say(socket: &mut WebSocketStream<TcpStream>, text: String) -> Option<()> {
    socket.send(Message::text(text)).await.ok()
}

async fn leave(mut socket: WebSocketStream<TcpStream>) {
    let _ = say(&mut socket, r#"{"type":"disconnect","reason":"too_many"}"#.into()).await;
    let _ = socket.close(Some(CloseFrame { code: CloseCode::Normal, reason: "".into() })).await;
    while let Some(Ok(_)) = socket.next().await {}
}

fn refusal(status: u16, retry_after: Option<u32>) -> ErrorResponse {
    let mut response = ErrorResponse::new(None);
    *response.status_mut() = status.try_into().expect("a status that the plays know");
    if let Some(seconds) = retry_after {
        response.headers_mut().insert("retry-after", seconds.into());
    }
    response
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accepted => f.write_str("accepted"),
            Self::Reading(id) => write!(f, "reading {id}"),
            Self::Done(id) => write!(f, "done {id}"),
        }
    }
}

impl std::str::FromStr for Event {
    type Err = String;

    fn from_str(line: &str) -> Result<Self, String> {
        let wrong = || format!("the station said {line:?}");
        match line.split_once(' ') {
            None if line == "accepted" => Ok(Self::Accepted),
            Some(("reading", id)) => id.parse().map(Self::Reading).map_err(|_| wrong()),
            Some(("done", id)) => id.parse().map(Self::Done).map_err(|_| wrong()),
            _ => Err(wrong()),
        }
    }
}
