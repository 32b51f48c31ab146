//! A protocol on top: its greeting, acceptance, heartbeat, ping, replies, violations and verdicts.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use relink_core::{Attempt, CloseCode, Millis, Report, Verdict};
use relink_tokio::ending::Violation;
use relink_tokio::ws::{Meaning, Message, Opened, Protocol, Request, Sign, Ws};
use relink_tokio::{Connection, Ending, Incoming, Transport};
use tokio::io::AsyncWriteExt;

use crate::peer::{acceptance, flush, frame, hold, next, open_with, peer, piped, read_frame, read_request};

/// Something like graphql-transport-ws, with a heartbeat.
#[derive(Clone)]
struct Chat {
    pings: u32,
    /// Whether our Close has been queued.
    closing: Arc<AtomicBool>,
}

impl Chat {
    fn new() -> Self {
        Self { pings: 0, closing: Arc::default() }
    }
}

impl Protocol for Chat {
    fn subprotocols(&self) -> &[&'static str] {
        &["chat"]
    }

    fn greeting(&mut self, opened: &Opened) -> Option<Message> {
        Some(format!("init {} {}", opened.attempt.number(), opened.subprotocol.as_deref().unwrap_or("none")).into())
    }

    fn recognise(&mut self, message: &Message) -> Meaning {
        match message.as_text() {
            Some("ack") => Meaning::sign(Sign::Accepted),
            Some("ping") => Meaning::reply("pong".into()),
            Some("beat") => Meaning::sign(Sign::Pulse(Millis::from_secs(15))).delivered(),
            Some("leaving") => Meaning::sign(Sign::Asked(Verdict::Renew { within: Millis::ZERO }, "leaving".into())).delivered(),
            Some("refresh") => Meaning::sign(Sign::Asked(Verdict::Retry, "refresh requested".into())),
            Some("nonsense") => Meaning::sign(Sign::Broken(CloseCode::new(4400), "a message without a type".into())),
            Some("noise") => Meaning::LIFE,
            Some(_) | None => Meaning::PAYLOAD,
        }
    }

    fn closing(&mut self) {
        self.closing.store(true, Ordering::Relaxed);
    }

    fn is_busy(&self) -> bool {
        self.pings == 1
    }

    fn ping(&mut self) -> Option<Message> {
        self.pings += 1;
        Some(format!("ping {}", self.pings).into())
    }

    fn verdict(&self, ending: &Ending) -> Option<Verdict> {
        (ending.close_code() == Some(CloseCode::new(4403))).then_some(Verdict::GiveUp)
    }
}

#[tokio::test]
async fn every_part_of_a_protocol_is_spoken() {
    let url = peer(|mut stream| async move {
        let request = read_request(&mut stream).await;
        assert!(request.contains("\r\nSec-WebSocket-Protocol: chat\r\n"), "{request}");
        let answer = acceptance(&request).replace("\r\n\r\n", "\r\nSec-WebSocket-Protocol: chat\r\n\r\n");
        stream.write_all(answer.as_bytes()).await.unwrap();
        assert_eq!(read_frame(&mut stream).await, (0x81, b"init 1 chat".to_vec()));
        for text in ["ack", "beat", "noise", "data", "ping", "leaving", "refresh"] {
            stream.write_all(&frame(0x81, text.as_bytes())).await.unwrap();
        }
        assert_eq!(read_frame(&mut stream).await, (0x81, b"pong".to_vec()));
        assert_eq!(read_frame(&mut stream).await, (0x81, b"ping 1".to_vec()));
        assert_eq!(read_frame(&mut stream).await, (0x81, b"ping 2".to_vec()));
        stream.write_all(&frame(0x81, b"nonsense")).await.unwrap();
        assert_eq!(read_frame(&mut stream).await, (0x88, 4400_u16.to_be_bytes().to_vec()));
    })
    .await;
    let chat = Chat::new();
    let mut connection = open_with(Ws::to(Request::new(&url).unwrap()).protocol(chat.clone())).await.unwrap();
    flush(&mut connection).await.unwrap();
    assert!(matches!(next(&mut connection).await, Incoming::Report(Report::Accepted)));
    let pulse = Report::Pulse(Millis::from_secs(15));
    assert!(matches!(next(&mut connection).await, Incoming::Both(message, report) if message == "beat".into() && report == pulse));
    assert!(matches!(next(&mut connection).await, Incoming::Report(Report::Heard)));
    assert!(matches!(next(&mut connection).await, Incoming::Message(message) if message == "data".into()));
    assert!(matches!(next(&mut connection).await, Incoming::Report(Report::Heard)));
    let leaves = next(&mut connection).await;
    assert!(matches!(leaves, Incoming::AskedBy(message, Verdict::Renew { .. }, why) if message == "leaving".into() && &*why == "leaving"));
    let asked = next(&mut connection).await;
    assert!(matches!(asked, Incoming::Asked(Verdict::Retry, reason) if &*reason == "refresh requested"));
    connection.queue_ping().unwrap();
    assert!(connection.is_busy(), "it says so itself");
    connection.queue_ping().unwrap();
    assert!(!connection.is_busy());
    flush(&mut connection).await.unwrap();
    let Incoming::Broken(code, ending) = next(&mut connection).await else { panic!("not broken") };
    assert_eq!(code, CloseCode::new(4400));
    assert!(matches!(ending, Ending::Protocol(Violation::Profile(..))));
    assert_eq!(ending.to_string(), "the peer broke the WebSocket protocol: a message without a type");
    assert!(!chat.closing.load(Ordering::Relaxed));
    connection.queue_close(code).unwrap();
    assert!(chat.closing.load(Ordering::Relaxed));
    flush(&mut connection).await.unwrap();
    assert!(matches!(next(&mut connection).await, Incoming::Lost(Ending::Protocol(Violation::Profile(..)))));
}

#[tokio::test]
async fn each_attempt_begins_with_a_fresh_copy() {
    for _ in 0..2 {
        let (ws, mut pipe) = piped(1000);
        let mut ws = ws.protocol(Chat::new());
        let peer = tokio::spawn(async move {
            let answer = acceptance(&read_request(&mut pipe).await).replace("\r\n\r\n", "\r\nSec-WebSocket-Protocol: chat\r\n\r\n");
            pipe.write_all(answer.as_bytes()).await.unwrap();
            read_frame(&mut pipe).await;
            assert_eq!(read_frame(&mut pipe).await, (0x81, b"ping 1".to_vec()));
            hold(&mut pipe).await;
        });
        let mut connection = ws.open(Attempt::from_number(7)).await.unwrap();
        connection.queue_ping().unwrap();
        flush(&mut connection).await.unwrap();
        drop(connection);
        peer.await.unwrap();
    }
}

#[test]
fn a_protocol_judges_what_it_knows() {
    let ws = Ws::to(Request::new("ws://h/").unwrap()).protocol(Chat::new());
    let closed = |code| Ending::Closed(relink_tokio::ending::PeerClose { code: Some(CloseCode::new(code)), reason: "".into() });
    assert_eq!(ws.verdict(&closed(4403)), Some(Verdict::GiveUp));
    assert_eq!(ws.verdict(&closed(4404)), None);
}
