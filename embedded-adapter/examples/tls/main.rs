//! Owns an example: a dialler with TLS 1.3 by `embedded-tls`, over any socket. `dialler.rs` and `gate.rs` are to be copied; what one line
//! of it costs in memory is printed by `cargo run -p relink-embedded --example tls`. A test runs it against a server of rustls's.

mod dialler;
mod gate;

use dialler::TlsDialler;
use relink_embedded::wire::Request;

fn main() {
    let line = TlsDialler::new((), (), Request::default());
    let bytes = size_of_val(&line);
    println!("{bytes} bytes for a TLS line beside its socket and its WebSocket's buffers; most are two records of the longest kind");
}
