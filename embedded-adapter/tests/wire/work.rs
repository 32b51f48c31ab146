//! Owns the bounds of the work: a head ends or is given up, and no more bytes are moved than come in.

use relink_embedded::wire::{HEAD_BYTES_MAX, HandshakeFault, Violation, Wire};

use crate::bytes::{Seeded, frame};
use crate::player::{REQUEST, opened};
use crate::room::{hear, open};
use crate::told::Told;

#[test]
fn a_head_without_an_end_is_given_up() {
    let (mut receive, mut send, mut entropy) = ([0; 64], [0; 300], Seeded(2));
    let mut wire: Wire<'_> = Wire::new(&mut receive, &mut send).unwrap();
    let line = b"X-Header: a value of some length\r\n";
    let long = |status: &[u8], lines| [status, &line.repeat(lines)].concat();
    let lines = HEAD_BYTES_MAX as usize / line.len();
    for (status, expected) in [
        (&b"HTTP/1.1 101 A\r\n"[..], Told::Violation(Violation::Handshake(HandshakeFault::TooLong { bytes_max: HEAD_BYTES_MAX }))),
        (b"HTTP/1.1 503 A\r\n", Told::Refused(503, None)),
    ] {
        wire.open(&REQUEST, &mut entropy).unwrap();
        assert_eq!(hear(&mut wire, &long(status, lines - 1), &mut entropy), []);
        wire.open(&REQUEST, &mut entropy).unwrap();
        assert_eq!(hear(&mut wire, &long(status, lines + 1), &mut entropy), [expected]);
    }
    wire.open(&REQUEST, &mut entropy).unwrap();
    let early = b"HTTP/1.1 103 Early Hints\r\n\r\n";
    let told = hear(&mut wire, &early.repeat(HEAD_BYTES_MAX as usize / early.len() + 1), &mut entropy);
    let too_long = HandshakeFault::TooLong { bytes_max: HEAD_BYTES_MAX };
    assert_eq!(told, [Told::Violation(Violation::Handshake(too_long))], "heads without an answer are one");
    wire.open(&REQUEST, &mut Seeded(1)).unwrap();
    let whole = opened(&frame(0x8A, b""));
    let (status, rest) = whole.split_at(b"HTTP/1.1 101 Switching Protocols\r\n".len());
    let told = hear(&mut wire, &[&long(status, lines - 20), rest].concat(), &mut entropy);
    assert_eq!(told, [Told::Opened(None), Told::Pong], "a long one is read");
}

/// How many bytes move to the front while a stream is read, by a caller that asks for room after each message.
fn moved(receive_len: usize, stream: &[u8]) -> usize {
    let (mut receive, mut send, mut entropy) = (vec![0; receive_len], [0; 300], Seeded(2));
    let mut wire: Wire<'_> = open(&mut receive, &mut send);
    let (mut rest, mut moved) = (stream, 0);
    while !rest.is_empty() {
        let space = wire.halves().0;
        let count = space.len().min(rest.len());
        space[..count].copy_from_slice(&rest[..count]);
        wire.received(count);
        rest = &rest[count..];
        let mut room = wire.halves().0.len();
        while wire.next(&mut entropy).is_some() {
            let now = wire.halves().0.len();
            // As many bytes as there is no room for may have moved.
            moved += if now > room { receive_len - now } else { 0 };
            room = now;
        }
        let now = wire.halves().0.len();
        moved += if now > room { receive_len - now } else { 0 };
    }
    moved
}

#[test]
fn no_more_bytes_move_than_come_in() {
    for (name, piece) in [
        ("empty", frame(0x82, b"")),
        ("small", frame(0x81, b"twenty bytes or less")),
        ("middle", frame(0x82, &[7; 1000])),
        ("large", frame(0x82, &[7; 50_000])),
        ("fragments", [frame(0x02, &[7; 300]), frame(0x00, &[7; 300]), frame(0x89, b"?"), frame(0x80, &[7; 300])].concat()),
    ] {
        let stream = piece.repeat(400_000 / piece.len());
        for receive_len in [1024, 65_536] {
            let moved = moved(receive_len, &stream);
            assert!(moved <= stream.len(), "{name} in {receive_len}: {moved} of {}", stream.len());
        }
    }
}
