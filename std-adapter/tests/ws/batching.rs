//! How many writes it takes, and what is held back from a peer that does not read.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use relink_core::Report;
use relink_tokio::ws::{Plain, Request, Ws, WsConnection};
use relink_tokio::{Builder, Clock, Connection, Event, Fate, Incoming};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::peer::{accept, flush, frame, hold, next, open_with, peer, piped, read_frame, ready};

/// Counts what reaches the socket.
struct Counting {
    inner: TcpStream,
    counts: Counts,
}

#[derive(Clone, Default)]
struct Counts(Arc<[AtomicUsize; 3]>);

impl Counts {
    const WRITES: usize = 0;
    const READS: usize = 1;
    const READ_BYTES_MAX: usize = 2;

    fn get(&self, which: usize) -> usize {
        self.0[which].load(Ordering::Relaxed)
    }

    fn clear(&self) {
        self.0.iter().for_each(|count| count.store(0, Ordering::Relaxed));
    }
}

impl AsyncRead for Counting {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.counts.0[Counts::READS].fetch_add(1, Ordering::Relaxed);
        self.counts.0[Counts::READ_BYTES_MAX].fetch_max(buffer.remaining(), Ordering::Relaxed);
        Pin::new(&mut self.inner).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Counting {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.counts.0[Counts::WRITES].fetch_add(1, Ordering::Relaxed);
        Pin::new(&mut self.inner).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

/// A connection whose writes and reads are counted, from after the handshake on.
async fn counted(url: &str) -> (WsConnection<Plain>, Counts) {
    let counts = Counts::default();
    let shared = counts.clone();
    let ws = Ws::to(Request::new(url).unwrap()).connector(move |target| {
        let counts = shared.clone();
        async move { Ok(Counting { inner: TcpStream::connect((&*target.host, target.port)).await?, counts }) }
    });
    let connection = open_with(ws).await.unwrap();
    counts.clear();
    (connection, counts)
}

/// A peer that reads this many frames and then says so.
async fn reader(frames: usize) -> String {
    peer(move |stream| async move {
        let mut stream = tokio::io::BufStream::new(stream);
        accept(&mut stream).await;
        stream.flush().await.unwrap();
        for _ in 0..frames {
            read_frame(&mut stream).await;
        }
        stream.write_all(&frame(0x81, b"all")).await.unwrap();
        stream.flush().await.unwrap();
        hold(&mut stream).await;
    })
    .await
}

#[tokio::test]
async fn messages_that_are_queued_leave_in_one_write() {
    let (mut connection, counts) = counted(&reader(51).await).await;
    for number in 0..50 {
        ready(&mut connection).await.unwrap();
        connection.queue(format!("message {number}").into()).unwrap();
    }
    connection.queue_ping().unwrap();
    assert_eq!((counts.get(Counts::WRITES), connection.written_bytes()), (0, 0), "nothing is written before the flush");
    flush(&mut connection).await.unwrap();
    assert_eq!(counts.get(Counts::WRITES), 1);
    // Ten messages of 9 bytes, forty of 10, an empty ping; 6 bytes of header each.
    assert_eq!(connection.written_bytes(), 10 * 15 + 40 * 16 + 6);
    assert!(matches!(next(&mut connection).await, Incoming::Message(_)));
}

#[tokio::test]
async fn more_than_the_buffer_takes_a_write_a_buffer() {
    let (mut connection, counts) = counted(&reader(1000).await).await;
    for _ in 0..1000 {
        ready(&mut connection).await.unwrap();
        connection.queue("x".repeat(64).into()).unwrap();
    }
    flush(&mut connection).await.unwrap();
    let writes = counts.get(Counts::WRITES);
    // 70 bytes a frame in 4 KiB; the connection reckons with the longest header.
    assert!((17..=20).contains(&writes), "{writes} writes");
    assert_eq!(connection.written_bytes(), 70_000);
    assert!(matches!(next(&mut connection).await, Incoming::Message(_)));
}

#[tokio::test]
async fn messages_that_came_together_take_one_read() {
    let url = peer(|mut stream| async move {
        accept(&mut stream).await;
        stream.read_u8().await.unwrap();
        stream.write_all(&frame(0x81, b"sixteen bytes ..").repeat(200)).await.unwrap();
        hold(&mut stream).await;
    })
    .await;
    let (mut connection, counts) = counted(&url).await;
    connection.queue_ping().unwrap();
    flush(&mut connection).await.unwrap();
    for _ in 0..200 {
        let Incoming::Message(message) = next(&mut connection).await else { panic!("not a message") };
        assert_eq!(message.as_text(), Some("sixteen bytes .."));
    }
    let reads = counts.get(Counts::READS);
    assert!(reads <= 3, "{reads} reads: one that waits, one that gets all");
    assert_eq!(counts.get(Counts::READ_BYTES_MAX), 4096, "into a buffer of the size that was asked for");
}

#[tokio::test]
async fn a_peer_that_does_not_read_stops_the_writer_and_the_bytes_tell() {
    let (ws, mut pipe) = piped(1000);
    let peer = tokio::spawn(async move {
        accept(&mut pipe).await;
        pipe
    });
    let mut connection = open_with(ws).await.unwrap();
    let mut pipe = peer.await.unwrap();
    let queued = async {
        let mut queued = 0;
        loop {
            poll_fn(|cx| connection.poll_ready(cx)).await.unwrap();
            connection.queue("x".repeat(94).into()).unwrap();
            queued += 1;
            assert!(queued < 1000, "the buffer has no bound");
        }
    };
    assert!(timeout(Duration::from_millis(50), queued).await.is_err(), "the writer waits");
    assert_eq!(connection.written_bytes(), 1000, "what the pipe holds");
    let mut some = [0; 500];
    pipe.read_exact(&mut some).await.unwrap();
    assert!(timeout(Duration::from_millis(50), ready(&mut connection)).await.is_err());
    assert_eq!(connection.written_bytes(), 1500, "a slow peer makes progress");
    tokio::spawn(async move { hold(&mut pipe).await });
    ready(&mut connection).await.unwrap();
    flush(&mut connection).await.unwrap();
}

#[tokio::test]
async fn a_peer_that_pings_and_does_not_read_is_not_read_either() {
    let (ws, mut pipe) = piped(1000);
    let peer = tokio::spawn(async move {
        accept(&mut pipe).await;
        pipe
    });
    let mut connection = open_with(ws).await.unwrap();
    let mut pipe = peer.await.unwrap();
    let pings = Arc::new(AtomicUsize::new(0));
    let sent = pings.clone();
    let flood = tokio::spawn(async move {
        while pipe.write_all(&frame(0x89, &[0; 100])).await.is_ok() {
            sent.fetch_add(1, Ordering::Relaxed);
        }
    });
    let reading = async {
        loop {
            assert!(matches!(poll_fn(|cx| connection.poll_receive(cx)).await, Incoming::Report(Report::Heard)));
        }
    };
    assert!(timeout(Duration::from_millis(100), reading).await.is_err(), "reading stops");
    let pings = pings.load(Ordering::Relaxed);
    assert!((64..300).contains(&pings), "{pings} pings were taken");
    flood.abort();
}

#[tokio::test]
async fn a_peer_that_pings_and_reads_does_not_spoil_the_batching() {
    let url = peer(|mut stream| async move {
        accept(&mut stream).await;
        stream.write_all(&frame(0x89, b"?").repeat(200)).await.unwrap();
        for _ in 0..200 {
            assert_eq!(read_frame(&mut stream).await, (0x8A, b"?".to_vec()));
        }
        stream.write_all(&frame(0x81, b"now").repeat(2)).await.unwrap();
        hold(&mut stream).await;
    })
    .await;
    let mut connection = open_with(Ws::to(Request::new(&url).unwrap())).await.unwrap();
    for _ in 0..200 {
        assert!(matches!(next(&mut connection).await, Incoming::Report(Report::Heard)));
    }
    flush(&mut connection).await.unwrap();
    assert!(matches!(next(&mut connection).await, Incoming::Message(_)));
    let before = connection.written_bytes();
    connection.queue("not yet".into()).unwrap();
    assert!(matches!(next(&mut connection).await, Incoming::Message(_)));
    assert_eq!(connection.written_bytes(), before, "reading alone writes no messages");
}

/// A slow link: a minute for one message, and 10 s for a pong.
#[tokio::test(start_paused = true)]
async fn a_message_that_takes_a_minute_to_write_is_not_silence() {
    let (ws, mut theirs) = piped(512);
    let (client, mut events) = Builder::new(ws).clock(Clock::tokio()).spawn();
    accept(&mut theirs).await;
    assert!(matches!(events.next().await, Some(Event::Up { .. })));
    let receipt = client.send_tracked("x".repeat(60_000)).await.unwrap();
    tokio::spawn(async move {
        let mut part = [0; 1000];
        while theirs.read_exact(&mut part).await.is_ok() {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    });
    assert_eq!(receipt.await, Fate::Written);
    assert!(events.try_next().is_none());
}
