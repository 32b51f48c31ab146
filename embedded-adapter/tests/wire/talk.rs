//! Owns a conversation from the upgrade to the last Close.

use relink_embedded::wire::{Framing, Incoming, Message, NoRoom, Request, Wire, WsFramer};

use crate::bytes::{Seeded, answer, frame};

const REQUEST: Request<'_> =
    Request { host: "192.0.2.1:8080", path: "/a?b=c", subprotocols: &["one", "two"], headers: &[("Authorization", "Bearer x")] };

/// Takes all that is to be written.
fn written<F: Framing>(wire: &mut Wire<'_, F>) -> Vec<u8> {
    let bytes = wire.halves().1.to_vec();
    wire.sent(bytes.len());
    bytes
}

fn read<F: Framing>(wire: &mut Wire<'_, F>, bytes: &[u8]) {
    wire.halves().0[..bytes.len()].copy_from_slice(bytes);
    wire.received(bytes.len());
}

/// A client's frame without its mask.
fn unmasked(frame: &[u8]) -> (u8, Vec<u8>) {
    assert_eq!(frame[1], 0x80 | (frame.len() - 6) as u8, "masked, and as long as it says");
    let key = &frame[2..6];
    assert_ne!(key, [0; 4]);
    (frame[0], frame[6..].iter().zip(key.iter().cycle()).map(|(byte, key)| byte ^ key).collect())
}

#[test]
fn a_whole_connection_with_ws_framer() {
    a_whole_connection::<WsFramer>();
}

#[cfg(feature = "embedded-websocket")]
#[test]
fn a_whole_connection_with_embedded_websocket() {
    a_whole_connection::<relink_embedded::wire::EmbeddedWebsocket>();
}

fn a_whole_connection<F: Framing>() {
    let (mut receive, mut send, mut entropy) = ([0; 256], [0; 512], Seeded(1));
    let mut wire: Wire<'_, F> = Wire::new(&mut receive, &mut send).unwrap();
    wire.open(&REQUEST, &mut entropy).unwrap();
    assert_eq!(wire.message(Message::Text("early"), &mut entropy), Err(NoRoom::NotOpen));
    let request = written(&mut wire);
    let mut bytes = answer(&request, "Sec-WebSocket-Protocol: two\r\n");
    bytes.extend(frame(0x81, "grüß".as_bytes()));
    assert_eq!(wire.next(&mut entropy), None);
    read(&mut wire, &bytes);
    assert_eq!(wire.next(&mut entropy), Some(Incoming::Opened { subprotocol: Some("two") }));
    assert_eq!(wire.next(&mut entropy), Some(Incoming::Message(Message::Text("grüß"))));
    assert_eq!(wire.next(&mut entropy), None);

    wire.message(Message::Text("grüß"), &mut entropy).unwrap();
    assert_eq!(unmasked(&written(&mut wire)), (0x81, "grüß".into()));
    wire.ping(&mut entropy).unwrap();
    assert_eq!(unmasked(&written(&mut wire)), (0x89, vec![]));
    wire.message(Message::Binary(b"abc"), &mut entropy).unwrap();
    assert_eq!(unmasked(&written(&mut wire)), (0x82, b"abc".to_vec()));

    read(&mut wire, &[frame(0x01, b"a"), frame(0x89, b"?"), frame(0x80, b"b")].concat());
    assert_eq!(wire.next(&mut entropy), Some(Incoming::Ping));
    assert_eq!(unmasked(&written(&mut wire)), (0x8A, b"?".to_vec()));
    assert_eq!(wire.next(&mut entropy), Some(Incoming::Message(Message::Text("ab"))));

    read(&mut wire, &frame(0x88, b"\x0f\xa1bye"));
    assert_eq!(wire.next(&mut entropy), Some(Incoming::Closed { code: Some(4001), reason: "bye" }));
    assert_eq!(unmasked(&written(&mut wire)), (0x88, b"\x0f\xa1".to_vec()));
    assert_eq!(wire.message(Message::Text("late"), &mut entropy), Err(NoRoom::NotOpen));
}
