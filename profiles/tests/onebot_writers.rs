//! What is written as OneBot's messages, that it is read again as it was meant, and which echoes are the same.
#![allow(clippy::panic, clippy::unwrap_used, clippy::arithmetic_side_effects, clippy::indexing_slicing, reason = "a test may panic")]

use proptest::prelude::*;
use relink_core::Millis;
use relink_profiles::json::{Fault, Problem};
use relink_profiles::onebot::write::{Echo, Health, action, heartbeat, lifecycle, response};
use relink_profiles::onebot::{Application, Implementation, Incoming, Request, SelfId, Stage, Status, echo};
use relink_profiles::{Profile, Unwritten};
use serde_json::{Value, json};

const ME: SelfId = SelfId::new(10_001_000);

#[test]
fn each_message_as_it_is_written() {
    let buffer = &mut [0xFF; 200];
    assert_eq!(
        lifecycle(buffer, Stage::Connect, 1_515_204_254, ME).unwrap(),
        r#"{"time":1515204254,"self_id":10001000,"post_type":"meta_event","meta_event_type":"lifecycle","sub_type":"connect"}"#
    );
    assert!(lifecycle(buffer, Stage::Enable, 0, ME).unwrap().ends_with(r#""sub_type":"enable"}"#));
    assert!(
        lifecycle(buffer, Stage::Disable, -7, SelfId::new(i64::MIN)).unwrap().starts_with(r#"{"time":-7,"self_id":-9223372036854775808,"#)
    );
    let health = Health { online: None, good: false };
    assert_eq!(
        heartbeat(buffer, health, Millis::new(15_000), 1, ME).unwrap(),
        r#"{"time":1,"self_id":10001000,"post_type":"meta_event","meta_event_type":"heartbeat","status":{"online":null,"good":false},"interval":15000}"#
    );
    assert_eq!(action(buffer, "get_status", None, Echo::None).unwrap(), r#"{"action":"get_status"}"#);
    assert_eq!(
        action(buffer, "a\"\\\n😀", Some(" {\"x\" : 1} "), Echo::Call(17)).unwrap(),
        "{\"action\":\"a\\\"\\\\\\u000a😀\",\"params\":{\"x\" : 1},\"echo\":\"17\"}"
    );
    assert_eq!(
        response(buffer, Status::Failed, 1404, None, Echo::Raw("[1]")).unwrap(),
        r#"{"status":"failed","retcode":1404,"data":null,"echo":[1]}"#
    );
    assert_eq!(response(buffer, Status::Ok, 0, Some("[]"), Echo::None).unwrap(), r#"{"status":"ok","retcode":0,"data":[]}"#);
}

#[test]
fn an_unknown_stage_or_status_is_written_with_its_escapes() {
    let text = r#"{"post_type":"meta_event","meta_event_type":"lifecycle","sub_type":"\u0022\n"}"#;
    let Ok(Incoming::Lifecycle(read)) = Application.recognise(text) else { panic!("no lifecycle") };
    assert!(lifecycle(&mut [0; 200], read.stage, 1, ME).unwrap().ends_with(r#""sub_type":"\u0022\n"}"#));
    let Ok(Incoming::Response(read)) = Application.recognise(r#"{"status":"\"","retcode":5}"#) else { panic!("no response") };
    assert_eq!(response(&mut [0; 99], read.status, 5, None, Echo::None).unwrap(), r#"{"status":"\"","retcode":5,"data":null}"#);
}

#[test]
fn a_buffer_that_is_too_small_says_how_large_it_should_be() {
    let mut buffer = [0; 300];
    let exact = lifecycle(&mut buffer, Stage::Connect, 1, ME).unwrap().len();
    assert!(lifecycle(&mut buffer[..exact], Stage::Connect, 1, ME).is_ok());
    assert_eq!(lifecycle(&mut buffer[..exact - 1], Stage::Connect, 1, ME), Err(Unwritten::Buffer { bytes: exact }));
    assert_eq!(action(&mut [], "a", None, Echo::Call(u64::MAX)), Err(Unwritten::Buffer { bytes: 44 }));
    assert_eq!(Unwritten::Buffer { bytes: 43 }.to_string(), "the message needs a buffer of 43 bytes");
}

#[test]
fn what_is_given_as_json_must_be_one_value() {
    let buffer = &mut [0; 300];
    let no = |field, at, problem| Err(Unwritten::Json { field, fault: Fault { at, problem } });
    assert_eq!(action(buffer, "a", Some("{},\"x\":1"), Echo::None), no("params", 2, Problem::Trailing));
    assert_eq!(action(buffer, "a", None, Echo::Raw("")), no("echo", 0, Problem::Ends));
    assert_eq!(response(buffer, Status::Ok, 0, Some("tru"), Echo::None), no("data", 3, Problem::Ends));
    let deep = "[".repeat(128) + &"]".repeat(128);
    assert_eq!(response(buffer, Status::Ok, 0, None, Echo::Raw(&deep)), no("echo", 127, Problem::TooDeep));
}

#[test]
fn our_calls_are_known_again_however_the_peer_writes_them() {
    for same in ["\"17\"", "17", r#""\u0031\u0037""#, " \"17\" "] {
        assert_eq!(echo::call(same), Some(17), "{same}");
    }
    assert_eq!((echo::call("\"0\""), echo::call("\"18446744073709551615\"")), (Some(0), Some(u64::MAX)));
    for other in [
        "\"\"",
        "\"017\"",
        "\"+17\"",
        "\"-17\"",
        "17.0",
        "1e1",
        "\"17 \"",
        "\"1７\"",
        "null",
        "[17]",
        "18446744073709551616",
        "17 17",
        "\"",
    ] {
        assert_eq!(echo::call(other), None, "{other}");
    }
}

#[test]
fn echoes_are_the_same_value() {
    for (sent, came) in
        [("1", " 1"), ("{ \"a\" : [1, 2] }", "{\"a\":[1,2]}"), ("\"é😀/\"", "\"\\u00e9\\uD83D\\uDE00\\/\""), ("\"a b\"", "\"a b\"")]
    {
        assert!(echo::is_same(sent, came) && echo::is_same(came, sent), "{sent} {came}");
    }
    for (sent, came) in [("1", "\"1\""), ("1", "1.0"), ("\"a b\"", "\"ab\""), ("[1]", "[1,1]"), ("\"[\"", "["), ("\"\\\"\"", "\"\"")] {
        assert!(!echo::is_same(sent, came) && !echo::is_same(came, sent), "{sent} {came}");
    }
}

proptest! {
    #[test]
    fn what_is_written_is_what_was_meant(name: String, text: String, number: u64, time: i64, id: i64) {
        let buffer = &mut vec![0; 20_000];
        let params = json!({ "text": text }).to_string();
        let written = action(buffer, &name, Some(&params), Echo::Call(number)).unwrap();
        prop_assert_eq!(serde_json::from_str::<Value>(written).unwrap(), json!({ "action": name, "params": { "text": text }, "echo": number.to_string() }));
        let Ok(request) = Implementation.recognise(written);
        prop_assert_eq!(request.echo().and_then(echo::call), Some(number));
        prop_assert_eq!(matches!(request, Request::Action(action) if action.action == name.as_str()), !name.is_empty());
        let written = lifecycle(buffer, Stage::Disable, time, SelfId::new(id)).unwrap();
        let Ok(Incoming::Lifecycle(read)) = Application.recognise(written) else { panic!("no lifecycle") };
        prop_assert_eq!((read.stage, read.time, read.self_id, read.odd), (Stage::Disable, Some(time), Some(SelfId::new(id)), None));
    }

    #[test]
    fn any_echo_comes_back_as_it_was(text: String, number: i64) {
        for sent in [json!(text), json!([text, number]), json!({ "a": { &text: number } })].map(|value| value.to_string()) {
            let buffer = &mut vec![0; 20_000];
            let answer = response(buffer, Status::Ok, 0, None, Echo::Raw(&sent)).unwrap();
            let Ok(Incoming::Response(read)) = Application.recognise(answer) else { panic!("no response") };
            prop_assert_eq!(read.echo, Some(sent.as_str()));
            let pretty = serde_json::to_string_pretty(&serde_json::from_str::<Value>(&sent).unwrap()).unwrap();
            prop_assert!(echo::is_same(&sent, &pretty));
            prop_assert!(!echo::is_same(&sent, &json!([sent]).to_string()));
        }
    }
}
