//! The rules of a GraphQL connection: a server's account of it, the Close that breaking it brings, what a code means to a client.
#![allow(clippy::panic, clippy::unwrap_used, clippy::arithmetic_side_effects, clippy::indexing_slicing, reason = "a test may panic")]

use proptest::prelude::*;
use relink_core::{CloseCode, Millis, Verdict};
use relink_profiles::graphql::limits::REASON_BYTES_MAX;
use relink_profiles::graphql::{Client, FromClient, Reason, Server, Session, Todo, Violation, code};
use relink_profiles::{Ending, Error, Profile};

const INIT: &str = r#"{"type":"connection_init","payload":{"token":"t"}}"#;
const PING: &str = r#"{"type":"ping","payload":{"n":1}}"#;
const PONG: &str = r#"{"type":"pong"}"#;
const SUBSCRIBE: &str = r#"{"id":"op","type":"subscribe","payload":{"query":"{me}"}}"#;
const COMPLETE: &str = r#"{"id":"op","type":"complete"}"#;
const BAD: &str = r#"{"type":"next","id":"op","payload":{}}"#;

fn told<'a>(session: &mut Session, text: &'a str, running: bool) -> Todo<'a> {
    let Ok(message) = Server.recognise(text);
    session.receive(message, |id| {
        assert!(id == "op");
        running
    })
}

fn acknowledged() -> Session {
    let mut session = Session::new();
    assert_eq!(told(&mut session, INIT, false), Todo::Authorise { payload: Some(r#"{"token":"t"}"#) });
    assert!(session.acknowledge() && session.is_acknowledged());
    session
}

fn closed(todo: Todo<'_>) -> (u16, String) {
    let Todo::Close(violation) = todo else { panic!("not closed: {todo:?}") };
    assert_eq!(violation.reason().as_str(), violation.to_string(), "short enough");
    (violation.code().get(), violation.to_string())
}

#[test]
fn a_connection_from_its_init_to_an_operations_end() {
    let session = &mut acknowledged();
    assert_eq!(told(session, PING, false), Todo::Pong { payload: Some(r#"{"n":1}"#) });
    assert_eq!(told(session, PONG, false), Todo::Nothing);
    assert!(matches!(told(session, SUBSCRIBE, false), Todo::Begin { id, payload: r#"{"query":"{me}"}"# } if id == "op"));
    assert!(matches!(told(session, COMPLETE, true), Todo::End { id } if id == "op"));
    assert!(matches!(told(session, COMPLETE, false), Todo::End { .. }), "it crossed ours: no violation");
    assert!(matches!(told(session, SUBSCRIBE, false), Todo::Begin { .. }), "an id may be used again");
}

#[test]
fn an_init_comes_once() {
    let too_many = (4429, "Too many initialisation requests".to_owned());
    assert_eq!(closed(told(&mut acknowledged(), INIT, false)), too_many);
    let session = &mut Session::new();
    assert!(!session.acknowledge(), "nobody has asked");
    assert!(matches!(told(session, INIT, false), Todo::Authorise { .. }));
    assert_eq!(closed(told(session, INIT, false)), too_many);
    assert!(!session.acknowledge(), "whoever was found out to be right meanwhile: it is over");
    assert!(!acknowledged().acknowledge(), "once is enough");
}

#[test]
fn nobody_subscribes_before_the_ack_or_twice() {
    let session = &mut Session::new();
    assert_eq!(told(session, PING, false), Todo::Pong { payload: Some(r#"{"n":1}"#) });
    assert_eq!((told(session, COMPLETE, false), told(session, PONG, false)), (Todo::Nothing, Todo::Nothing));
    let early = (4401, "Unauthorized".to_owned());
    assert_eq!(closed(told(&mut session.clone(), SUBSCRIBE, false)), early);
    assert!(matches!(told(session, INIT, false), Todo::Authorise { .. }));
    assert_eq!(closed(told(session, SUBSCRIBE, false)), early, "the ack is not sent yet");
    assert_eq!(closed(told(&mut acknowledged(), SUBSCRIBE, true)), (4409, "Subscriber for op already exists".to_owned()));
}

#[test]
fn what_no_client_may_send_says_why() {
    let said = "Invalid message: \"type\" in the message is not one that a client may send";
    for mut session in [Session::new(), acknowledged()] {
        assert_eq!(closed(told(&mut session, BAD, false)), (4400, said.to_owned()));
    }
    assert_eq!(
        closed(told(&mut acknowledged(), "{", false)),
        (4400, "Invalid message: the JSON text ends too early, after 1 bytes".to_owned())
    );
}

#[test]
fn when_it_is_over_nothing_more_is_done() {
    let session = &mut acknowledged();
    let _ = closed(told(session, BAD, false));
    for text in [INIT, PING, PONG, SUBSCRIBE, COMPLETE, BAD] {
        assert_eq!(told(session, text, true), Todo::Nothing, "{text}");
    }
    assert!(!session.is_acknowledged());
}

#[test]
fn a_reason_is_cut_where_a_character_ends() {
    let id = "ä".repeat(100);
    let text = format!(r#"{{"id":"{id}","type":"subscribe","payload":{{"query":""}}}}"#);
    let Ok(message) = Server.recognise(&text);
    let Todo::Close(violation) = acknowledged().receive(message, |_| true) else { panic!("no violation") };
    let reason = violation.reason();
    assert_eq!(reason.as_str(), format!("Subscriber for {}", "ä".repeat(54)), "15 + 2 · 54 = 123");
    assert_eq!(reason.as_str().len(), REASON_BYTES_MAX);
    assert_eq!(format!("{:?}", Reason::of("a\"")), "\"a\\\"\"");
    // What is behind the cut does not slip into the room that is left.
    assert_eq!(Reason::of(format!("{}€x", "a".repeat(121))).as_str(), "a".repeat(121));
}

proptest! {
    #[test]
    fn a_reason_is_the_beginning_of_what_was_said(text: String) {
        let reason = Reason::of(&text);
        prop_assert!(text.starts_with(reason.as_str()) && reason.as_str().len() <= REASON_BYTES_MAX);
        let rest = &text[reason.as_str().len()..];
        prop_assert!(rest.chars().next().is_none_or(|next| reason.as_str().len() + next.len_utf8() > REASON_BYTES_MAX));
    }

    /// Held against a list of what the protocol says, whatever comes in whatever order.
    #[test]
    fn a_session_follows_the_protocol(moves in prop::collection::vec((0..7_usize, any::<bool>()), 0..30)) {
        let (mut session, mut inits, mut acks, mut over) = (Session::new(), 0, 0, false);
        for (kind, running) in moves {
            let Some(text) = [INIT, PING, PONG, SUBSCRIBE, COMPLETE, BAD].get(kind) else {
                let expected = inits == 1 && acks == 0 && !over;
                acks += u32::from(expected);
                prop_assert_eq!(session.acknowledge(), expected);
                continue;
            };
            let todo = told(&mut session, text, running);
            inits += u32::from(*text == INIT);
            let expected = match *text {
                BAD => Some(4400),
                INIT if inits > 1 => Some(4429),
                SUBSCRIBE if acks == 0 => Some(4401),
                SUBSCRIBE if running => Some(4409),
                _ => None,
            };
            let got = if let Todo::Close(violation) = todo { Some(violation.code().get()) } else { None };
            prop_assert_eq!(got, expected.filter(|_| !over));
            prop_assert!(!over || todo == Todo::Nothing);
            over |= got.is_some();
        }
    }
}

#[test]
fn each_close_code_means_to_a_client_what_it_means_to_graphql_ws() {
    let fatal = [4500, 4005, 4400, 4004, 4401, 4406, 4409, 4429];
    for code in 0..=u16::MAX {
        let expected = match code {
            1000 | 1001 | 1005 | 1006 | 1012 | 1013 | 1014 => None,
            1000..=1999 => Some(Verdict::GiveUp),
            4403 | 4408 | 4499 | 4504 => Some(Verdict::Retry),
            _ => fatal.contains(&code).then_some(Verdict::GiveUp),
        };
        let ending = Ending::Closed(Some(CloseCode::new(code)));
        assert_eq!((Client.verdict(ending), Server.verdict(ending)), (expected, None), "{code}");
    }
    assert_eq!(Client.verdict(Ending::Closed(None)), None);
    for status in [401, 403, 404, 429, 503] {
        assert_eq!(Client.verdict(Ending::Upgrade { status, retry_after: Some(Millis::new(1)) }), None);
    }
}

#[test]
fn codes_are_those_of_the_protocol_and_may_be_sent() {
    let codes = [
        (code::BAD_RESPONSE, 4004),
        (code::INTERNAL_CLIENT_ERROR, 4005),
        (code::BAD_REQUEST, 4400),
        (code::UNAUTHORIZED, 4401),
        (code::FORBIDDEN, 4403),
        (code::SUBPROTOCOL_NOT_ACCEPTABLE, 4406),
        (code::INIT_TIMEOUT, 4408),
        (code::SUBSCRIBER_EXISTS, 4409),
        (code::TOO_MANY_INITS, 4429),
        (code::TERMINATED, 4499),
        (code::INTERNAL_SERVER_ERROR, 4500),
        (code::ACK_TIMEOUT, 4504),
    ];
    for (code, number) in codes {
        assert!(code.get() == number && code.is_sendable(), "{number}");
    }
    assert_eq!(Violation::Invalid(Error::Missing("id")).code(), code::BAD_REQUEST);
    assert!(matches!(Server.recognise(BAD), Ok(FromClient::Invalid(_))));
    assert_eq!(size_of::<Session>(), 1);
}
