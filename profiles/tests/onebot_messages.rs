//! What each of OneBot's messages is read as, field by field, and what it says to the link.
#![allow(clippy::panic, clippy::unwrap_used, reason = "a test may panic")]

use relink_core::{Backoff, Config, Millis, Report, Verdict};
use relink_profiles::json::{Fault, Problem};
use relink_profiles::onebot::limits::{
    DEFAULT_PORT, DISABLE_SPREAD, HEARTBEAT_INTERVAL, HEARTBEAT_TOLERANCE_MIN, MESSAGE_BYTES_MAX, RECONNECT_INTERVAL, heartbeat_deadline,
};
use relink_profiles::onebot::{
    Action, Application, Event, Heartbeat, Implementation, Incoming, Lifecycle, Malformed, PostType, Request, Response, SelfId, Stage,
    Status, retcode,
};
use relink_profiles::{Error, Profile};

fn read(text: &str) -> Incoming<'_> {
    Application.recognise(text).unwrap()
}

fn report(text: &str) -> Option<Report> {
    Application::report(&read(text))
}

fn lifecycle(text: &str) -> Lifecycle<'_> {
    let Incoming::Lifecycle(lifecycle) = read(text) else { panic!("no lifecycle: {text}") };
    lifecycle
}

fn heartbeat(text: &str) -> Heartbeat<'_> {
    let Incoming::Heartbeat(heartbeat) = read(text) else { panic!("no heartbeat: {text}") };
    heartbeat
}

fn event(text: &str) -> Event<'_> {
    let Incoming::Event(event) = read(text) else { panic!("no event: {text}") };
    assert_eq!(report(text), None);
    event
}

fn response(text: &str) -> Response<'_> {
    let Incoming::Response(response) = read(text) else { panic!("no response: {text}") };
    response
}

fn request(text: &str) -> Request<'_> {
    let Ok(request) = Implementation.recognise(text);
    assert_eq!(Implementation::report(&request), None);
    request
}

#[test]
fn each_stage_of_a_life() {
    let renew = Report::Asked(Verdict::Renew { within: DISABLE_SPREAD });
    let table =
        [("connect", Stage::Connect, Some(Report::Accepted)), ("enable", Stage::Enable, None), ("disable", Stage::Disable, Some(renew))];
    for (name, stage, expected) in table {
        let text = format!(
            r#"{{"time":1515204254,"self_id":10001000,"post_type":"meta_event","meta_event_type":"lifecycle","sub_type":"{name}"}}"#
        );
        let read = lifecycle(&text);
        assert_eq!((read.stage, read.time, read.self_id), (stage, Some(1_515_204_254), Some(SelfId::new(10_001_000))));
        assert_eq!((read.odd, report(&text), stage.to_string().as_str()), (None, expected, name));
    }
    let other = lifecycle(r#"{"post_type":"meta_event","meta_event_type":"lifecycle","sub_type":"re\u0073t"}"#);
    assert_eq!((other.stage.to_string().as_str(), other.time, other.self_id, other.odd), ("rest", None, None, None));
    let none = r#"{"post_type":"meta_event","meta_event_type":"lifecycle","sub_type":7}"#;
    assert_eq!(lifecycle(none).odd, Some(Error::Wrong { field: "sub_type", expected: "a text" }));
    assert_eq!((lifecycle(none).stage.to_string().as_str(), report(none)), ("", None));
}

#[test]
fn a_heartbeat_promises_the_next() {
    let text = include_str!("../fuzz/corpus/onebot/heartbeat-documented.json");
    let read = heartbeat(text);
    assert_eq!((read.online, read.good, read.interval), (Some(true), Some(true), Some(Millis::new(15_000))));
    assert_eq!((read.time, read.self_id, read.odd), (Some(1_515_204_254), Some(SelfId::new(10_001_000)), None));
    assert_eq!(report(text), Some(Report::Pulse(Millis::new(22_500))));
    let stat = heartbeat(include_str!("../fuzz/corpus/onebot/heartbeat-with-statistics.json"));
    assert_eq!((stat.online, stat.good), (None, Some(true)), "null: it cannot be told");
    assert!(stat.status.unwrap().contains(r#""packet_lost":0"#), "the exact bytes");
}

#[test]
fn an_odd_heartbeat_promises_what_can_be_told() {
    let beat = |fields: &str| format!(r#"{{"post_type":"meta_event","meta_event_type":"heartbeat",{fields}}}"#);
    let pulse = |fields: &str| report(&beat(fields));
    assert_eq!(pulse(r#""interval":0"#), Some(Report::Pulse(Millis::ZERO)), "it takes its promise back");
    assert_eq!(pulse(r#""interval":4294967295"#), Some(Report::Pulse(Millis::MAX)));
    assert_eq!(pulse(r#""interval":9223372036854775807"#), Some(Report::Pulse(Millis::MAX)), "longer than can be told");
    let wrong = |field, expected| Some(Error::Wrong { field, expected });
    for interval in ["-1", "1.5", "\"15000\"", "9223372036854775808", "[]", "true"] {
        let text = beat(&format!(r#""interval":{interval}"#));
        assert_eq!(report(&text), None, "what was promised before holds: {interval}");
        assert_eq!(heartbeat(&text).odd, wrong("interval", "a whole number, not negative"));
    }
    assert_eq!(pulse(r#""time":1"#), None);
    let odd = beat(r#""status":[],"interval":1000"#);
    assert_eq!((heartbeat(&odd).odd, report(&odd)), (wrong("status", "an object"), Some(Report::Pulse(Millis::new(6000)))));
    assert_eq!(heartbeat(&beat(r#""status":{"online":1,"good":"yes"}"#)).odd, wrong("online", "true or false"));
    assert_eq!(heartbeat(&beat(r#""status":{"good":true,"good":false}"#)).odd, Some(Error::Twice("good")));
}

#[test]
fn the_protocols_numbers() {
    assert_eq!((DEFAULT_PORT, HEARTBEAT_INTERVAL.get(), RECONNECT_INTERVAL.get()), (6700, 15_000, 3000));
    assert_eq!((MESSAGE_BYTES_MAX, DISABLE_SPREAD.get()), (52_428_800, 3000));
    assert_eq!([retcode::BAD_REQUEST, retcode::UNAUTHORIZED, retcode::FORBIDDEN, retcode::NOT_FOUND], [1400, 1401, 1403, 1404]);
}

#[test]
fn the_tolerance_is_half_of_the_interval_and_no_less_than_some_seconds() {
    let least = HEARTBEAT_TOLERANCE_MIN.get();
    for (interval, expected) in [(0, 0), (1, 1 + least), (10_000, 10_000 + least), (30_000, 45_000), (u32::MAX, u32::MAX)] {
        assert_eq!(heartbeat_deadline(Millis::new(interval)).get(), expected, "{interval}");
    }
}

#[test]
fn accounts_are_numbers_of_64_bits_in_strings_too() {
    let of = |id: &str| {
        let text = format!(r#"{{"post_type":"notice","self_id":{id}}}"#);
        (event(&text).self_id.map(SelfId::get), event(&text).odd.is_some())
    };
    assert_eq!(of("10001000"), (Some(10_001_000), false));
    assert_eq!(of("9223372036854775807"), (Some(i64::MAX), false));
    assert_eq!(of("-9223372036854775808"), (Some(i64::MIN), false));
    assert_eq!(of("\"9223372036854775807\""), (Some(i64::MAX), false));
    assert_eq!(of("null"), (None, false));
    for odd in ["9223372036854775808", "1e3", "1.0", "\"\"", "\"abc\"", "\"+1\"", "\"01\"", "\"-\"", "\"-0\"", "\"\\u0031\"", "{}", "true"]
    {
        assert_eq!(of(odd), (None, true), "{odd}");
    }
    assert_eq!(SelfId::in_header(" 10001000 ").map(|id| id.to_string()).as_deref(), Some("10001000"));
    assert_eq!(SelfId::in_header("0"), Some(SelfId::new(0)));
    assert_eq!(SelfId::in_header("00"), None);
}

#[test]
fn events_are_handed_on_as_they_came() {
    let kinds = [
        ("message", PostType::Message),
        ("message_sent", PostType::MessageSent),
        ("notice", PostType::Notice),
        ("request", PostType::Request),
        ("meta_event", PostType::MetaEvent),
    ];
    for (name, kind) in kinds {
        let text = format!(" {{\"post_type\":\"{name}\",\"time\":1,\"self_id\":2, \"message\":[{{\"type\":\"\\ud83d\\ude00\"}}]}}\n");
        let read = event(&text);
        assert_eq!((read.post_type, read.text, read.time, read.odd), (kind, text.as_str(), Some(1), None));
        assert_eq!(kind.to_string(), name);
    }
    let other = event(r#"{"post_type":"moon","status":{},"retcode":1403}"#);
    assert_eq!(other.post_type.to_string(), "moon");
    let meta = event(r#"{"post_type":"meta_event","meta_event_type":"eclipse"}"#);
    assert_eq!(meta.post_type, PostType::MetaEvent);
    assert_eq!(event(r#"{"post_type":"message","meta_event_type":"lifecycle","sub_type":"disable"}"#).post_type, PostType::Message);
}

#[test]
fn a_response_keeps_data_and_echo_as_they_came() {
    for echo in ["1", "-1.50e3", "\"\\u0031\"", "[ 1 ,\"]\"]", "{\"a\" : {}}", "true", "\"\"", "12345678901234567890123"] {
        let text = format!(r#"{{"status":"ok","retcode":0,"data":{{"message_id" : 1.0}},"echo": {echo} }}"#);
        let read = response(&text);
        assert_eq!((read.echo, read.data), (Some(echo), Some(r#"{"message_id" : 1.0}"#)));
        assert_eq!((read.status, read.retcode, read.odd, report(&text)), (Status::Ok, Some(retcode::OK), None, None));
    }
    let failed = response(r#"{"status":"failed","retcode":1404,"data":null,"echo":"123","msg":"API_NOT_FOUND","wording":"no such API"}"#);
    assert_eq!((failed.status, failed.retcode, failed.data), (Status::Failed, Some(retcode::NOT_FOUND), None));
    assert_eq!((failed.call(), failed.words.unwrap().to_string().as_str()), (Some(123), "no such API"));
    let odd = response(r#"{"retcode":"0","echo":null,"status":"so\u002dso"}"#);
    assert_eq!((odd.retcode, odd.echo, odd.status.as_str()), (None, None, "so\\u002dso"));
    assert_eq!(odd.odd, Some(Error::Wrong { field: "retcode", expected: "a whole number of at most 64 bits" }));
    assert_eq!(response(r#"{"echo":17}"#).call(), Some(17));
}

#[test]
fn whether_it_went_well() {
    for text in [r#"{"status":"ok"}"#, r#"{"status":"async","retcode":1}"#, r#"{"retcode":0}"#, r#"{"status":"?","retcode":1}"#] {
        assert!(response(text).is_success(), "{text}");
    }
    for text in [r#"{"status":"failed","retcode":0}"#, r#"{"retcode":100}"#, r#"{"echo":1}"#, r#"{"status":"?","retcode":1404}"#] {
        assert!(!response(text).is_success(), "{text}");
    }
}

#[test]
fn a_refused_token_ends_the_link_and_a_refused_action_does_not() {
    let give_up = Some(Report::Asked(Verdict::GiveUp));
    let napcat = include_str!("../fuzz/corpus/onebot/response-token-is-wrong.json");
    assert_eq!(report(napcat), give_up);
    assert_eq!(response(napcat).words.unwrap().to_string(), "token验证失败");
    assert_eq!(report(r#"{"retcode":1401}"#), give_up);
    for text in [
        r#"{"status":"failed","retcode":1403,"echo":"1"}"#,
        r#"{"status":"failed","retcode":1401,"echo":""}"#,
        r#"{"status":"failed","retcode":1400}"#,
        r#"{"status":"failed","retcode":1404,"echo":null}"#,
    ] {
        assert_eq!((report(text), response(text).is_refusal()), (None, false), "{text}");
    }
}

#[test]
fn what_is_refused_says_why() {
    let table = [
        ("", "the JSON text ends too early, after 0 bytes"),
        ("[]", "the text is no JSON object"),
        ("{}", "the message has no \"post_type\""),
        (r#"{"post_type":""}"#, "\"post_type\" in the message is not a text with something in it"),
        (r#"{"post_type":7,"retcode":1403}"#, "\"post_type\" in the message is not a text with something in it"),
        (r#"{"post_type":"message","post_type":"message"}"#, "the message has \"post_type\" twice"),
        (r#"{"echo":1,"echo":2}"#, "the message has \"echo\" twice"),
        (r#"{"post_type":"message","x":"\ud800"}"#, "the escape at byte 28 is half of a surrogate pair without the other half"),
        (r#"{"action":"get_status"}"#, "the message has no \"post_type\""),
    ];
    for (text, expected) in table {
        assert_eq!(Application.recognise(text).unwrap_err().to_string(), expected, "{text}");
    }
}

#[test]
fn an_action_keeps_params_and_echo_as_they_came() {
    let text = r#"{"action":"send_private_msg","params":{"user_id":10001000,"message":"\u4f60\u597d"},"echo":"123"}"#;
    let Request::Action(action) = request(text) else { panic!("malformed") };
    assert_eq!(action.action, "send_private_msg");
    assert_eq!(action.params, Some(r#"{"user_id":10001000,"message":"\u4f60\u597d"}"#));
    assert_eq!((action.echo, request(text).echo()), (Some("\"123\""), Some("\"123\"")));
    for echo in ["null", "0", "[1,2]", "{\"a\":[]}", "false"] {
        let text = format!(r#"{{"action":"get_status","echo":{echo}}}"#);
        assert!(matches!(request(&text), Request::Action(Action { params: None, echo: Some(same), .. }) if same == echo), "{echo}");
    }
    assert!(matches!(request(r#"{"action":"get_status","params":null}"#), Request::Action(Action { params: None, echo: None, .. })));
}

#[test]
fn what_is_no_action_is_still_answered_under_its_echo() {
    let at = |at, problem| Error::Json(Fault { at, problem });
    let table = [
        (r#"{"echo":[1]}"#, Some("[1]"), Error::Missing("action")),
        (r#"{"action":null,"echo":null}"#, Some("null"), Error::Missing("action")),
        (r#"{"action":"","echo":1}"#, Some("1"), Error::Wrong { field: "action", expected: "a text with something in it" }),
        (r#"{"action":"a","params":{tru},"echo":"e"}"#, Some("\"e\""), at(24, Problem::Unexpected)),
        (r#"{"echo":"e","action":"a","params":{"#, Some("\"e\""), at(35, Problem::Ends)),
        (r#"{"action":"a","echo":1,"echo":2}"#, None, Error::Twice("echo")),
        ("get_status", None, at(0, Problem::NotAnObject)),
    ];
    for (text, echo, why) in table {
        assert_eq!(request(text), Request::Malformed(Malformed { echo, why }), "{text}");
    }
}

#[test]
fn the_configurations_are_what_they_are_applied_as() {
    let accepted = [Application::ACCEPTED, Implementation::ACCEPTED];
    for config in [Application::CONFIG, Application::API, Implementation::CONFIG].into_iter().chain(accepted) {
        assert_eq!(config.clamped(), config);
        assert_eq!(config.redial, !accepted.contains(&config));
    }
    assert_eq!(accepted, [Config::ACCEPTED; 2]);
    assert!(!Application::CONFIG.acceptance_timeout.is_zero() && Application::API.acceptance_timeout.is_zero());
    assert!(Implementation::CONFIG.acceptance_timeout.is_zero());
    for Backoff { first_spread, delay_min, delay_max, failures_max, .. } in [Application::CONFIG.backoff, Implementation::CONFIG.backoff] {
        assert_eq!(
            (first_spread, delay_min, delay_max, failures_max),
            (RECONNECT_INTERVAL, Millis::from_secs(3), Millis::from_secs(60), 0)
        );
    }
    assert_eq!((Application::NAME, Implementation::NAME), ("onebot", "onebot-implementation"));
    assert_eq!((Application::SUBPROTOCOLS.len(), Implementation::SUBPROTOCOLS.len()), (0, 0));
}

#[test]
fn what_says_something_to_the_link_is_seen_without_being_read_and_most_is_seen_to_say_nothing() {
    let heartbeat = r#"{"post_type":"meta_event","meta_event_type":"heartbeat","interval":1}"#;
    let escaped = [
        heartbeat.to_owned(),
        heartbeat.replace("meta_event\",", r#"\u006deta_event","#),
        heartbeat.replace("meta_event\",", r#"meta\u005Fevent","#),
        heartbeat.replace("post_type", r"post\u005ftype").replace("meta_event\",", r#"meta_even\u0074","#),
        r#"{"retcode":1401}"#.to_owned(),
        r#"{"status":"failed","retcode":1403}"#.to_owned(),
    ];
    for text in escaped {
        assert!(report(&text).is_some() && Incoming::may_report(&text), "{text}");
    }
    let most = [
        r#"{"post_type":"message","raw_message":"你好","message_id":12345,"self_id":10001}"#,
        r#"{"post_type":"notice","raw_message":"\u4f60\u597d\n"}"#,
        r#"{"status":"ok","retcode":0,"data":{"message_id":7},"echo":"12"}"#,
    ];
    for text in most {
        assert!(report(text).is_none() && !Incoming::may_report(text), "{text}");
    }
}
