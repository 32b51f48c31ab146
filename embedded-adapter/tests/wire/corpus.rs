//! Owns the corpus: streams as servers send them, and such as none should, each with what must come of it in its name.

use std::fs;
use std::path::Path;

use relink_embedded::wire::{Violation, WsFramer};

use crate::player::{opened, play, with_accept};
use crate::property::{Plan, holds};
use crate::told::Told;

/// The committed inputs, by their names.
pub(crate) fn inputs() -> impl Iterator<Item = (String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/wire");
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.into_iter().map(|path| (path.file_stem().unwrap().to_str().unwrap().to_owned(), fs::read(&path).unwrap()))
}

/// The first word of a name, for what is said last.
fn word(told: Option<&Told>) -> &'static str {
    match told {
        None => "nothing",
        Some(Told::Opened(_)) => "opened",
        Some(Told::Refused(..)) => "refused",
        Some(Told::Text(_)) => "text",
        Some(Told::Binary(_)) => "binary",
        Some(Told::Ping) => "ping",
        Some(Told::Pong) => "pong",
        Some(Told::Closed(..)) => "closed",
        Some(Told::TooLarge(_)) => "large",
        Some(Told::Violation(Violation::Handshake(_))) => "unanswered",
        Some(Told::Violation(Violation::Frame(_))) => "violation",
    }
}

#[test]
fn the_corpus_holds_what_its_names_say() {
    let mut count = 0;
    for (name, input) in inputs() {
        let plan = Plan::of(input[0]);
        let stream = if plan.is_head { with_accept(&input[1..]) } else { opened(&input[1..]) };
        let played = play::<WsFramer>(plan.receive_len, &stream, []);
        let expected = name.split('-').next().unwrap();
        // What the fuzzer keeps has a hash for its name.
        if name.contains('-') {
            assert_eq!(word(played.told.last()), expected, "{name}: {:?}", played.told);
            count += 1;
        }
        holds(&input);
    }
    assert!(count > 60, "{count} inputs");
}
