//! What each of GraphQL's messages is read as and written as, and what it says to the link.
#![allow(clippy::panic, clippy::unwrap_used, clippy::arithmetic_side_effects, clippy::indexing_slicing, reason = "a test may panic")]

use proptest::prelude::*;
use relink_core::{Millis, Report};
use relink_profiles::graphql::{Client, FromClient, FromServer, Server, code, limits, write};
use relink_profiles::json::{Fault, Problem};
use relink_profiles::{Error, Profile, Unwritten};
use serde_json::{Value, json};

fn client(text: &str) -> FromServer<'_> {
    let Ok(message) = Client.recognise(text);
    message
}

fn server(text: &str) -> FromClient<'_> {
    let Ok(message) = Server.recognise(text);
    message
}

const fn wrong(field: &'static str, expected: &'static str) -> Error {
    Error::Wrong { field, expected }
}

#[test]
fn what_accepts_and_what_keeps_alive() {
    for (payload, text) in [(None, ""), (None, r#","payload":null"#), (Some(r#"{ "a":[1.0] }"#), r#","payload": { "a":[1.0] } "#)] {
        let message = |kind| format!(r#"{{"type":"{kind}"{text}}}"#);
        assert_eq!(client(&message("connection_ack")), FromServer::ConnectionAck { payload });
        assert_eq!(Client::report(&client(&message("connection_ack"))), Some(Report::Accepted));
        assert_eq!(server(&message("connection_init")), FromClient::ConnectionInit { payload });
        assert_eq!(Server::report(&server(&message("connection_init"))), Some(Report::Accepted));
        assert_eq!((client(&message("ping")), server(&message("ping"))), (FromServer::Ping { payload }, FromClient::Ping { payload }));
        assert_eq!((client(&message("pong")), server(&message("pong"))), (FromServer::Pong { payload }, FromClient::Pong { payload }));
        assert_eq!((Client::report(&client(&message("ping"))), Server::report(&server(&message("pong")))), (None, None));
    }
    for kind in ["connection_ack", "ping", "pong"] {
        for payload in ["[]", "1", "\"x\"", "true"] {
            let text = format!(r#"{{"type":"{kind}","payload":{payload}}}"#);
            assert_eq!(client(&text), FromServer::Invalid(wrong("payload", "an object")), "{text}");
        }
    }
}

#[test]
fn results_are_the_exact_bytes_under_their_id() {
    let FromServer::Next { id, payload } = client(r#"{"id":"\u0031","type":"next","payload": {"data" : {"a":1.50}} }"#) else { panic!() };
    assert!(id == "1" && payload == r#"{"data" : {"a":1.50}}"#);
    let FromServer::Error { id, payload } = client(r#"{"type":"error","payload":[ {"message":"\ud83d\ude00"}],"id":"e"}"#) else {
        panic!()
    };
    assert!(id == "e" && payload == r#"[ {"message":"\ud83d\ude00"}]"#);
    assert!(matches!(client(r#"{"type":"complete","id":"c","payload":7}"#), FromServer::Complete { id } if id == "c"));
    assert!(matches!(server(r#"{"type":"complete","id":"c"}"#), FromClient::Complete { id } if id == "c"));
    for text in
        [r#"{"type":"next","id":"1","payload":{}}"#, r#"{"type":"error","id":"1","payload":[1]}"#, r#"{"type":"complete","id":"1"}"#]
    {
        assert_eq!(Client::report(&client(text)), None);
    }
}

#[test]
fn an_operation_is_checked_and_handed_on() {
    let payload = r#"{"query":"{ me }","operationName":null,"variables":{"a":[{}]},"extensions":{},"more":1}"#;
    let text = format!(r#"{{"id":"1","type":"subscribe","payload":{payload}}}"#);
    assert!(matches!(server(&text), FromClient::Subscribe { id, payload: same } if id == "1" && same == payload));
    assert_eq!(Server::report(&server(&text)), None);
    let table = [
        ("[]", wrong("payload", "an object")),
        ("{}", Error::Missing("query")),
        (r#"{"query":null}"#, Error::Missing("query")),
        (r#"{"query":7}"#, wrong("query", "a text")),
        (r#"{"query":"{me}","query":"{me}"}"#, Error::Twice("query")),
        (r#"{"query":"{me}","operationName":1}"#, wrong("operationName", "a text")),
        (r#"{"query":"{me}","variables":[]}"#, wrong("variables", "an object")),
        (r#"{"query":"{me}","extensions":"x"}"#, wrong("extensions", "an object")),
    ];
    for (payload, why) in table {
        let text = format!(r#"{{"id":"1","type":"subscribe","payload":{payload}}}"#);
        assert_eq!(server(&text), FromClient::Invalid(why), "{payload}");
    }
}

#[test]
fn what_neither_may_send_ends_the_connection() {
    let json = |at, problem| Error::Json(Fault { at, problem });
    let both = [
        ("", json(0, Problem::Ends)),
        ("{\"type\":\"ping\"}}", json(15, Problem::Trailing)),
        ("[1]", json(0, Problem::NotAnObject)),
        ("{}", Error::Missing("type")),
        (r#"{"type":""}"#, wrong("type", "a text with something in it")),
        (r#"{"type":1}"#, wrong("type", "a text with something in it")),
        (r#"{"type":"ping","type":"ping"}"#, Error::Twice("type")),
        (r#"{"type":"complete"}"#, Error::Missing("id")),
        (r#"{"type":"complete","id":""}"#, wrong("id", "a text with something in it")),
        (r#"{"type":"complete","id":1}"#, wrong("id", "a text with something in it")),
        (r#"{"type":"complete","id":"\ud800"}"#, json(25, Problem::Surrogate)),
    ];
    for (text, why) in both {
        assert_eq!((client(text), server(text)), (FromServer::Invalid(why), FromClient::Invalid(why)), "{text}");
        assert_eq!(Client::report(&client(text)), Some(Report::Broken(code::BAD_RESPONSE)));
        assert_eq!(Server::report(&server(text)), Some(Report::Broken(code::BAD_REQUEST)));
    }
    for kind in ["connection_init", "subscribe", "start", "ka"] {
        let text = format!(r#"{{"type":"{kind}","id":"1","payload":{{"query":"x"}}}}"#);
        assert_eq!(client(&text), FromServer::Invalid(wrong("type", "one that a server may send")));
    }
    for kind in ["connection_ack", "next", "error", "stop"] {
        let text = format!(r#"{{"type":"{kind}","id":"1","payload":{{}}}}"#);
        assert_eq!(server(&text), FromClient::Invalid(wrong("type", "one that a client may send")));
    }
    for payload in ["{}", "[]", "[ \n]", "null", "\"[1]\""] {
        let text = format!(r#"{{"type":"error","id":"1","payload":{payload}}}"#);
        assert!(matches!(client(&text), FromServer::Invalid(_)), "{payload}");
    }
    assert_eq!(client(r#"{"type":"next","id":"1"}"#), FromServer::Invalid(Error::Missing("payload")));
}

#[test]
fn each_message_as_it_is_written() {
    let buffer = &mut [0; 200];
    assert_eq!(write::connection_init(buffer, None), Ok(r#"{"type":"connection_init"}"#));
    assert_eq!(write::connection_init(buffer, Some(" {\"token\":1}")), Ok(r#"{"type":"connection_init","payload":{"token":1}}"#));
    assert_eq!(write::connection_ack(buffer, None), Ok(r#"{"type":"connection_ack"}"#));
    assert_eq!(write::ping(buffer, Some("{}")), Ok(r#"{"type":"ping","payload":{}}"#));
    assert_eq!(write::pong(buffer, None), Ok(r#"{"type":"pong"}"#));
    assert_eq!(write::subscribe(buffer, "1", r#"{"query":"{me}"}"#), Ok(r#"{"id":"1","type":"subscribe","payload":{"query":"{me}"}}"#));
    assert_eq!(write::next(buffer, "\"\n", r#"{"data":{}}"#), Ok(r#"{"id":"\"\u000a","type":"next","payload":{"data":{}}}"#));
    assert_eq!(write::error(buffer, "1", r#"[{"message":"no"}]"#), Ok(r#"{"id":"1","type":"error","payload":[{"message":"no"}]}"#));
    assert_eq!(write::complete(buffer, "1"), Ok(r#"{"id":"1","type":"complete"}"#));
}

#[test]
fn what_the_peer_would_take_for_invalid_is_not_written() {
    let buffer = &mut [0; 200];
    let no = |field, expected| Err(Unwritten::Wrong { field, expected });
    assert_eq!(write::ping(buffer, Some("null")), no("payload", "an object"));
    assert_eq!(write::connection_init(buffer, Some("[]")), no("payload", "an object"));
    assert_eq!(write::next(buffer, "1", "[]"), no("payload", "an object"));
    assert_eq!(write::next(buffer, "", "{}"), no("id", "a text with something in it"));
    assert_eq!(write::error(buffer, "1", "[]"), no("payload", "an array with something in it"));
    assert_eq!(write::subscribe(buffer, "1", "{}"), no("query", "there"));
    assert_eq!(write::subscribe(buffer, "1", r#"{"query":1}"#), no("query", "a text"));
    assert_eq!(write::subscribe(buffer, "1", r#"{"query":"","query":""}"#), no("query", "there once"));
    let fault = Fault { at: 1, problem: Problem::Ends };
    assert_eq!(write::next(buffer, "1", "{"), Err(Unwritten::Json { field: "payload", fault }));
    assert_eq!(write::complete(&mut [0; 26], "1"), Err(Unwritten::Buffer { bytes: 28 }));
    assert_eq!(Unwritten::Wrong { field: "query", expected: "there" }.to_string(), "what is given for \"query\" is not there");
}

proptest! {
    #[test]
    fn what_is_written_is_what_was_meant(id in ".{1,40}", text: String, number: i64) {
        let buffer = &mut vec![0; 20_000];
        let payload = json!({ "query": text, "variables": { &text: number } });
        let sent = payload.to_string();
        let written = write::subscribe(buffer, &id, &sent).unwrap();
        let expected = json!({ "id": id, "type": "subscribe", "payload": payload });
        prop_assert_eq!(serde_json::from_str::<Value>(written).unwrap(), expected);
        let FromClient::Subscribe { id: read, payload: exact } = server(written) else { panic!("no operation") };
        prop_assert!(read == id.as_str() && exact == sent);
        let written = write::error(buffer, &id, &json!([{ "message": text }]).to_string()).unwrap();
        let FromServer::Error { id: read, .. } = client(written) else { panic!("no error") };
        prop_assert!(read == id.as_str());
    }
}

#[test]
fn the_configurations_are_what_they_are_applied_as() {
    for config in [Client::CONFIG, Server::CONFIG] {
        assert_eq!(config.clamped(), config);
    }
    assert_eq!((Client::CONFIG.redial, Client::CONFIG.timeout_code.get()), (true, 4504));
    assert!(!Client::CONFIG.acceptance_timeout.is_zero() && Client::CONFIG.overlap_max.is_zero());
    assert_eq!((Server::CONFIG.redial, Server::CONFIG.timeout_code.get()), (false, 4408));
    assert_eq!(Server::CONFIG.acceptance_timeout, Millis::from_secs(3));
    assert_eq!([Server::CONFIG.ping_after, Server::CONFIG.pong_timeout], [Millis::from_secs(12); 2]);
    assert_eq!((Client::SUBPROTOCOLS, Server::SUBPROTOCOLS), (["graphql-transport-ws"].as_slice(), [limits::SUBPROTOCOL].as_slice()));
    assert_eq!((Client::NAME, Server::NAME), ("graphql", "graphql-server"));
}
