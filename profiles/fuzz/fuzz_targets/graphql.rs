//! The fuzz target of what a peer sends under graphql-transport-ws, on either side: any text has the properties that the tests ask of the corpus.
#![no_main]

#[path = "../../tests/property/mod.rs"]
mod property;

libfuzzer_sys::fuzz_target!(|text: &str| property::graphql::holds(text));
