//! What each of Slack's messages is read as, field by field.
#![allow(clippy::panic, clippy::unwrap_used, reason = "a test may panic")]

use std::time::Duration;

use relink_core::{Millis, Report, Verdict};
use relink_profiles::json::{Fault, Problem};
use relink_profiles::plain::Plain;
use relink_profiles::slack::limits::{CAPACITY_DELAY, RENEWAL_SPREAD};
use relink_profiles::slack::{Disconnect, Envelope, Error, Hello, Incoming, Kind, Reason, Slack, Unknown, Unreadable};
use relink_profiles::{Ending, Profile};

fn read(text: &str) -> Incoming<'_> {
    Slack.recognise(text).unwrap()
}

fn hello(text: &str) -> Hello<'_> {
    let Incoming::Hello(hello) = read(text) else { panic!("no hello: {text}") };
    assert_eq!(Slack::report(&read(text)), Some(Report::Accepted));
    hello
}

fn envelope(text: &str) -> Envelope<'_> {
    let Incoming::Envelope(envelope) = read(text) else { panic!("no envelope: {text}") };
    assert_eq!(Slack::report(&read(text)), None);
    envelope
}

fn unreadable(text: &str) -> Unreadable<'_> {
    let Incoming::Unreadable(unreadable) = read(text) else { panic!("readable: {text}") };
    assert_eq!(Slack::report(&read(text)), None);
    unreadable
}

fn disconnect(text: &str) -> Disconnect<'_> {
    let Incoming::Disconnect(disconnect) = read(text) else { panic!("no disconnect: {text}") };
    assert_eq!(Slack::report(&read(text)), Some(Report::Asked(disconnect.reason.verdict())));
    disconnect
}

#[test]
fn a_hello_with_all_its_fields() {
    let hello = hello(include_str!("../fuzz/corpus/slack/hello-documented.json"));
    assert_eq!(hello.app_id.unwrap(), "A1234");
    assert_eq!(hello.num_connections, Some(1));
    assert_eq!(hello.host.unwrap(), "applink-7fc4fdbb64-4x5xq");
    assert_eq!(hello.started.unwrap(), "2020-10-11 12:12:12.120");
    assert_eq!(hello.build_number, Some(54));
    assert_eq!(hello.approximate_connection_time, Some(Duration::from_secs(18060)));
    assert_eq!(hello.odd, None);
}

#[test]
fn a_hello_is_a_hello_whatever_its_fields_hold() {
    assert_eq!(hello(r#"{"type":"hello"}"#), Hello::default());
    let fields = |text| {
        let hello = hello(text);
        (hello.num_connections, hello.odd)
    };
    let number = |field| Some(Error::Wrong { field, expected: "a whole number from 0 to 4294967295" });
    assert_eq!(fields(r#"{"type":"hello","num_connections":99999999999999999999}"#), (None, number("num_connections")));
    assert_eq!(fields(r#"{"type":"hello","num_connections":-1}"#), (None, number("num_connections")));
    assert_eq!(fields(r#"{"type":"hello","num_connections":"3"}"#), (None, number("num_connections")));
    assert_eq!(fields(r#"{"type":"hello","num_connections":3,"debug_info":{"build_number":1.5}}"#), (Some(3), number("build_number")));
    let object = Some(Error::Wrong { field: "debug_info", expected: "an object" });
    assert_eq!(fields(r#"{"type":"hello","num_connections":3,"debug_info":[]}"#), (Some(3), object));
    assert_eq!(fields(r#"{"type":"hello","num_connections":3,"debug_info":null}"#), (Some(3), None));
    let twice = Some(Error::Twice("host"));
    assert_eq!(fields(r#"{"type":"hello","num_connections":3,"debug_info":{"host":"a","host":"b"}}"#), (Some(3), twice));
}

#[test]
fn an_envelope_of_each_kind() {
    for kind in Kind::ALL {
        let text = format!(r#"{{"envelope_id":"e-1","type":"{}","payload":{{"a":1}},"accepts_response_payload":true}}"#, kind.as_str());
        let envelope = envelope(&text);
        assert_eq!((envelope.kind, envelope.payload), (kind, r#"{"a":1}"#));
        assert_eq!(envelope.id, "e-1");
        assert!(envelope.accepts_response_payload);
        assert_eq!((envelope.retry, envelope.odd), (None, None));
        assert_eq!(kind.comes_again(), kind == Kind::EventsApi);
    }
    assert_eq!(Kind::ALL.map(Kind::as_str), ["events_api", "slash_commands", "interactive"]);
}

#[test]
fn a_retry_says_which_and_why() {
    let again = envelope(include_str!("../fuzz/corpus/slack/envelope-event-again.json")).retry.unwrap();
    assert_eq!((again.attempt, again.reason.unwrap().to_string().as_str()), (2, "timeout"));
    let first = envelope(include_str!("../fuzz/corpus/slack/envelope-event-from-python.json"));
    let retry = first.retry.unwrap();
    assert_eq!((retry.attempt, retry.reason.unwrap().to_string().as_str()), (0, ""));
    assert!(!first.accepts_response_payload);
    let odd = envelope(r#"{"envelope_id":"o","type":"events_api","payload":{},"retry_attempt":1e3,"accepts_response_payload":1}"#);
    assert_eq!((odd.retry, odd.accepts_response_payload), (None, false));
    assert_eq!(odd.odd, Some(Error::Wrong { field: "accepts_response_payload", expected: "true or false" }));
}

#[test]
fn a_payload_is_the_exact_bytes_of_any_size_and_kind() {
    let long = format!("[{}]", vec!["{\"k\" : [1.50, -0.0, 1E400,\t\"\\u00e9\\ud83d\\ude00\\/\"]}"; 50_000].join(" ,\n"));
    assert!(long.len() > 2_000_000);
    for payload in ["{ \"b\":1, \"a\":2 , \"a\":3}", "[ ]", r#""\u0041""#, "null ", "12345678901234567890123", &long] {
        let text = format!(r#"{{"envelope_id":"1","type":"events_api","payload": {payload} ,"x":[[[{{}}]]]}}"#);
        if payload == "null " {
            assert_eq!(unreadable(&text).why, Error::Missing("payload"));
        } else {
            assert_eq!(envelope(&text).payload, payload);
        }
    }
}

#[test]
fn what_python_escapes_is_read() {
    let text = r#"{"envelope_id":"\u00e9-\ud83d\ude00","type":"events\u005fapi","payload":"\ud83d\ude00"}"#;
    let envelope = envelope(text);
    assert_eq!(envelope.id, "é-😀");
    assert_eq!(envelope.id.plain(), None);
    assert_eq!(envelope.id.write_to(&mut [0; 64]), Some("é-😀"));
    assert_eq!(envelope.payload, r#""\ud83d\ude00""#);
}

#[test]
fn an_envelope_that_cannot_be_read_can_still_be_acknowledged() {
    let at = |at, problem| Error::Json(Fault { at, problem });
    let table = [
        (r#"{"payload":{"t":"\ud83d"},"envelope_id":"u","type":"events_api"}"#, at(17, Problem::Surrogate)),
        (r#"{"payload":{"t":tru},"envelope_id":"u","type":"events_api"}"#, at(19, Problem::Unexpected)),
        (r#"{"envelope_id":"u","type":"events_api","payload":{"t":"#, at(54, Problem::Ends)),
        (r#"{"envelope_id":"u","type":"events_api"}"#, Error::Missing("payload")),
        (r#"{"envelope_id":"u","type":"events_api","payload":1,"payload":2}"#, Error::Twice("payload")),
        (r#"{"envelope_id":"u","type":"events_api","payload":1}}"#, at(51, Problem::Trailing)),
    ];
    for (text, why) in table {
        let unreadable = unreadable(text);
        assert_eq!((unreadable.id.raw(), unreadable.kind, unreadable.why), ("u", Some(Kind::EventsApi), why), "{text}");
    }
    let no_type = unreadable(r#"{"envelope_id":"u","payload":1}"#);
    assert_eq!((no_type.kind, no_type.why), (None, Error::Missing("type")));
}

#[test]
fn an_id_inside_of_a_broken_text_is_not_the_id() {
    let text = r#"{"payload":{"t":"\q, \"envelope_id\":\"evil\"","envelope_id":"inner"},"envelope_id":"u","type":"events_api"}"#;
    assert_eq!(unreadable(text).id, "u");
    let both = r#"{"envelope_id":"a","payload":"\q","envelope_id":"b","type":"events_api"}"#;
    assert_eq!(Slack.recognise(both).map(|_| ()), Err(Error::Json(Fault { at: 30, problem: Problem::Escape })));
}

#[test]
fn each_reason_to_disconnect() {
    let renew = Verdict::Renew { within: RENEWAL_SPREAD };
    let table = [
        ("warning", Reason::Warning, renew),
        ("refresh_requested", Reason::RefreshRequested, renew),
        ("too_many_websockets", Reason::TooManyWebsockets, Verdict::RetryAfter(CAPACITY_DELAY)),
        ("link_disabled", Reason::LinkDisabled, Verdict::GiveUp),
    ];
    for (name, reason, verdict) in table {
        let text = format!(r#"{{"type":"disconnect","reason":"{name}","debug_info":{{"host":"wss-111.slack.com"}}}}"#);
        let disconnect = disconnect(&text);
        assert_eq!((disconnect.reason, disconnect.reason.verdict(), disconnect.odd), (reason, verdict, None));
        assert_eq!(disconnect.host.unwrap(), "wss-111.slack.com");
        assert_eq!(reason.to_string(), name);
        assert!(reason.advice().len() > 20);
    }
    let unknown = disconnect(r#"{"type":"disconnect","reason":"moon\u005fphase"}"#);
    let Reason::Other(reason) = unknown.reason else { panic!("known") };
    assert_eq!((reason.to_string(), unknown.reason.to_string()), ("moon_phase".to_owned(), "moon_phase".to_owned()));
    assert_eq!(unknown.reason.verdict(), renew);
    let none = disconnect(r#"{"type":"disconnect","reason":17}"#);
    assert_eq!((none.reason.verdict(), none.reason.to_string().as_str()), (renew, ""));
    assert_eq!(none.odd, Some(Error::Wrong { field: "reason", expected: "a text" }));
}

#[test]
fn what_is_not_known_is_named() {
    let Incoming::Unknown(Unknown { kind, id }) = read(r#"{"type":"workflow_step","envelope_id":"w","payload":{}}"#) else { panic!() };
    assert_eq!((kind.to_string(), id.unwrap().to_string()), ("workflow_step".to_owned(), "w".to_owned()));
    assert!(matches!(read(r#"{"type":"workflow_step"}"#), Incoming::Unknown(Unknown { id: None, .. })));
    assert_eq!(Slack::report(&read(r#"{"type":"workflow_step"}"#)), None);
}

#[test]
fn what_is_refused_says_why() {
    let table = [
        ("Ping from applink-3", "the text is no JSON object"),
        ("", "the JSON text ends too early, after 0 bytes"),
        ("{}", "the message has no \"type\""),
        (r#"{"type":7}"#, "\"type\" in the message is not a text with something in it"),
        (r#"{"type":"events_api","payload":{}}"#, "the message has no \"envelope_id\""),
        (r#"{"type":"hello","type":"hello"}"#, "the message has \"type\" twice"),
        (r#"{"type":"hello","x":"\ud800"}"#, "the escape at byte 21 is half of a surrogate pair without the other half"),
    ];
    for (text, expected) in table {
        assert_eq!(Slack.recognise(text).unwrap_err().to_string(), expected);
    }
}

#[test]
fn the_configuration_is_what_it_is_applied_as() {
    assert_eq!(Slack::CONFIG.clamped(), Slack::CONFIG);
    assert_eq!((Slack::CONFIG.overlap_max, Slack::CONFIG.closing_timeout), (Millis::from_secs(15), Millis::from_secs(1)));
    assert!(!Slack::CONFIG.acceptance_timeout.is_zero());
    assert_eq!(Slack::CONFIG.start_spread, Millis::from_secs(1), "instances that are started together do not dial together");
    assert_eq!((Slack::NAME, Slack::SUBPROTOCOLS.len()), ("slack", 0));
}

#[test]
fn plain_says_nothing() {
    assert_eq!((Plain::NAME, Plain::CONFIG, Plain::SUBPROTOCOLS.len()), ("plain", relink_core::Config::DEFAULT, 0));
    let Ok(text) = Plain.recognise("{");
    assert_eq!((text, Plain::report(&text), Plain.verdict(Ending::Closed(None))), ("{", None, None));
}
