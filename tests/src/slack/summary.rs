//! Owns the book as one line of JSON, for programs in other languages. Times are milliseconds since the start.

use serde::Serialize;
use tokio::time::Instant;

use super::book::{Book, Counts};

#[derive(Serialize)]
struct Summary {
    now_ms: u128,
    calls: Vec<Happening>,
    dials: Vec<Happening>,
    connections: Vec<Connection>,
    counts: Counts,
    waiting: usize,
    ready: Vec<usize>,
    registered: usize,
    websockets_open: usize,
    sockets_open: usize,
}

#[derive(Serialize)]
struct Happening {
    at_ms: u128,
    what: String,
}

#[derive(Serialize)]
struct Connection {
    number: usize,
    ghost: bool,
    num_connections: usize,
    opened_ms: u128,
    hello_ms: Option<u128>,
    unregistered_ms: Option<u128>,
    ended_ms: Option<u128>,
    close_sent: Option<u16>,
    close_received: Option<u16>,
    pings: usize,
    pongs: usize,
}

pub(crate) fn summary(book: &Book) -> String {
    let since = |at: Instant| at.saturating_duration_since(book.start).as_millis();
    let connection = |record: &super::record::Connection| Connection {
        number: record.number,
        ghost: record.ghost,
        num_connections: record.num_connections,
        opened_ms: since(record.opened),
        hello_ms: record.hello.map(since),
        unregistered_ms: record.unregistered.map(since),
        ended_ms: record.ended.map(since),
        close_sent: record.close_sent.and_then(|(_, code)| code),
        close_received: record.close_received.and_then(|(_, code)| code),
        pings: record.pings,
        pongs: record.pongs,
    };
    let summary = Summary {
        now_ms: since(Instant::now()),
        calls: book.calls.iter().map(|call| Happening { at_ms: since(call.at), what: format!("{:?}", call.answer) }).collect(),
        dials: book.dials.iter().map(|dial| Happening { at_ms: since(dial.at), what: format!("{:?}", dial.outcome) }).collect(),
        connections: book.connections.iter().map(connection).collect(),
        counts: book.counts,
        waiting: book.waiting(),
        ready: book.ready(),
        registered: book.registered().count(),
        websockets_open: book.websockets_open(),
        sockets_open: book.sockets_open,
    };
    serde_json::to_string(&summary).unwrap_or_default()
}
