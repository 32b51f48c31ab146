//! Owns what is said of a peer that broke the protocol.

use std::collections::BTreeSet;

use relink_embedded::wire::{FrameFault, HandshakeFault, Message, Violation};

#[test]
fn every_violation_has_its_words_and_its_close_code() {
    let handshake = [
        HandshakeFault::NotHttp,
        HandshakeFault::TooLong { bytes_max: 9 },
        HandshakeFault::Line,
        HandshakeFault::Upgrade,
        HandshakeFault::Connection,
        HandshakeFault::Accept,
        HandshakeFault::Extension,
        HandshakeFault::Subprotocol,
    ];
    let frames = [
        (FrameFault::Masked, 1002),
        (FrameFault::Reserved { bits: 5 }, 1002),
        (FrameFault::Opcode(11), 1002),
        (FrameFault::NotMinimal, 1002),
        (FrameFault::Length, 1002),
        (FrameFault::ControlTooLong, 1002),
        (FrameFault::ControlFragmented, 1002),
        (FrameFault::NothingToContinue, 1002),
        (FrameFault::NotContinued, 1002),
        (FrameFault::CloseLength, 1002),
        (FrameFault::CloseCode(1005), 1002),
        (FrameFault::CloseReason, 1007),
        (FrameFault::Text, 1007),
    ];
    let expected = handshake
        .map(|fault| (Violation::Handshake(fault), None))
        .into_iter()
        .chain(frames.map(|(fault, code)| (Violation::Frame(fault), Some(code))));
    let mut texts = BTreeSet::new();
    for (violation, code) in expected {
        assert_eq!(violation.close_code(), code, "{violation}");
        assert!(texts.insert(violation.to_string()), "{violation}, twice");
    }
    assert_eq!(texts.len(), handshake.len() + frames.len());
    for part in ["9 bytes", "101)", "opcode 11", "code 1005"] {
        assert!(texts.iter().any(|text| text.contains(part)), "{part}");
    }
}

#[test]
fn a_message_gives_its_bytes() {
    assert_eq!(Message::Text("ä").as_bytes(), [0xC3, 0xA4]);
    assert_eq!(Message::Binary(&[1, 2]).as_bytes(), [1, 2]);
}
