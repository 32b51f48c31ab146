//! What holds of any text that comes in under graphql-transport-ws, on either side.

use relink_core::Report;
use relink_profiles::graphql::limits::REASON_BYTES_MAX;
use relink_profiles::graphql::{Client, FromClient, FromServer, Reason, Server, Session, Todo, code, write};
use relink_profiles::json::Text;
use relink_profiles::{Error, Profile};
use serde_json::Value as Reference;

use super::{is_same, reference};

pub(crate) fn holds(text: &str) {
    let reference = reference(text);
    let (Ok(client), Ok(server)) = (Client.recognise(text), Server.recognise(text));
    for (invalid, broken, types) in [
        (if let FromServer::Invalid(error) = client { Some(error) } else { None }, Client::report(&client), SERVERS),
        (if let FromClient::Invalid(error) = server { Some(error) } else { None }, Server::report(&server), CLIENTS),
    ] {
        assert_eq!(invalid.is_some(), matches!(broken, Some(Report::Broken(code::BAD_REQUEST | code::BAD_RESPONSE))));
        match (&reference, invalid) {
            (Ok(reference), None) => assert!(is_valid(reference, types), "graphql-ws would not take it"),
            // Of what is there twice, graphql-ws takes the last.
            (Ok(_), Some(Error::Twice(_))) | (Err(_), Some(_)) => {}
            (Ok(reference), Some(error)) => assert!(!is_valid(reference, types), "graphql-ws would take it: {error}"),
            (Err(too_much), None) => assert!(too_much, "serde_json finds it broken"),
        }
    }
    if let Ok(reference) = &reference {
        the_bytes_are_exact(&client, &server, reference);
    }
    a_session_takes_anything(server);
    only_what_is_valid_is_written(text, &reference);
    assert!(Reason::of(text).as_str().len() <= REASON_BYTES_MAX && text.starts_with(Reason::of(text).as_str()));
}

const SERVERS: &[&str] = &["connection_ack", "ping", "pong", "next", "error", "complete"];
const CLIENTS: &[&str] = &["connection_init", "ping", "pong", "subscribe", "complete"];

/// As graphql-ws's `validateMessage` judges, but for what is in an array of errors.
fn is_valid(message: &Reference, types: &[&str]) -> bool {
    let (id, payload) = (&message["id"], &message["payload"]);
    let has_id = id.as_str().is_some_and(|id| !id.is_empty());
    let or_nothing = |value: &Reference, is_right: bool| value.is_null() || is_right;
    let Some(kind) = message["type"].as_str().filter(|kind| types.contains(kind)) else { return false };
    match kind {
        "complete" => has_id,
        "next" => has_id && payload.is_object(),
        "error" => has_id && payload.as_array().is_some_and(|errors| !errors.is_empty()),
        "subscribe" => {
            has_id
                && payload["query"].is_string()
                && or_nothing(&payload["operationName"], payload["operationName"].is_string())
                && or_nothing(&payload["variables"], payload["variables"].is_object())
                && or_nothing(&payload["extensions"], payload["extensions"].is_object())
        }
        _ => or_nothing(payload, payload.is_object()),
    }
}

fn the_bytes_are_exact(client: &FromServer<'_>, server: &FromClient<'_>, reference: &Reference) {
    let payload = |payload: Option<&str>| {
        assert!(payload.map_or(reference["payload"].is_null(), |payload| is_same(payload, &reference["payload"])));
    };
    let id = |id: Text<'_>| assert_eq!(reference["id"].as_str(), Some(id.to_string().as_str()));
    match *client {
        FromServer::ConnectionAck { payload: exact } | FromServer::Ping { payload: exact } | FromServer::Pong { payload: exact } => {
            payload(exact);
        }
        FromServer::Next { id: read, payload: exact } | FromServer::Error { id: read, payload: exact } => {
            id(read);
            payload(Some(exact));
        }
        FromServer::Complete { id: read } => id(read),
        FromServer::Invalid(_) => {}
    }
    match *server {
        FromClient::ConnectionInit { payload: exact } | FromClient::Ping { payload: exact } | FromClient::Pong { payload: exact } => {
            payload(exact);
        }
        FromClient::Subscribe { id: read, payload: exact } => {
            id(read);
            payload(Some(exact));
        }
        FromClient::Complete { id: read } => id(read),
        FromClient::Invalid(_) => {}
    }
}

/// Wherever a connection is, any message is answered, and a violation with what fits into a Close frame.
fn a_session_takes_anything(message: FromClient<'_>) {
    let mut acknowledged = Session::new();
    let init = FromClient::ConnectionInit { payload: None };
    assert_eq!(acknowledged.receive(init, |_| false), Todo::Authorise { payload: None });
    let initialised = acknowledged;
    assert!(acknowledged.acknowledge());
    for (mut session, running) in [(Session::new(), false), (initialised, false), (acknowledged, false), (acknowledged, true)] {
        if let Todo::Close(violation) = session.receive(message, |_| running) {
            assert!(violation.code().is_sendable() && violation.to_string().starts_with(violation.reason().as_str()));
            assert_eq!(session.receive(message, |_| running), Todo::Nothing);
        }
    }
}

fn only_what_is_valid_is_written(text: &str, reference: &Result<Reference, bool>) {
    let mut buffer = vec![0; 7 * text.len() + 100];
    let is = |kind: fn(&Reference) -> bool| reference.as_ref().is_ok_and(kind);
    let too_much = matches!(reference, Err(true));
    let written = write::next(&mut buffer, "1", text).is_ok();
    assert!(too_much || !written || is(Reference::is_object));
    let written = write::error(&mut buffer, "1", text).is_ok();
    assert!(too_much || !written || is(Reference::is_array));
    match write::complete(&mut buffer, text) {
        Ok(written) => assert!(matches!(Client.recognise(written), Ok(FromServer::Complete { id }) if id == text)),
        Err(_) => assert!(text.is_empty()),
    }
}
