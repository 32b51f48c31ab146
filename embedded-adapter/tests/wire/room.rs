//! Owns what happens where there is little room: answers wait, messages are refused whole, the next connection is a fresh one.

use relink_embedded::Entropy;
use relink_embedded::wire::{Framing, Incoming, Message, NoRoom, Wire, WsFramer};

use crate::bytes::{Seeded, frame};
use crate::player::{REQUEST, opened, unmasked};
use crate::told::Told;

/// Hands bytes over as far as there is room, and tells what is said.
pub(crate) fn hear<F: Framing>(wire: &mut Wire<'_, F>, mut bytes: &[u8], entropy: &mut impl Entropy) -> Vec<Told> {
    let mut told = Vec::new();
    while !bytes.is_empty() {
        let space = wire.halves().0;
        let count = space.len().min(bytes.len());
        space[..count].copy_from_slice(&bytes[..count]);
        wire.received(count);
        bytes = &bytes[count..];
        while let Some(incoming) = wire.next(entropy) {
            told.push(incoming.into());
        }
    }
    told
}

fn take<F: Framing>(wire: &mut Wire<'_, F>) -> Vec<u8> {
    let bytes = wire.halves().1.to_vec();
    wire.sent(bytes.len());
    bytes
}

/// A connection on which both shook hands.
pub(crate) fn open<'b, F: Framing>(receive: &'b mut [u8], send: &'b mut [u8]) -> Wire<'b, F> {
    let mut wire = Wire::new(receive, send).unwrap();
    again(&mut wire);
    wire
}

fn again<F: Framing>(wire: &mut Wire<'_, F>) {
    // Each with the one key that `opened` answers.
    wire.open(&REQUEST, &mut Seeded(1)).unwrap();
    assert!(take(wire).starts_with(b"GET "));
    assert_eq!(hear(wire, &opened(&[]), &mut Seeded(2)), [Told::Opened(None)]);
}

#[test]
fn a_pong_waits_for_room_and_the_newest_counts() {
    let (mut receive, mut send, mut entropy) = ([0; 64], [0; 300], Seeded(2));
    let mut wire: Wire<'_> = open(&mut receive, &mut send);
    wire.message(Message::Binary(&[7; 290]), &mut entropy).unwrap();
    assert_eq!(hear(&mut wire, &[frame(0x89, b"old"), frame(0x89, b"new")].concat(), &mut entropy), [Told::Ping, Told::Ping]);
    assert_eq!(unmasked(&take(&mut wire)), [(0x82, vec![7; 290])]);
    assert_eq!(wire.halves().1, [], "nobody has looked yet");
    assert_eq!(wire.next(&mut entropy), None);
    assert_eq!(unmasked(&take(&mut wire)), [(0x8A, b"new".to_vec())]);
    assert_eq!(wire.next(&mut entropy), None);
    assert_eq!(take(&mut wire), [], "it is answered once");
}

#[test]
fn a_pong_that_waits_is_not_overtaken_for_ever() {
    let (mut receive, mut send, mut entropy) = ([0; 64], [0; 300], Seeded(2));
    let mut wire: Wire<'_> = open(&mut receive, &mut send);
    wire.message(Message::Binary(&[7; 280]), &mut entropy).unwrap();
    assert_eq!(hear(&mut wire, &frame(0x89, &[b'p'; 40]), &mut entropy), [Told::Ping]);
    assert_eq!(wire.message(Message::Text("small"), &mut entropy), Err(NoRoom::Now), "there would be room for it");
    wire.sent(100);
    wire.message(Message::Text("small"), &mut entropy).unwrap();
    let frames = unmasked(&take(&mut wire)[188..]);
    assert_eq!(frames, [(0x8A, vec![b'p'; 40]), (0x81, b"small".to_vec())]);
}

#[test]
fn a_message_is_answered_while_it_is_read() {
    let (mut receive, mut send, mut entropy) = ([0; 64], [0; 230], Seeded(2));
    let mut wire: Wire<'_> = open(&mut receive, &mut send);
    let text = "ä".repeat(25);
    let stream = [frame(0x81, text.as_bytes()).repeat(3), frame(0x89, &[b'p'; 40]), frame(0x89, &[b'q'; 125]), frame(0x82, b"?")].concat();
    for byte in &stream {
        wire.halves().0[0] = *byte;
        wire.received(1);
        assert!(wire.has_unread());
        if let Some((Incoming::Message(message), mut sender)) = wire.next_and_sender(&mut entropy) {
            let outcome = sender.message(message, &mut entropy);
            let is_pong_waiting = matches!(message, Message::Binary(_));
            assert_eq!(outcome, if is_pong_waiting { Err(NoRoom::Now) } else { Ok(()) });
        }
        assert!(!wire.has_unread());
    }
    assert!(!format!("{wire:?}").contains("195, 164"), "a message is not shown");
    assert_eq!(
        unmasked(&take(&mut wire)),
        [(0x81, text.clone().into()), (0x81, text.clone().into()), (0x81, text.into()), (0x8A, vec![b'p'; 40])]
    );
    assert!(!wire.is_all_sent(), "the second pong waits");
    wire.close(1000, "", &mut entropy).unwrap();
    assert_eq!(wire.next_and_sender(&mut entropy).map(|(incoming, _)| Told::from(incoming)), None);
    assert_eq!(unmasked(&take(&mut wire)), [(0x88, vec![3, 232])]);
}

#[test]
fn an_answer_to_close_waits_for_room_and_nothing_overtakes_it() {
    let (mut receive, mut send, mut entropy) = ([0; 64], [0; 300], Seeded(2));
    let mut wire: Wire<'_> = open(&mut receive, &mut send);
    wire.message(Message::Binary(&[7; 290]), &mut entropy).unwrap();
    let told = hear(&mut wire, &[frame(0x89, b"lost"), frame(0x88, b"\x03\xe9")].concat(), &mut entropy);
    assert_eq!(told, [Told::Ping, Told::Closed(Some(1001), String::new())]);
    assert_eq!(wire.ping(&mut entropy), Err(NoRoom::NotOpen));
    assert_eq!(wire.close(1000, "", &mut entropy), Err(NoRoom::NotOpen), "there is one Close");
    take(&mut wire);
    assert!(!wire.is_all_sent(), "the Close waits");
    assert_eq!(wire.next(&mut entropy), None);
    assert_eq!(unmasked(&take(&mut wire)), [(0x88, b"\x03\xe9".to_vec())]);
    assert!(wire.is_all_sent());
    assert_eq!(hear(&mut wire, &frame(0x81, b"late"), &mut entropy), []);
    assert_eq!(take(&mut wire), []);
}

#[test]
fn after_our_close_messages_still_come_but_nothing_goes() {
    let (mut receive, mut send, mut entropy) = ([0; 64], [0; 300], Seeded(2));
    let mut wire: Wire<'_> = open(&mut receive, &mut send);
    for code in [0, 999, 1004, 1005, 1006, 1015, 2999, 5000] {
        assert_eq!(wire.close(code, "", &mut entropy), Err(NoRoom::Code(code)));
    }
    let long = "ä".repeat(100);
    wire.close(4000, &long, &mut entropy).unwrap();
    let mut payload = 4000_u16.to_be_bytes().to_vec();
    payload.extend_from_slice("ä".repeat(61).as_bytes());
    assert_eq!(unmasked(&take(&mut wire)), [(0x88, payload)], "cut at a character");
    let told = hear(&mut wire, &[frame(0x81, b"a"), frame(0x89, b"b"), frame(0x88, b"\x0f\xa0")].concat(), &mut entropy);
    assert_eq!(told, [Told::Text("a".into()), Told::Ping, Told::Closed(Some(4000), String::new())]);
    assert_eq!(take(&mut wire), []);
}

#[test]
fn a_message_is_taken_whole_or_not_at_all() {
    let (mut receive, mut send, mut entropy) = ([0; 64], [0; 300], Seeded(2));
    let mut wire: Wire<'_> = open(&mut receive, &mut send);
    assert_eq!(wire.message(Message::Text(&"a".repeat(293)), &mut entropy), Err(NoRoom::Ever { bytes_min: 301 }));
    for letter in ["a", "b"] {
        wire.message(Message::Text(&letter.repeat(120)), &mut entropy).unwrap();
    }
    assert_eq!(wire.message(Message::Text(&"c".repeat(120)), &mut entropy), Err(NoRoom::Now));
    wire.sent(100);
    wire.message(Message::Text(&"d".repeat(120)), &mut entropy).unwrap();
    // The first hundred bytes of the first frame are gone: its header among them.
    let rest = take(&mut wire);
    let letters: Vec<_> = unmasked(&rest[26..]).into_iter().map(|(_, payload)| (payload[0], payload.len())).collect();
    assert_eq!(letters, [(b'b', 120), (b'd', 120)]);
    wire.sent(1000);
    wire.received(1000);
    assert_eq!(take(&mut wire), [], "no more is sent than there was");
}

fn every_length_is_written_right<F: Framing>() {
    let (mut receive, mut send, mut entropy) = ([0; 64], vec![0; 70_000], Seeded(2));
    let mut wire: Wire<'_, F> = open(&mut receive, &mut send);
    for len in (0..300).chain([65_534, 65_535, 65_536, 69_986]) {
        let bytes: Vec<u8> = (0..len).map(|place| place as u8).collect();
        wire.message(Message::Binary(&bytes), &mut entropy).unwrap();
        let written = take(&mut wire);
        assert_eq!(written.len(), F::written_len(len));
        let frames = unmasked(&written);
        assert_eq!(frames.iter().flat_map(|(_, payload)| payload.clone()).collect::<Vec<_>>(), bytes);
        assert_eq!(frames.last().unwrap().0 & 0x80, 0x80);
    }
}

#[test]
fn ws_framer_writes_every_length_right() {
    every_length_is_written_right::<WsFramer>();
}

#[cfg(feature = "embedded-websocket")]
#[test]
fn embedded_websocket_writes_every_length_right() {
    every_length_is_written_right::<relink_embedded::wire::EmbeddedWebsocket>();
}

#[test]
fn each_frame_has_a_key_of_its_own() {
    let (mut receive, mut send, mut entropy) = ([0; 64], [0; 300], Seeded(2));
    let mut wire: Wire<'_> = open(&mut receive, &mut send);
    let mut keys = std::collections::BTreeSet::new();
    for _ in 0..100 {
        wire.ping(&mut entropy).unwrap();
        assert!(keys.insert(take(&mut wire)[2..6].to_vec()));
    }
}

#[test]
fn whatever_a_connection_left_behind_the_next_one_is_fresh() {
    let left: [&[u8]; 8] =
        [b"", b"\x82", b"\x82\x7e\x00", b"\x01\x05ab", b"\x01\x02ab", b"\x82\x7e\xff\xffabc", b"\x89\x05ab", b"\x88\x02\x03\xe8"];
    let (mut receive, mut send, mut entropy) = ([0; 64], [0; 300], Seeded(2));
    let mut wire: Wire<'_> = open(&mut receive, &mut send);
    for bytes in left {
        hear(&mut wire, bytes, &mut entropy);
        wire.message(Message::Text("unsent"), &mut entropy).ok();
        again(&mut wire);
        assert_eq!(hear(&mut wire, &frame(0x81, b"a"), &mut entropy), [Told::Text("a".into())], "after {bytes:?}");
        assert_eq!(take(&mut wire), []);
    }
    wire.open(&REQUEST, &mut entropy).unwrap();
    assert_eq!(wire.open(&relink_embedded::wire::Request::default(), &mut entropy).map_err(|_| ()), Err(()));
    assert_eq!(wire.halves().1, [], "a request that cannot be sent leaves no other behind");
    assert_eq!(hear(&mut wire, &opened(&[]), &mut entropy), [], "and nothing is heard");
}

#[test]
fn what_was_handed_over_ends_with_the_next_call() {
    let (mut receive, mut send, mut entropy) = ([0; 64], [0; 300], Seeded(2));
    let mut wire: Wire<'_> = open(&mut receive, &mut send);
    // Fragments that fill all the room, and the next message in the same piece.
    for _ in 0..3 {
        let whole = [frame(0x02, &[1; 40]), frame(0x80, &[2; 14]), frame(0x82, &[3; 54])].concat();
        let told = hear(&mut wire, &whole, &mut entropy);
        assert_eq!(told, [Told::Binary([vec![1; 40], vec![2; 14]].concat()), Told::Binary(vec![3; 54])]);
    }
    assert_eq!(wire.message_bytes_max(), 54);
    assert_eq!(wire.next(&mut entropy), None);
}
