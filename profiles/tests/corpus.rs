//! Owns the replay of the fuzzer's corpus: each file has the properties of any text, and means what its name says.
#![allow(clippy::panic, clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "a test may panic")]

mod property;

use std::fs;
use std::path::Path;
use std::thread;

use relink_profiles::Profile;
use relink_profiles::slack::{Incoming, Slack, url};

/// Less than any host's thread has. What recurses ends here.
const STACK_BYTES: usize = 64 * 1024;

fn corpus() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/slack");
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let texts = entries.filter_map(|path| Some((path.file_name()?.to_str()?.to_owned(), fs::read_to_string(path).ok()?)));
    texts.collect()
}

fn meaning(text: &str) -> &'static str {
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

#[test]
fn each_text_has_the_properties_of_any_text() {
    let corpus = corpus();
    assert!(corpus.len() >= 50, "the corpus is there");
    for (name, text) in corpus {
        println!("{name}");
        property::holds(&text);
    }
}

#[test]
fn each_text_means_what_its_name_says_on_a_small_stack() {
    let check = || {
        for (name, text) in corpus() {
            let said = name.split('-').next().unwrap();
            if ["hello", "envelope", "disconnect", "unreadable", "unknown", "refused", "url"].contains(&said) {
                assert_eq!(meaning(&text), said, "{name}");
            }
        }
    };
    thread::Builder::new().stack_size(STACK_BYTES).spawn(check).unwrap().join().unwrap();
}

#[test]
fn a_text_that_is_cut_anywhere_is_no_panic() {
    for (_, text) in corpus().into_iter().filter(|(_, text)| text.len() < 2000) {
        for end in (0..text.len()).filter(|&end| text.is_char_boundary(end)) {
            property::holds(&text[..end]);
        }
    }
}

#[test]
fn depth_costs_no_stack() {
    let check = || {
        for levels in [127, 128, 20_000, 1_000_000] {
            let text = format!(r#"{{"payload":{}{},"envelope_id":"deep","type":"events_api"}}"#, "[".repeat(levels), "]".repeat(levels));
            let expected = if levels < 128 { "envelope" } else { "unreadable" };
            assert_eq!(meaning(&text), expected, "{levels} levels");
        }
    };
    thread::Builder::new().stack_size(STACK_BYTES).spawn(check).unwrap().join().unwrap();
}
