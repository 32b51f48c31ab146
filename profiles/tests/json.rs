//! The proof of the JSON reader: any document that `serde_json` writes has the same members, any text the same faults.
#![allow(clippy::panic, clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "a test may panic")]

mod property;

use proptest::prelude::*;
use relink_profiles::json::{Fault, Members, Problem, Text};
use serde_json::{Map, Value};

/// Strings with what is special in JSON, and with what has to be escaped as a pair.
fn string() -> impl Strategy<Value = String> {
    let special = prop_oneof![
        prop::sample::select(vec!['"', '\\', '/', '\u{0}', '\u{1f}', '\u{7f}', '\n', '\t', '\u{8}', '\u{c}', '{', '}', '[', ']', ',', ':']),
        prop::sample::select(vec!['é', '\u{2028}', '\u{fffd}', '\u{ffff}', '😀', '\u{10ffff}']),
        any::<char>(),
    ];
    prop::collection::vec(special, 0..12).prop_map(|chars| chars.into_iter().collect())
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        prop::sample::select(vec![0.0, -0.0, 0.5, -0.1, 1e21, 1e300, 5e-324]).prop_map(Value::from),
        string().prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 64, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Value::from),
            prop::collection::vec((string(), inner), 0..8).prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// As Python's `json` writes it: nothing but ASCII, so that an emoji is a surrogate pair.
fn ascii(text: &str) -> String {
    let escape = |char: char| match char {
        ' '..='~' => char.to_string(),
        _ => char.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04X}")).collect(),
    };
    text.chars().map(escape).collect()
}

proptest! {
    #[test]
    fn members_are_read_as_they_were_written(members in prop::collection::vec((string(), value()), 0..8), pretty: bool, only_ascii: bool) {
        let object: Map<String, Value> = members.into_iter().collect();
        let written = if pretty { serde_json::to_string_pretty(&object) } else { serde_json::to_string(&object) }.unwrap();
        // Blanks between the tokens of a pretty document are no part of a string.
        let text = if only_ascii && !pretty { ascii(&written) } else { written };
        let read: Vec<_> = Members::of(&text).map(Result::unwrap).collect();
        prop_assert_eq!(read.len(), object.len());
        for (member, (name, value)) in read.iter().zip(&object) {
            prop_assert!(member.name == name.as_str());
            prop_assert_eq!(member.name.to_string(), name.clone());
            prop_assert_eq!(member.name.chars().collect::<String>(), name.clone());
            let raw = member.value.unwrap().raw();
            prop_assert_eq!(&serde_json::from_str::<Value>(raw).unwrap(), value);
            if !pretty {
                let exact = serde_json::to_string(value).unwrap();
                prop_assert_eq!(raw, if only_ascii { ascii(&exact) } else { exact });
            }
        }
        property::holds(&text);
    }

    #[test]
    fn a_string_means_what_serde_json_makes_of_it(meant in string(), only_ascii: bool) {
        let written = serde_json::to_string(&meant).unwrap();
        let text = format!("{{\"a\":{}}}", if only_ascii { ascii(&written) } else { written });
        let value = Members::of(&text).next().unwrap().unwrap().value.unwrap();
        let read = value.text().unwrap();
        prop_assert!(read == meant.as_str());
        let longer = meant.clone() + "x";
        prop_assert!(read != longer.as_str());
        prop_assert_eq!(read.plain(), (!read.raw().contains('\\')).then_some(meant.as_str()));
        let mut buffer = vec![0; meant.len()];
        prop_assert_eq!(read.write_to(&mut buffer), Some(meant.as_str()));
        if let Some((_, short)) = buffer.split_first_mut() {
            prop_assert_eq!(read.write_to(short), None);
        }
    }

    #[test]
    fn what_is_changed_anywhere_is_judged_the_same(value in value(), at: prop::sample::Index, char in any::<char>(), insert: bool) {
        let text = serde_json::json!({ "envelope_id": "1", "type": "events_api", "payload": value }).to_string();
        let mut chars: Vec<char> = text.chars().collect();
        let at = at.index(chars.len());
        if insert { chars.insert(at, char) } else { chars[at] = char }
        property::holds(&chars.into_iter().collect::<String>());
    }

    #[test]
    fn what_looks_like_json_is_judged_the_same(text in r#"\{?("[a-c\\u0-9]{0,5}"|[-+0-9.eE]{1,5}|[\[\]{}:,]|true|null| |\\ud83d|\\ude00){0,12}\}?"#) {
        property::holds(&text);
    }

    #[test]
    fn any_text_is_judged_the_same(text in any::<String>()) {
        property::holds(&text);
    }
}

fn faults(text: &str) -> Vec<Fault> {
    Members::of(text).filter_map(|member| member.and_then(|member| member.value).err()).collect()
}

#[test]
fn faults_are_named_where_they_are() {
    let table = [
        ("", 0, Problem::Ends),
        ("[]", 0, Problem::NotAnObject),
        ("{\"a\"", 4, Problem::Ends),
        ("{\"a\" 1}", 5, Problem::Unexpected),
        ("{1:1}", 1, Problem::Unexpected),
        ("{\"a\":1 \"b\":2}", 7, Problem::Unexpected),
        ("{\"a\":1}x", 7, Problem::Trailing),
        ("{\"a\":\"\u{1}\"}", 6, Problem::Control),
        (r#"{"a":"\x"}"#, 6, Problem::Escape),
        (r#"{"a":"\u12x4"}"#, 6, Problem::Escape),
        (r#"{"a":"\ud800"}"#, 6, Problem::Surrogate),
        (r#"{"a":"\ud800\n"}"#, 6, Problem::Surrogate),
        (r#"{"a":"\ud800\ud800"}"#, 6, Problem::Surrogate),
        (r#"{"a":"\udc00"}"#, 6, Problem::Surrogate),
        ("{\"a\":-}", 5, Problem::Number),
        ("{\"a\":01}", 5, Problem::Number),
        ("{\"a\":1.}", 5, Problem::Number),
        ("{\"a\":1e+}", 5, Problem::Number),
        ("{\"a\":tru}", 8, Problem::Unexpected),
        ("{\"a\":}", 5, Problem::Unexpected),
    ];
    for (text, at, problem) in table {
        assert_eq!(faults(text).first(), Some(&Fault { at, problem }), "{text}");
    }
}

#[test]
fn what_is_behind_a_broken_value_is_found() {
    let text = r#"{"a":[{"x":"]}\"" tru}],"b":{"\q":1},"c":2,"d":"\ud800","e":[3]}"#;
    let read: Vec<_> = Members::of(text).map(|member| member.unwrap()).map(|member| (member.name.raw(), member.value.ok())).collect();
    let names: Vec<_> = read.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["a", "b", "c", "d", "e"]);
    let readable: Vec<_> = read.iter().filter_map(|(name, value)| Some((*name, (*value)?.raw()))).collect();
    assert_eq!(readable, [("c", "2"), ("e", "[3]")]);
}

#[test]
fn texts_compare_and_print_as_what_they_mean() {
    let text = r#"{"a":"\u0041\ud83d\ude00","b":"A😀"}"#;
    let read: Vec<Text<'_>> = Members::of(text).map(|member| member.unwrap().value.unwrap().text().unwrap()).collect();
    assert_eq!(read[0], read[1]);
    assert_eq!(read[0], "A😀");
    assert_ne!(read[0], "A");
    assert_eq!(format!("{} {:?}", read[0], read[1]), "A😀 \"A😀\"");
    assert!(Text::default().is_empty());
}
