//! Owns how a program talks with the one that plays: commands come and events go as lines; what is long goes as its sum.

use std::io;

use serde_json::Value;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// The modulus of Adler-32 (RFC 1950 §9).
const ADLER: u32 = 65_521;

/// The lines of the standard input.
pub(crate) fn commands() -> UnboundedReceiver<String> {
    let (line, lines) = unbounded_channel();
    // A thread of its own: a read of the standard input cannot be given up.
    std::thread::spawn(move || io::stdin().lines().map_while(Result::ok).try_for_each(|text| line.send(text)));
    lines
}

/// Tells what happened: an object whose `what` is its name.
#[expect(clippy::needless_pass_by_value, reason = "made for the one call")]
pub(crate) fn say(line: Value) {
    println!("{line}");
}

/// As `zlib.adler32` of Python.
pub(crate) fn sum(bytes: &[u8]) -> u32 {
    let (low, high) = bytes.iter().fold((1, 0), |(low, high), &byte| {
        let low = (low + u32::from(byte)) % ADLER;
        (low, (high + low) % ADLER)
    });
    high << 16 | low
}
