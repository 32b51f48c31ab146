//! The fuzz target of what a server sends: any bytes have the properties that the tests ask of the corpus, with both framings.
#![no_main]
#![allow(dead_code, reason = "the tests use more of what they share")]

#[path = "../../tests/wire/bytes.rs"]
mod bytes;
#[path = "../../tests/wire/model.rs"]
mod model;
#[path = "../../tests/wire/player.rs"]
mod player;
#[path = "../../tests/wire/property.rs"]
mod property;
#[path = "../../tests/wire/told.rs"]
mod told;

libfuzzer_sys::fuzz_target!(|input: &[u8]| property::holds(input));
