//! What holds of any text that comes in, with `serde_json` as the reference. Tests and the fuzzer ask the same.

pub(crate) mod graphql;
pub(crate) mod onebot;
pub(crate) mod slack;

use std::collections::BTreeMap;

use relink_profiles::json::{DEPTH_MAX, Members, Problem, check};
use serde_json::Value as Reference;

/// Panics if `text` is read in another way than `serde_json` reads it, or if what is made of it contradicts itself.
#[allow(dead_code, reason = "a fuzz target asks about one protocol")]
pub(crate) fn holds(text: &str) {
    json_holds(text);
    slack::holds(text);
    onebot::holds(text);
    graphql::holds(text);
}

pub(crate) fn json_holds(text: &str) {
    let reference = reference(text);
    members_are_the_same(text, &reference);
    any_value_is_checked_the_same(text, &reference);
}

/// What `serde_json` makes of the text; none, if nothing. Some texts are JSON that `serde_json` takes for too much.
fn reference(text: &str) -> Result<Reference, bool> {
    serde_json::from_str(text).map_err(|error| {
        let error = error.to_string();
        error.starts_with("number out of range") || error.starts_with("recursion limit exceeded")
    })
}

fn members_are_the_same(text: &str, reference: &Result<Reference, bool>) {
    let mut members = BTreeMap::new();
    let mut fault = None;
    for member in Members::of(text) {
        match member.map(|member| (member.name.to_string(), member.value)) {
            Ok((name, Ok(value))) => drop(members.insert(name, value)),
            Ok((_, Err(error))) | Err(error) => fault = fault.or(Some(error)),
        }
    }
    if let Some(fault) = fault {
        assert!(fault.at <= text.len());
        assert!(!fault.to_string().is_empty());
    }
    match (reference, fault) {
        (Ok(Reference::Object(object)), None) => {
            assert_eq!(object.len(), members.len());
            for (name, value) in members {
                assert!(text.as_bytes().as_ptr_range().contains(&value.raw().as_ptr()), "a slice of the text");
                let expected = &object[&name];
                assert_eq!(&serde_json::from_str::<Reference>(value.raw()).unwrap(), expected, "the exact bytes of {name}");
                assert_eq!(value.text().map(|text| text.to_string()).as_deref(), expected.as_str());
                assert_eq!(value.flag(), expected.as_bool());
                assert_eq!(value.is_null(), expected.is_null());
                let number = expected.as_u64().and_then(|number| u32::try_from(number).ok());
                assert_eq!(value.number(), number, "{}", value.raw());
                assert_eq!(value.signed(), expected.as_i64().or(zero(value.raw())), "{}", value.raw());
                assert_eq!(value.members().is_some(), expected.is_object());
            }
        }
        (Ok(Reference::Object(_)), Some(fault)) => panic!("serde_json reads what is taken for broken: {fault}"),
        (Ok(_), fault) => assert_eq!(fault.map(|fault| fault.problem), Some(Problem::NotAnObject)),
        (Err(too_much), None) => assert!(too_much, "serde_json finds it broken"),
        (Err(_), Some(_)) => {}
    }
}

fn any_value_is_checked_the_same(text: &str, reference: &Result<Reference, bool>) {
    match (reference, check(text, 0)) {
        (Ok(_), Ok(value)) => assert_eq!(value.raw(), text.trim_matches([' ', '\t', '\n', '\r'])),
        (Ok(_), Err(fault)) => panic!("serde_json reads what is taken for broken: {fault}"),
        (Err(too_much), Ok(_)) => assert!(too_much, "serde_json finds it broken"),
        (Err(_), Err(_)) => {}
    }
    // At the limit nothing can be nested any more.
    let nested = text.trim_start_matches([' ', '\t', '\n', '\r']).starts_with(['{', '[']);
    assert!(!nested || check(text, DEPTH_MAX).is_err());
}

/// To `serde_json` this is no whole number.
fn zero(number: &str) -> Option<i64> {
    (number == "-0").then_some(0)
}

/// Whether a slice is the same JSON value as one of the reference's.
fn is_same(raw: &str, expected: &Reference) -> bool {
    serde_json::from_str::<Reference>(raw).is_ok_and(|value| value == *expected)
}
