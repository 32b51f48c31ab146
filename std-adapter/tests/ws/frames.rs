//! Frames that a server must not send, and those it may.

use relink_core::{CloseCode, Report};
use relink_tokio::ending::Violation;
use relink_tokio::ws::{Limits, Message, Request, Ws};
use relink_tokio::{Connection, Ending, Incoming};
use tokio::io::AsyncWriteExt;

use crate::peer::{accept, close_frame, flush, frame, hold, next, open, open_with, peer, peer_sending, read_frame};

/// What these bytes are taken for; asserts that nothing but the end of the transport can follow.
async fn broken_by(bytes: impl Into<Vec<u8>>) -> (CloseCode, Violation) {
    let url = peer_sending(bytes).await;
    let ws = Ws::to(Request::new(&url).unwrap()).limits(Limits { message_bytes_max: 300, frame_bytes_max: 200, ..Limits::DEFAULT });
    let mut connection = open_with(ws).await.unwrap();
    let Incoming::Broken(code, Ending::Protocol(violation)) = next(&mut connection).await else { panic!("not broken") };
    assert!(connection.queue("too late".into()).is_err(), "nothing is sent to a peer that broke the protocol, but the Close");
    assert_eq!(violation.code(), code);
    (code, violation)
}

#[tokio::test]
async fn text_that_is_not_utf_8_is_1007() {
    assert_eq!(broken_by(frame(0x81, b"\xff\xfe")).await, (CloseCode::INVALID_PAYLOAD, Violation::NotUtf8));
    let in_fragments = [frame(0x01, b"\xf0\x9f"), frame(0x80, b"x")].concat();
    assert_eq!(broken_by(in_fragments).await, (CloseCode::INVALID_PAYLOAD, Violation::NotUtf8));
    assert_eq!(broken_by(frame(0x88, b"\x03\xe8\xff")).await, (CloseCode::INVALID_PAYLOAD, Violation::NotUtf8));
}

#[tokio::test]
async fn what_is_too_big_is_1009() {
    let (code, violation) = broken_by(frame(0x82, &[0; 201])).await;
    assert_eq!((code, &violation), (CloseCode::TOO_BIG, &Violation::TooBig { size_bytes: 201, bytes_max: 200 }));
    let sentence = Ending::Protocol(violation).to_string();
    assert!(sentence.contains("a message of 201 bytes, where at most 200 are taken; raise the limit"), "{sentence}");
    let in_fragments = [frame(0x02, &[0; 200]), frame(0x80, &[0; 101])].concat();
    let (_, violation) = broken_by(in_fragments).await;
    assert_eq!(violation, Violation::TooBig { size_bytes: 301, bytes_max: 300 });
    // A length that no memory holds is refused by its header alone.
    let (_, violation) = broken_by([0x82, 127, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]).await;
    assert!(matches!(violation, Violation::TooBig { bytes_max: 200, .. }));
}

#[tokio::test]
async fn what_the_framing_does_not_allow_is_1002() {
    let masked = [&[0x81, 0x82, 1, 2, 3, 4][..], b"ab"].concat();
    for (bytes, sentence) in [
        (masked, "a frame that is masked"),
        (frame(0xC1, b"x"), "reserved bits"),
        (frame(0xA1, b"x"), "reserved bits"),
        (frame(0x91, b"x"), "reserved bits"),
        (frame(0x83, b""), "the reserved opcode 3"),
        (frame(0x8B, b""), "the reserved opcode 11"),
        (frame(0x09, b""), "a control frame in fragments"),
        (frame(0x89, &[0; 126]), "a control frame of more than 125 bytes"),
        (frame(0x80, b"x"), "a continuation of nothing"),
        ([frame(0x01, b"x"), frame(0x81, b"y")].concat(), "a new message in the middle of another"),
        (frame(0x88, b"\x03"), "a Close frame that is malformed"),
        (close_frame(1005, ""), "whose code may not be sent"),
        (close_frame(1006, ""), "whose code may not be sent"),
        (close_frame(999, "x"), "whose code may not be sent"),
        (close_frame(2000, "x"), "whose code may not be sent"),
        (close_frame(5000, "x"), "whose code may not be sent"),
    ] {
        let (code, violation) = broken_by(bytes).await;
        assert_eq!(code, CloseCode::PROTOCOL_ERROR, "{sentence}");
        let said = Ending::Protocol(violation).to_string();
        assert!(said.starts_with("the peer broke the WebSocket protocol: ") && said.contains(sentence), "{said}");
    }
}

#[tokio::test]
async fn a_violation_is_answered_with_its_code_and_the_end_is_reported_once() {
    let (sender, closed) = tokio::sync::oneshot::channel();
    let url = peer(|mut stream| async move {
        accept(&mut stream).await;
        stream.write_all(&[frame(0x81, b"\xff"), frame(0x81, b"what follows is thrown away")].concat()).await.unwrap();
        sender.send(read_frame(&mut stream).await).unwrap();
        stream.write_all(&[0xFF; 100_000]).await.unwrap();
    })
    .await;
    let mut connection = open(&url).await.unwrap();
    assert!(matches!(next(&mut connection).await, Incoming::Broken(CloseCode::INVALID_PAYLOAD, _)));
    connection.queue_close(CloseCode::INVALID_PAYLOAD).unwrap();
    flush(&mut connection).await.unwrap();
    assert_eq!(closed.await.unwrap(), (0x88, 1007_u16.to_be_bytes().to_vec()));
    let ending = next(&mut connection).await;
    assert!(matches!(ending, Incoming::Lost(Ending::Protocol(Violation::NotUtf8))), "{ending:?}");
}

#[tokio::test]
async fn whole_and_fragmented_messages_come_as_they_were_sent() {
    let bytes = [
        frame(0x81, "ünïcödé".as_bytes()),
        frame(0x82, b"\x00\xff"),
        frame(0x01, b"in \xc3"),
        frame(0x89, b"ping in between"),
        frame(0x80, b"\xa4rms"),
        frame(0x81, b""),
        frame(0x8A, b"pong nobody asked for"),
        frame(0x82, &[7; 70_000]),
    ];
    let mut connection = open(&peer_sending(bytes.concat()).await).await.unwrap();
    let mut messages = Vec::new();
    let mut heard = 0;
    while messages.len() < 5 {
        match next(&mut connection).await {
            Incoming::Message(message) => messages.push(message),
            Incoming::Report(Report::Heard) => heard += 1,
            other => panic!("{other:?}"),
        }
    }
    let expected: [Message; 5] = ["ünïcödé".into(), vec![0, 0xff].into(), "in ärms".into(), "".into(), vec![7; 70_000].into()];
    assert_eq!((messages.as_slice(), heard), (expected.as_slice(), 2));
}

#[tokio::test]
async fn a_ping_is_answered_with_its_payload() {
    let (sender, pong) = tokio::sync::oneshot::channel();
    let url = peer(|mut stream| async move {
        accept(&mut stream).await;
        stream.write_all(&frame(0x89, b"are you there?")).await.unwrap();
        sender.send(read_frame(&mut stream).await).unwrap();
        hold(&mut stream).await;
    })
    .await;
    let mut connection = open(&url).await.unwrap();
    assert!(matches!(next(&mut connection).await, Incoming::Report(Report::Heard)));
    flush(&mut connection).await.unwrap();
    assert_eq!(pong.await.unwrap(), (0x8A, b"are you there?".to_vec()));
}

#[tokio::test]
async fn our_ping_is_a_frame_and_its_pong_a_sign_of_life() {
    let url = peer(|mut stream| async move {
        accept(&mut stream).await;
        let (first, payload) = read_frame(&mut stream).await;
        assert_eq!(first, 0x89);
        stream.write_all(&frame(0x8A, &payload)).await.unwrap();
        hold(&mut stream).await;
    })
    .await;
    let mut connection = open(&url).await.unwrap();
    connection.queue_ping().unwrap();
    flush(&mut connection).await.unwrap();
    assert!(matches!(next(&mut connection).await, Incoming::Report(Report::Heard)));
}
