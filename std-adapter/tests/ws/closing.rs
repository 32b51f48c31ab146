//! The closing handshake from both ends, and ends without one.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use futures_util::StreamExt;
use relink_core::{CloseCode, Millis, Verdict};
use relink_tokio::classify::verdict;
use relink_tokio::ending::PeerClose;
use relink_tokio::ws::{Message, Request, Ws};
use relink_tokio::{Connection, Ending, Incoming};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};

use crate::peer::{accept, close_frame, flush, frame, hold, next, open, open_with, peer, read_frame, ready};

fn closed(code: u16, reason: &str) -> PeerClose {
    PeerClose { code: Some(CloseCode::new(code)), reason: reason.into() }
}

#[tokio::test]
async fn the_peers_close_is_answered_with_its_own_code() {
    let (sender, answer) = tokio::sync::oneshot::channel();
    let url = peer(|mut stream| async move {
        accept(&mut stream).await;
        stream.write_all(&close_frame(4321, "enough")).await.unwrap();
        sender.send(read_frame(&mut stream).await).unwrap();
    })
    .await;
    let mut connection = open(&url).await.unwrap();
    let Incoming::Closed(ending) = next(&mut connection).await else { panic!("not closed") };
    assert!(matches!(&ending, Ending::Closed(close) if *close == closed(4321, "enough")), "{ending:?}");
    assert_eq!(ending.to_string(), "the peer closed the connection with 4321, saying \"enough\"");
    assert!(matches!(ready(&mut connection).await, Err(Ending::Closed(_))));
    assert!(matches!(connection.queue("too late".into()), Err(Ending::Closed(_))));
    // The link answers with a Close of its own; the peer must see one, and the peer's code.
    connection.queue_close(CloseCode::NORMAL).unwrap();
    flush(&mut connection).await.unwrap();
    let (first, payload) = answer.await.unwrap();
    assert_eq!((first, &payload[..2]), (0x88, &4321_u16.to_be_bytes()[..]));
    assert!(matches!(next(&mut connection).await, Incoming::Lost(Ending::Closed(close)) if close == closed(4321, "enough")));
}

#[tokio::test]
async fn a_close_without_a_code_is_one() {
    let url = peer(|mut stream| async move {
        accept(&mut stream).await;
        stream.write_all(&frame(0x88, b"")).await.unwrap();
        assert_eq!(read_frame(&mut stream).await, (0x88, Vec::new()));
    })
    .await;
    let mut connection = open(&url).await.unwrap();
    let Incoming::Closed(ending) = next(&mut connection).await else { panic!("not closed") };
    assert_eq!(ending.to_string(), "the peer closed the connection without saying why");
    assert_eq!((ending.close_code(), verdict(&ending)), (None, Verdict::Retry));
    flush(&mut connection).await.unwrap();
    assert!(matches!(next(&mut connection).await, Incoming::Lost(Ending::Closed(_))));
}

#[tokio::test]
async fn our_close_ends_with_the_peers_answer_and_what_is_on_its_way_still_comes() {
    let url = peer(|mut stream| async move {
        accept(&mut stream).await;
        assert_eq!(read_frame(&mut stream).await, (0x81, b"last words".to_vec()));
        assert_eq!(read_frame(&mut stream).await, (0x88, 1001_u16.to_be_bytes().to_vec()));
        stream.write_all(&[frame(0x81, b"on its way"), close_frame(1001, "")].concat()).await.unwrap();
        assert_eq!(stream.read(&mut [0; 1]).await.unwrap_or(0), 0, "nothing follows a Close");
    })
    .await;
    let mut connection = open(&url).await.unwrap();
    connection.queue("last words".into()).unwrap();
    connection.queue_close(CloseCode::GOING_AWAY).unwrap();
    assert!(matches!(connection.queue("too late".into()), Err(Ending::Finished)));
    assert!(connection.queue_ping().is_err());
    flush(&mut connection).await.unwrap();
    assert!(matches!(next(&mut connection).await, Incoming::Message(Message::Text(text)) if text == "on its way"));
    assert!(matches!(next(&mut connection).await, Incoming::Closed(Ending::Closed(close)) if close == closed(1001, "")));
    drop(connection);
}

#[tokio::test]
async fn an_end_without_a_close_is_said_to_be_one() {
    let url = peer(|mut stream| async move {
        accept(&mut stream).await;
        stream.write_all(&[&frame(0x81, b"whole")[..], &[0x81, 100, b'h', b'a', b'l', b'f']].concat()).await.unwrap();
    })
    .await;
    let mut connection = open(&url).await.unwrap();
    assert!(matches!(next(&mut connection).await, Incoming::Message(_)));
    let Incoming::Lost(ending) = next(&mut connection).await else { panic!("not lost") };
    assert!(matches!(ending, Ending::Eof) && ending.to_string().contains("without a Close frame"), "{ending:?}");
}

#[tokio::test]
async fn a_reset_is_an_error_of_the_connection() {
    let url = peer(|mut stream| async move {
        accept(&mut stream).await;
        #[allow(deprecated)]
        stream.set_linger(Some(std::time::Duration::ZERO)).unwrap();
    })
    .await;
    let mut connection = open(&url).await.unwrap();
    let Incoming::Lost(ending) = next(&mut connection).await else { panic!("not lost") };
    assert!(matches!(&ending, Ending::Io(error) if error.kind() == std::io::ErrorKind::ConnectionReset), "{ending:?}");
}

#[tokio::test]
async fn dropping_a_connection_ends_its_socket() {
    let (sender, ended) = tokio::sync::oneshot::channel();
    let url = peer(|mut stream| async move {
        accept(&mut stream).await;
        hold(&mut stream).await;
        sender.send(()).unwrap();
    })
    .await;
    drop(open(&url).await.unwrap());
    ended.await.unwrap();
}

/// A peer that is not written by us, nor for this test.
#[tokio::test]
async fn tokio_tungstenite_as_the_peer() {
    let url = peer(|stream| async move {
        let mut server = tokio_tungstenite::accept_async(stream).await.unwrap();
        while let Some(Ok(message)) = server.next().await {
            if message.is_text() || message.is_binary() {
                futures_util::SinkExt::send(&mut server, message).await.unwrap();
            }
        }
    })
    .await;
    let mut connection = open(&url).await.unwrap();
    let sent: [Message; 3] = ["ünïcödé".into(), "x".repeat(100_000).into(), vec![0xFF; 300].into()];
    for message in &sent {
        ready(&mut connection).await.unwrap();
        connection.queue(message.clone()).unwrap();
    }
    flush(&mut connection).await.unwrap();
    for message in sent {
        assert!(matches!(next(&mut connection).await, Incoming::Message(echo) if echo == message));
    }
    connection.queue_close(CloseCode::NORMAL).unwrap();
    flush(&mut connection).await.unwrap();
    assert!(matches!(next(&mut connection).await, Incoming::Closed(Ending::Closed(close)) if close == closed(1000, "")));
    assert!(matches!(next(&mut connection).await, Incoming::Lost(Ending::Closed(_))));
}

#[tokio::test]
async fn a_restart_is_a_renewal_spread_over_seconds() {
    for code in [1001, 1012] {
        let Verdict::Renew { within } = verdict(&Ending::Closed(closed(code, ""))) else { panic!("{code}") };
        assert!(within >= Millis::from_secs(5), "{code}");
    }
}

/// A pipe that takes what is written to it only as long as it is told to.
struct Mute(tokio::io::DuplexStream, Arc<AtomicBool>);

impl AsyncRead for Mute {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Mute {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if self.1.load(Ordering::Relaxed) {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

/// A transport over such a pipe, the switch that makes it mute, and the peer's end.
fn over_mute() -> (Ws, Arc<AtomicBool>, tokio::io::DuplexStream) {
    let (ours, theirs) = tokio::io::duplex(1000);
    let mute = Arc::new(AtomicBool::new(false));
    let stream = std::sync::Mutex::new(Some(Mute(ours, mute.clone())));
    let ws = Ws::to(Request::new("ws://pipe.test/").unwrap()).connector(move |_| {
        let stream = stream.lock().unwrap().take();
        async move { stream.ok_or_else(|| io::Error::other("the pipe is taken")) }
    });
    (ws, mute, theirs)
}

#[tokio::test]
async fn a_close_that_cannot_be_answered_keeps_its_reason() {
    let (ws, mute, mut theirs) = over_mute();
    tokio::spawn(async move {
        accept(&mut theirs).await;
        theirs.write_all(&close_frame(4000, "gone")).await.unwrap();
        hold(&mut theirs).await;
    });
    let mut connection = open_with(ws).await.unwrap();
    mute.store(true, Ordering::Relaxed);
    assert!(matches!(next(&mut connection).await, Incoming::Closed(_)));
    assert!(matches!(flush(&mut connection).await, Err(Ending::Closed(close)) if close == closed(4000, "gone")));
}

#[tokio::test]
async fn a_write_that_fails_says_why() {
    let (ws, mute, mut theirs) = over_mute();
    tokio::spawn(async move {
        accept(&mut theirs).await;
        hold(&mut theirs).await;
    });
    let mut connection = open_with(ws).await.unwrap();
    mute.store(true, Ordering::Relaxed);
    connection.queue("lost".into()).unwrap();
    assert!(matches!(flush(&mut connection).await, Err(Ending::Io(error)) if error.kind() == io::ErrorKind::BrokenPipe));
}

#[tokio::test]
async fn an_upgrade_that_cannot_be_written_says_why_unless_there_is_an_answer() {
    let (ws, mute, theirs) = over_mute();
    mute.store(true, Ordering::Relaxed);
    drop(theirs);
    let ending = open_with(ws).await.expect_err("a failure");
    assert!(matches!(&ending, Ending::Io(error) if error.kind() == io::ErrorKind::BrokenPipe), "{ending:?}");

    let (ws, mute, mut theirs) = over_mute();
    mute.store(true, Ordering::Relaxed);
    theirs.write_all(b"HTTP/1.1 503 Full\r\nContent-Length: 0\r\n\r\n").await.unwrap();
    assert_eq!(open_with(ws).await.expect_err("a refusal").status(), Some(503));
}
