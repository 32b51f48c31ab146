//! What is written as an acknowledgement, and what is refused.
#![allow(clippy::unwrap_used, clippy::arithmetic_side_effects, clippy::indexing_slicing, reason = "a test may panic")]

use proptest::prelude::*;
use relink_profiles::json::{Fault, Problem};
use relink_profiles::slack::ack::{Refused, bare, with_payload};
use relink_profiles::slack::limits::FRAME_BYTES_MAX;
use serde_json::{Value, json};

const ID: &str = "dbdd0ef3-1543-4f94-bfb4-133d0e6c1545";

#[test]
fn a_bare_one_and_one_with_a_payload() {
    let buffer = &mut [0xFF; 200];
    assert_eq!(bare(buffer, "e1").unwrap(), r#"{"envelope_id":"e1"}"#);
    let payload = " { \"text\" : \"\\u00e9\" }\n";
    assert_eq!(with_payload(buffer, "e1", payload).unwrap(), r#"{"envelope_id":"e1","payload":{ "text" : "\u00e9" }}"#);
    assert_eq!(bare(buffer, "\"\\\u{1}\u{1f}\né😀\u{7f}").unwrap(), "{\"envelope_id\":\"\\\"\\\\\\u0001\\u001f\\u000aé😀\u{7f}\"}");
}

/// An acknowledgement of so many bytes.
fn of_length(bytes: usize, buffer: &mut [u8]) -> Result<usize, Refused> {
    let around = format!(r#"{{"envelope_id":"{ID}","payload":""}}"#).len();
    with_payload(buffer, ID, &format!("\"{}\"", "x".repeat(bytes - around))).map(str::len)
}

#[test]
fn the_longest_is_sent_and_one_byte_more_is_refused() {
    let mut buffer = vec![0; 30_000];
    assert_eq!(FRAME_BYTES_MAX, 20_479);
    assert_eq!(of_length(20_479, &mut buffer), Ok(20_479));
    assert_eq!(of_length(20_480, &mut buffer), Err(Refused::TooLarge { bytes: 20_480 }));
    assert_eq!(of_length(25_000, &mut buffer[..10]), Err(Refused::TooLarge { bytes: 25_000 }));
    // What is offered then.
    assert!(bare(&mut buffer, ID).is_ok());
    assert!(Refused::TooLarge { bytes: 20_480 }.to_string().contains("acknowledge without a payload"));
    assert_eq!(bare(&mut buffer, &"i".repeat(20_480)), Err(Refused::TooLarge { bytes: 20_498 }));
}

#[test]
fn a_buffer_that_is_too_small_says_how_large_it_should_be() {
    let exact = format!(r#"{{"envelope_id":"{ID}"}}"#);
    let mut buffer = vec![0; exact.len()];
    assert_eq!(bare(&mut buffer, ID), Ok(exact.as_str()));
    buffer.pop();
    assert_eq!(bare(&mut buffer, ID), Err(Refused::Buffer { bytes: exact.len() }));
    assert_eq!(bare(&mut [], ID), Err(Refused::Buffer { bytes: exact.len() }));
}

#[test]
fn a_payload_must_be_one_value() {
    let refused = |at, problem| Err(Refused::Payload(Fault { at, problem }));
    let deep = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
    let buffer = &mut [0; 1000];
    assert_eq!(with_payload(buffer, "e", ""), refused(0, Problem::Ends));
    assert_eq!(with_payload(buffer, "e", "1,\"x\":2"), refused(1, Problem::Trailing));
    assert_eq!(with_payload(buffer, "e", "{\"a\":\"\n\"}"), refused(6, Problem::Control));
    assert!(with_payload(buffer, "e", &deep(127)).is_ok());
    assert_eq!(with_payload(buffer, "e", &deep(128)), refused(127, Problem::TooDeep));
}

proptest! {
    #[test]
    fn any_id_comes_back_as_it_was(id: String, payload: Option<String>) {
        let mut buffer = vec![0; FRAME_BYTES_MAX];
        let (ack, expected): (&str, Value) = match payload {
            None => (bare(&mut buffer, &id).unwrap(), json!({ "envelope_id": id })),
            Some(text) => (
                with_payload(&mut buffer, &id, &json!({ "text": text }).to_string()).unwrap(),
                json!({ "envelope_id": id, "payload": { "text": text } }),
            ),
        };
        prop_assert_eq!(serde_json::from_str::<Value>(ack).unwrap(), expected);
    }
}
