//! The fuzz target of what Slack sends: any text has the properties that the tests ask of the corpus.
#![no_main]

#[path = "../../tests/property/mod.rs"]
mod property;

libfuzzer_sys::fuzz_target!(|text: &str| {
    property::json_holds(text);
    property::slack::holds(text);
});
