//! Owns why `embedded-websocket` is not used as it comes: what it does by itself with streams that RFC 6455 allows.

use embedded_websocket::{
    EmptyRng, WebSocketClient, WebSocketCloseStatusCode, WebSocketReceiveMessageType, WebSocketSendMessageType, WebSocketState,
};

use crate::bytes::frame;

fn client() -> WebSocketClient<EmptyRng> {
    let mut client = WebSocketClient::new_client(EmptyRng::new());
    client.state = WebSocketState::Open;
    client
}

#[test]
fn it_is_stuck_after_a_fragment_in_two_reads() {
    let (mut client, mut to) = (client(), [0; 64]);
    let stream = [frame(0x01, b"abcd"), frame(0x80, b"efgh")].concat();
    let first = client.read(&stream[..4], &mut to).unwrap();
    let second = client.read(&stream[first.len_from..], &mut to).unwrap();
    assert_eq!((first.len_from, second.len_from), (4, 2), "the first fragment, whole");
    for _ in 0..1000 {
        let stuck = client.read(&stream[6..], &mut to).unwrap();
        assert_eq!((stuck.len_from, stuck.len_to, stuck.end_of_message), (0, 0, false));
    }
}

#[test]
fn it_gives_an_empty_close_a_code() {
    let closed = client().read(&frame(0x88, b""), &mut [0; 64]).unwrap();
    assert_eq!(closed.message_type, WebSocketReceiveMessageType::CloseMustReply);
    assert_eq!(closed.close_status, Some(WebSocketCloseStatusCode::InternalServerError));
}

#[test]
fn it_sends_a_pong_as_a_continuation() {
    let (mut client, mut to) = (client(), [0; 64]);
    client.write(WebSocketSendMessageType::Text, false, b"a", &mut to).unwrap();
    client.write(WebSocketSendMessageType::Pong, true, b"", &mut to).unwrap();
    assert_eq!(to[0], 0x80, "not 0x8A");
}

#[test]
fn it_writes_a_length_in_a_longer_form_than_it_needs() {
    let mut to = vec![0; 70_000];
    client().write(WebSocketSendMessageType::Binary, true, &[0; 65_535], &mut to).unwrap();
    assert_eq!(to[1], 0x80 | 127);
}

#[test]
fn it_takes_what_nobody_may_send() {
    for wrong in [&b"\xC1\x01a"[..], b"\x81\x81\x00\x00\x00\x00a", b"\x81\x01\xFF", b"\x82\x7E\x00\x01a", b"\x09\x01a"] {
        assert!(client().read(wrong, &mut [0; 64]).is_ok(), "{wrong:?}");
    }
}
