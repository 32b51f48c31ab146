//! The replay of the fuzzer's corpora: each file has the properties of any text, and means what its name says.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test may panic"
)]

mod property;

use std::fs;
use std::path::Path;
use std::thread;

use relink_profiles::Profile;
use relink_profiles::graphql::{Client, FromClient, FromServer, Server};
use relink_profiles::onebot::{self, Application, Implementation, Request};
use relink_profiles::slack::{Incoming, Slack, url};

/// Less than any host's thread has. What recurses ends here.
const STACK_BYTES: usize = 64 * 1024;

/// A protocol: its folder, the least number of files in it, what a text means.
type Protocol = (&'static str, usize, fn(&str) -> &'static str);

const PROTOCOLS: [Protocol; 3] = [("slack", 50, slack), ("onebot", 50, onebot), ("graphql", 50, graphql)];

/// The first words of names that promise a meaning.
const MEANINGS: [&str; 22] = [
    "hello",
    "envelope",
    "disconnect",
    "unreadable",
    "unknown",
    "refused",
    "url", // Slack
    "lifecycle",
    "heartbeat",
    "event",
    "response",
    "action",
    "malformed", // OneBot
    "init",
    "ack",
    "ping",
    "pong",
    "subscribe",
    "next",
    "error",
    "complete",
    "invalid", // GraphQL
];

fn corpus(protocol: &str) -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(protocol);
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let texts = entries.filter_map(|path| Some((path.file_name()?.to_str()?.to_owned(), fs::read_to_string(path).ok()?)));
    texts.collect()
}

fn slack(text: &str) -> &'static str {
    if url::answer(text).is_ok() || matches!(url::answer(text), Err(url::NoUrl::Api(_))) {
        return "url";
    }
    match Slack.recognise(text) {
        Ok(Incoming::Hello(_)) => "hello",
        Ok(Incoming::Envelope(_)) => "envelope",
        Ok(Incoming::Disconnect(_)) => "disconnect",
        Ok(Incoming::Unreadable(_)) => "unreadable",
        Ok(Incoming::Unknown(_)) => "unknown",
        Err(_) => "refused",
    }
}

/// What an application makes of it; and if that is nothing, an implementation.
fn onebot(text: &str) -> &'static str {
    match (Application.recognise(text), Implementation.recognise(text)) {
        (Ok(onebot::Incoming::Lifecycle(_)), _) => "lifecycle",
        (Ok(onebot::Incoming::Heartbeat(_)), _) => "heartbeat",
        (Ok(onebot::Incoming::Event(_)), _) => "event",
        (_, Ok(Request::Action(_))) => "action",
        (Ok(onebot::Incoming::Response(_)), _) => "response",
        (Err(_), Ok(Request::Malformed(malformed))) => malformed.echo.map_or("refused", |_| "malformed"),
    }
}

/// What a client makes of it; and if that is nothing, a server.
fn graphql(text: &str) -> &'static str {
    let (Ok(client), Ok(server)) = (Client.recognise(text), Server.recognise(text));
    match (client, server) {
        (FromServer::ConnectionAck { .. }, _) => "ack",
        (FromServer::Ping { .. }, _) | (_, FromClient::Ping { .. }) => "ping",
        (FromServer::Pong { .. }, _) | (_, FromClient::Pong { .. }) => "pong",
        (FromServer::Next { .. }, _) => "next",
        (FromServer::Error { .. }, _) => "error",
        (FromServer::Complete { .. }, _) | (_, FromClient::Complete { .. }) => "complete",
        (_, FromClient::ConnectionInit { .. }) => "init",
        (_, FromClient::Subscribe { .. }) => "subscribe",
        (FromServer::Invalid(_), FromClient::Invalid(_)) => "invalid",
    }
}

#[test]
fn each_text_has_the_properties_of_any_text() {
    for (protocol, files_min, _) in PROTOCOLS {
        let corpus = corpus(protocol);
        assert!(corpus.len() >= files_min, "the corpus of {protocol} is there: {} files", corpus.len());
        for (name, text) in corpus {
            println!("{protocol}/{name}");
            property::holds(&text);
        }
    }
}

#[test]
fn each_text_means_what_its_name_says_on_a_small_stack() {
    let check = || {
        for (protocol, _, meaning) in PROTOCOLS {
            for (name, text) in corpus(protocol) {
                let said = name.split(['-', '.']).next().unwrap();
                if MEANINGS.contains(&said) {
                    assert_eq!(meaning(&text), said, "{protocol}/{name}");
                }
            }
        }
    };
    thread::Builder::new().stack_size(STACK_BYTES).spawn(check).unwrap().join().unwrap();
}

#[test]
fn a_text_that_is_cut_anywhere_is_no_panic() {
    for (protocol, _, _) in PROTOCOLS {
        for (_, text) in corpus(protocol).into_iter().filter(|(_, text)| text.len() < 2000) {
            for end in (0..text.len()).filter(|&end| text.is_char_boundary(end)) {
                property::holds(&text[..end]);
            }
        }
    }
}

#[test]
fn depth_costs_no_stack() {
    let check = || {
        for levels in [127, 128, 20_000, 1_000_000] {
            let deep = "[".repeat(levels) + &"]".repeat(levels);
            let of_slack = format!(r#"{{"payload":{deep},"envelope_id":"deep","type":"events_api"}}"#);
            assert_eq!(slack(&of_slack), if levels < 128 { "envelope" } else { "unreadable" }, "{levels} levels");
            let of_onebot = format!(r#"{{"echo":1,"action":"a","params":{deep}}}"#);
            let Ok(request) = Implementation.recognise(&of_onebot);
            assert_eq!((matches!(request, Request::Action(_)), request.echo()), (levels < 128, Some("1")), "{levels} levels");
            assert!(!onebot::echo::is_same(&deep, "[]") && onebot::echo::is_same(&deep, &deep));
            let of_graphql = format!(r#"{{"id":"1","type":"next","payload":{{"a":{deep}}}}}"#);
            assert_eq!(graphql(&of_graphql), if levels < 127 { "next" } else { "invalid" }, "{levels} levels");
        }
    };
    thread::Builder::new().stack_size(STACK_BYTES).spawn(check).unwrap().join().unwrap();
}
