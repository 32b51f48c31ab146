//! Answers to the Upgrade that are not HTTP, are cut off, or accept something that was not asked for.

use relink_core::{Attempt, Report, Verdict};
use relink_tokio::classify::verdict;
use relink_tokio::ending::{HandshakeFault, Stage};
use relink_tokio::ws::{Limits, Message, Request, Ws};
use relink_tokio::{Ending, Incoming, Transport};
use tokio::io::AsyncWriteExt;

use crate::peer::{accept, acceptance, failure, frame, hold, next, open, open_with, peer, peer_saying, piped, read_request};

/// The answer of a peer that changes the valid acceptance.
async fn answer_changed(change: impl FnOnce(String) -> String + Send + 'static) -> Ending {
    let url = peer(move |mut stream| async move {
        let request = read_request(&mut stream).await;
        stream.write_all(change(acceptance(&request)).as_bytes()).await.unwrap();
        hold(&mut stream).await;
    })
    .await;
    failure(&url).await
}

fn fault(ending: Ending) -> HandshakeFault {
    assert_eq!(verdict(&ending), Verdict::Retry);
    match ending {
        Ending::Handshake(fault) => fault,
        other => panic!("not a handshake fault: {other:?}"),
    }
}

#[tokio::test]
async fn an_acceptance_cut_anywhere_opens_and_loses_no_frame() {
    // Long enough for every cut: head (129 bytes) and a first frame behind it.
    for cut in 0..=140 {
        let (ws, mut pipe) = piped(4096);
        tokio::spawn(async move {
            let request = read_request(&mut pipe).await;
            let bytes = [acceptance(&request).into_bytes(), frame(0x81, b"first")].concat();
            let (begin, rest) = bytes.split_at(cut.min(bytes.len()));
            pipe.write_all(begin).await.unwrap();
            tokio::task::yield_now().await;
            tokio::task::yield_now().await;
            pipe.write_all(rest).await.unwrap();
            hold(&mut pipe).await;
        });
        let mut connection = open_with(ws).await.unwrap();
        assert!(matches!(next(&mut connection).await, Incoming::Message(Message::Text(text)) if text == "first"), "cut at {cut}");
    }
}

#[tokio::test]
async fn an_acceptance_that_comes_byte_by_byte_opens() {
    let (ws, mut pipe) = piped(1);
    tokio::spawn(async move {
        accept(&mut pipe).await;
        pipe.write_all(&frame(0x81, b"slowly")).await.unwrap();
        hold(&mut pipe).await;
    });
    let mut connection = open_with(ws).await.unwrap();
    let mut heard = 0;
    let message = loop {
        match next(&mut connection).await {
            // A part of a frame is a sign of life.
            Incoming::Report(Report::Heard) => heard += 1,
            other => break other,
        }
    };
    assert!(matches!(message, Incoming::Message(Message::Text(text)) if text == "slowly"));
    assert!((1..8).contains(&heard), "{heard}");
}

#[tokio::test]
async fn interim_answers_are_passed_over() {
    let url = peer(|mut stream| async move {
        let request = read_request(&mut stream).await;
        let hints = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n";
        stream.write_all(format!("{hints}{}", acceptance(&request)).as_bytes()).await.unwrap();
        hold(&mut stream).await;
    })
    .await;
    open(&url).await.unwrap();
}

#[tokio::test]
async fn interim_answers_without_end_are_too_long() {
    let url = peer(|mut stream| async move {
        read_request(&mut stream).await;
        while stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await.is_ok() {}
    })
    .await;
    assert!(matches!(fault(failure(&url).await), HandshakeFault::HeadTooLarge(_)));
}

#[tokio::test]
async fn a_list_of_tokens_and_any_case_are_an_acceptance() {
    let url = peer(|mut stream| async move {
        let request = read_request(&mut stream).await;
        let answer = acceptance(&request).replace("Upgrade: websocket", "upgrade: WebSocket").replace(": Upgrade", ": keep-alive, upgrade");
        stream.write_all(answer.as_bytes()).await.unwrap();
        hold(&mut stream).await;
    })
    .await;
    open(&url).await.unwrap();
}

#[tokio::test]
async fn something_else_than_http_is_quoted() {
    let ending = failure(&peer_saying("SSH-2.0-OpenSSH_9.6\r\n").await).await;
    assert_eq!(
        ending.to_string(),
        "the peer does not speak HTTP, its answer begins with \"SSH-2.0-OpenSSH_9.6\": check the port, and whether it should be ws:// or wss://"
    );
    assert_eq!(verdict(&ending), Verdict::Retry);
    for garbage in
        ["\u{15}\u{3}\u{1}\0\u{2}", "\0\0\u{12}\u{4}", "HTTP/2 101\r\n\r\n", "HTTP/1.1 abc\r\n\r\n", "HTTP/1.1 101\r\nno colon\r\n\r\n"]
    {
        let ending = failure(&peer_saying(garbage).await).await;
        assert!(matches!(ending, Ending::NotHttp(_)), "{garbage:?}: {ending:?}");
    }
}

#[tokio::test]
async fn an_answer_cut_off_says_after_how_many_bytes() {
    for (bytes, sentence) in [("", "ended the connection without answering"), ("HTTP/1.1 101 Swi", "after 16 bytes")] {
        let url = peer(move |mut stream| async move {
            read_request(&mut stream).await;
            stream.write_all(bytes.as_bytes()).await.unwrap();
        })
        .await;
        let ending = failure(&url).await;
        assert!(matches!(ending, Ending::HandshakeCut { received_bytes } if received_bytes == bytes.len()), "{ending:?}");
        assert!(ending.to_string().contains(sentence), "{ending}");
        assert_eq!(verdict(&ending), Verdict::Retry);
    }
}

#[tokio::test]
async fn each_missing_or_wrong_header_has_its_own_fault() {
    let wrong_key = answer_changed(|answer| answer.replace("Accept: ", "Accept: x")).await;
    assert!(wrong_key.to_string().contains("Sec-WebSocket-Accept is missing or wrong"), "{wrong_key}");
    assert_eq!(fault(wrong_key), HandshakeFault::Accept);
    assert_eq!(fault(answer_changed(|answer| answer.replace("Sec-WebSocket-Accept", "X-Other")).await), HandshakeFault::Accept);
    assert_eq!(fault(answer_changed(|answer| answer.replace("Upgrade: websocket", "Upgrade: h2c")).await), HandshakeFault::Upgrade);
    assert_eq!(
        fault(answer_changed(|answer| answer.replace("Connection: Upgrade", "Connection: close")).await),
        HandshakeFault::Connection
    );
    assert_eq!(fault(answer_changed(|answer| answer.replace("HTTP/1.1", "HTTP/1.0")).await), HandshakeFault::Version);
    let extension = "\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n";
    let ending = answer_changed(|answer| answer.replace("\r\n\r\n", extension)).await;
    assert!(ending.to_string().contains("the extension \"permessage-deflate\", which was not asked for"), "{ending}");
    assert!(matches!(fault(ending), HandshakeFault::Extension(_)));
}

#[tokio::test]
async fn a_head_without_end_is_refused_by_its_size_and_count() {
    let url = peer_saying(format!("HTTP/1.1 101 X\r\nX-Long: {}", "x".repeat(20_000))).await;
    assert_eq!(fault(failure(&url).await), HandshakeFault::HeadTooLarge(16 << 10));
    let url = peer_saying(format!("HTTP/1.1 101 X\r\nX-Long: {}\r\n\r\n", "x".repeat(1000))).await;
    let ws = Ws::to(Request::new(&url).unwrap()).limits(Limits { head_bytes_max: 500, ..Limits::DEFAULT });
    assert_eq!(fault(open_with(ws).await.expect_err("too large")), HandshakeFault::HeadTooLarge(500));
    let url = peer_saying(format!("HTTP/1.1 101 X\r\n{}\r\n", "A: b\r\n".repeat(200))).await;
    assert_eq!(fault(failure(&url).await), HandshakeFault::TooManyHeaders(128));
}

#[tokio::test]
async fn subprotocols_are_asked_for_and_checked() {
    let asking = |url: &str| {
        let request = Request::new(url).and_then(|r| r.subprotocol("v2.chat")).and_then(|r| r.subprotocol("v1.chat"));
        open_with(Ws::to(request.unwrap()))
    };
    let choosing = |chosen: &'static str| {
        peer(move |mut stream| async move {
            let request = read_request(&mut stream).await;
            assert!(request.contains("\r\nSec-WebSocket-Protocol: v2.chat, v1.chat\r\n") || !request.contains("Protocol:"), "{request}");
            stream.write_all(acceptance(&request).replace("\r\n\r\n", chosen).as_bytes()).await.unwrap();
            hold(&mut stream).await;
        })
    };
    asking(&choosing("\r\nSec-WebSocket-Protocol: v1.chat\r\n\r\n").await).await.unwrap();
    let other = asking(&choosing("\r\nSec-WebSocket-Protocol: v3.chat\r\n\r\n").await).await.expect_err("never asked for");
    assert!(other.to_string().contains("the subprotocol \"v3.chat\", which was not asked for"), "{other}");
    assert!(matches!(fault(other), HandshakeFault::UnaskedSubprotocol(_)));
    let none = asking(&choosing("\r\n\r\n").await).await.expect_err("none chosen");
    assert_eq!(fault(none), HandshakeFault::NoSubprotocol);
    let unasked = failure(&choosing("\r\nSec-WebSocket-Protocol: v1.chat\r\n\r\n").await).await;
    assert!(matches!(fault(unasked), HandshakeFault::UnaskedSubprotocol(_)));
}

#[tokio::test]
async fn headers_reach_the_peer() {
    let (sender, seen) = tokio::sync::oneshot::channel();
    let url = peer(|mut stream| async move {
        sender.send(accept(&mut stream).await).unwrap();
        hold(&mut stream).await;
    })
    .await;
    let request = Request::new(&format!("{url}?ticket=1")).and_then(|r| r.header("Authorization", "Bearer x")).unwrap();
    open_with(Ws::to(request)).await.unwrap();
    let seen = seen.await.unwrap();
    assert!(seen.starts_with("GET /path?ticket=1 HTTP/1.1\r\nHost: 127.0.0.1:"), "{seen}");
    assert!(seen.contains("\r\nauthorization: Bearer x\r\n"), "{seen}");
}

#[tokio::test]
async fn the_stage_tells_what_a_silent_peer_is_waited_for() {
    let url = peer(|mut stream| async move { hold(&mut stream).await }).await;
    let mut ws = Ws::to(Request::new(&url).unwrap());
    assert_eq!(ws.stage(), Stage::Unknown);
    let attempt = ws.open(Attempt::from_number(1));
    let timed_out = tokio::time::timeout(std::time::Duration::from_millis(100), attempt).await;
    assert!(timed_out.is_err(), "a silent peer never answers");
    assert_eq!(ws.stage(), Stage::Upgrade);

    let mut ws = Ws::new(|_| std::future::pending());
    let attempt = ws.open(Attempt::from_number(1));
    assert!(tokio::time::timeout(std::time::Duration::from_millis(10), attempt).await.is_err());
    assert_eq!(ws.stage(), Stage::Url);
}
