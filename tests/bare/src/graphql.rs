//! Owns the bare library of graphql-transport-ws, both sides of it: reads whatever a peer sends, writes each message.
#![no_std]
#![expect(unsafe_code, reason = "exports symbols: their names occur nowhere else in the program they are linked into")]

use relink_bare as _;
use relink_core::{CloseCode, Report, Verdict};
use relink_profiles::graphql::{Client, FromServer, Reason, Server, Session, Todo, write};
use relink_profiles::{Ending, Profile};

/// Recognises a message to a client, says what it means to the link, and answers it: the bytes to send.
#[unsafe(no_mangle)]
pub fn relink_graphql_receive(text: &str, buffer: &mut [u8], report: &mut Option<Report>) -> usize {
    let Ok(message) = Client.recognise(text);
    *report = Client::report(&message);
    match message {
        FromServer::Ping { payload } => write::pong(buffer, payload).map_or(0, str::len),
        FromServer::ConnectionAck { .. } | FromServer::Pong { .. } | FromServer::Invalid(_) => 0,
        FromServer::Next { .. } | FromServer::Error { .. } | FromServer::Complete { .. } => 0,
    }
}

/// Recognises a message to a server and lets everybody in; `running` is the one operation that is going on. The bytes to
/// send, or a Close frame's code and reason.
#[unsafe(no_mangle)]
pub fn relink_graphql_serve(
    session: &mut Session,
    text: &str,
    running: &str,
    buffer: &mut [u8],
    reason: &mut Reason,
) -> Result<usize, CloseCode> {
    let Ok(message) = Server.recognise(text);
    let written = match session.receive(message, |id| id == running) {
        Todo::Authorise { payload } if session.acknowledge() => write::connection_ack(buffer, payload),
        Todo::Pong { payload } => write::pong(buffer, payload),
        Todo::Begin { payload, .. } => write::next(buffer, running, payload),
        Todo::End { .. } => write::complete(buffer, running),
        Todo::Authorise { .. } | Todo::Nothing => return Ok(0),
        Todo::Close(violation) => {
            *reason = violation.reason();
            return Err(violation.code());
        }
    };
    Ok(written.map_or(0, str::len))
}

/// Writes what a client says first.
#[unsafe(no_mangle)]
pub fn relink_graphql_init(payload: Option<&str>, buffer: &mut [u8]) -> usize {
    write::connection_init(buffer, payload).map_or(0, str::len)
}

/// Begins an operation.
#[unsafe(no_mangle)]
pub fn relink_graphql_subscribe(id: &str, payload: &str, buffer: &mut [u8]) -> usize {
    write::subscribe(buffer, id, payload).map_or(0, str::len)
}

/// Ends an operation that has failed.
#[unsafe(no_mangle)]
pub fn relink_graphql_error(id: &str, payload: &str, buffer: &mut [u8]) -> usize {
    write::error(buffer, id, payload).map_or(0, str::len)
}

/// Judges an ending.
#[unsafe(no_mangle)]
pub fn relink_graphql_judge(ending: &Ending<'_>) -> Option<Verdict> {
    Client.verdict(*ending)
}
