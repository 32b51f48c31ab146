//! Owns the book: everything the fake Slack saw and did, and the questions a test asks of it.

use std::fmt;

use indexmap::IndexMap;
use serde::Serialize;
use tokio::time::Instant;

use super::envelope::{Envelope, Fate, Worth};
use super::record::{Call, Connection, Dial, Ticket};

/// How many messages that are no acknowledgement are kept.
const STRANGE_MAX: usize = 1000;

/// Everything that happened. Times are the tokio clock's.
#[derive(Clone, Debug)]
pub struct Book {
    /// When the server started.
    pub start: Instant,
    /// The calls of `apps.connections.open`, in their order.
    pub calls: Vec<Call>,
    /// The tickets, in the order they were given out.
    pub tickets: Vec<Ticket>,
    /// The requests for an upgrade, in their order.
    pub dials: Vec<Dial>,
    /// The connections; number 1 is the first.
    pub connections: Vec<Connection>,
    /// The envelopes by their id, in the order they were posted (with `forget_settled` those that wait, in no order).
    pub envelopes: IndexMap<String, Envelope>,
    /// How often things happened, also to envelopes that were forgotten.
    pub counts: Counts,
    /// The messages of clients that are no acknowledgement, with their connection: the first thousand.
    pub strange: Vec<(usize, String)>,
    /// The TCP connections that are open now, WebSocket or not.
    pub sockets_open: usize,
}

/// How often things happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Envelopes posted.
    pub posted: usize,
    /// Deliveries on a connection.
    pub delivered: usize,
    /// Those of them that were not an envelope's first.
    pub redelivered: usize,
    /// Deliveries for which there was no connection.
    pub undeliverable: usize,
    /// Good acknowledgements; an envelope that came twice may have two.
    pub acks_good: usize,
    /// Late acknowledgements.
    pub acks_late: usize,
    /// Acknowledgements on a connection that did not deliver.
    pub acks_stray: usize,
    /// Acknowledgements of an envelope that there is not (any more).
    pub acks_unknown: usize,
    /// Envelopes acknowledged.
    pub acknowledged: usize,
    /// Envelopes lost.
    pub lost: usize,
    /// Those of them that were events, which come again three times.
    pub events_lost: usize,
    /// Clients' frames that were too long.
    pub oversize: usize,
    /// Clients' frames that were fragments of a message.
    pub fragments: usize,
    /// Tickets that were shown again.
    pub tickets_reused: usize,
    /// TCP connections accepted.
    pub sockets: usize,
    /// Times a client broke HTTP or WebSocket.
    pub broken: usize,
}

impl Book {
    pub(crate) fn new(start: Instant) -> Self {
        Self {
            start,
            calls: Vec::new(),
            tickets: Vec::new(),
            dials: Vec::new(),
            connections: Vec::new(),
            envelopes: IndexMap::new(),
            counts: Counts::default(),
            strange: Vec::new(),
            sockets_open: 0,
        }
    }

    /// The connection of this number.
    #[must_use]
    pub fn connection(&self, number: usize) -> Option<&Connection> {
        self.connections.get(number.checked_sub(1)?)
    }

    /// The registrations the app has now, ghosts included.
    pub fn registered(&self) -> impl Iterator<Item = &Connection> {
        self.connections.iter().filter(|connection| connection.unregistered.is_none())
    }

    /// The connections that are registered, have their hello, and still have their socket: their numbers.
    #[must_use]
    pub fn ready(&self) -> Vec<usize> {
        self.connections
            .iter()
            .filter(|connection| connection.is_ready() && !connection.ghost)
            .map(|connection| connection.number)
            .collect()
    }

    /// The WebSockets for which the server still has a socket.
    #[must_use]
    pub fn websockets_open(&self) -> usize {
        self.connections.iter().filter(|connection| connection.ended.is_none() && !connection.ghost).count()
    }

    /// The envelopes that came to this.
    pub fn fated(&self, fate: Fate) -> impl Iterator<Item = &Envelope> {
        self.envelopes.values().filter(move |envelope| envelope.fate == fate)
    }

    /// The envelopes that wait.
    #[must_use]
    pub const fn waiting(&self) -> usize {
        self.counts.posted - self.counts.acknowledged - self.counts.lost
    }

    pub(crate) fn connection_mut(&mut self, number: usize) -> Option<&mut Connection> {
        self.connections.get_mut(number.checked_sub(1)?)
    }

    pub(crate) fn note_strange(&mut self, connection: usize, text: String) {
        if self.strange.len() < STRANGE_MAX {
            self.strange.push((connection, text));
        }
    }

    pub(crate) const fn count_ack(&mut self, worth: Worth) {
        match worth {
            Worth::Good => self.counts.acks_good += 1,
            Worth::Late => self.counts.acks_late += 1,
            Worth::Stray => self.counts.acks_stray += 1,
        }
    }
}

/// A page for a person to read; envelopes are only counted.
impl fmt::Display for Book {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let since = |at: Instant| at.saturating_duration_since(self.start).as_secs_f64();
        for call in &self.calls {
            writeln!(f, "{:9.3}s call -> {:?}", since(call.at), call.answer)?;
        }
        for dial in &self.dials {
            writeln!(f, "{:9.3}s dial with ticket {:?} -> {:?}", since(dial.at), dial.ticket, dial.outcome)?;
        }
        for connection in &self.connections {
            let Connection { number, ghost, num_connections, close_sent, close_received, .. } = connection;
            let when = |at: Option<Instant>| at.map_or_else(|| "-".to_owned(), |at| format!("{:.3}s", since(at)));
            write!(f, "{:9.3}s connection {number}{}", since(connection.opened), if *ghost { " (ghost)" } else { "" })?;
            write!(f, ": hello {} as one of {num_connections}, unregistered ", when(connection.hello))?;
            write!(f, "{}, ended {}", when(connection.unregistered), when(connection.ended))?;
            write!(f, ", Close sent {:?}", close_sent.map(|(_, code)| code))?;
            writeln!(f, ", Close received {:?}", close_received.map(|(_, code)| code))?;
        }
        write!(f, "{:?}, sockets open: {}, strange: {:?}", self.counts, self.sockets_open, self.strange)
    }
}
