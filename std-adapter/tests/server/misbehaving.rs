//! Clients that misbehave: who violates the protocol, sends a message that never ends, or comes again and again; and who only seems to.

use std::time::Duration;

use relink_tokio::server::{Admission, Cause, Limits, Server};
use relink_tokio::{CloseCode, Config, Ending, InboxLimits, Millis, ws};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, sleep, timeout};
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Message;

use crate::bench::*;

/// A frame with a reserved opcode.
const VIOLATION: [u8; 6] = [0x83, 0x80, 0, 0, 0, 0];

/// The code of the Close that is the last thing before the end of the stream.
async fn last_code(stream: &mut (impl AsyncRead + Unpin)) -> u16 {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.unwrap();
    match bytes[..] {
        [0x88, _, high, low, ..] => u16::from_be_bytes([high, low]),
        _ => panic!("not a Close but: {bytes:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn after_a_violation_the_server_ends_the_stream_first_and_drops_it_soon() {
    let (builder, records) = builder();
    let server = builder.serve(echo);
    let mut socket = dial(&server).await;
    let start = Instant::now();
    let stream = socket.get_mut();
    stream.write_all(&VIOLATION).await.unwrap();
    assert_eq!(last_code(stream).await, 1002);
    assert_eq!(start.elapsed(), Duration::ZERO, "the end of the stream comes right behind the Close (RFC 6455 §7.1.1)");
    // This client never ends its side, and says more: it is read for a while, or its noise would reset what it has not read yet.
    stream.write_all(&[0; 200_000]).await.unwrap();
    assert_eq!(server.stats().connections, 1);
    until(|| records.lock().unwrap().len() == 1, a_moment).await;
    assert!(start.elapsed() < CONFIG.closing_timeout.as_duration(), "{:?}", start.elapsed());
    let record = records.lock().unwrap()[0].clone();
    assert!(matches!(record.ending, Ending::Protocol(_)), "{:?}", record.ending);
    assert_eq!((record.cause, record.code, record.forced), (Cause::Peer, Some(CloseCode::PROTOCOL_ERROR), false));
    until(|| server.stats().connections == 0, a_moment).await;
    assert_eq!(server.stats().forced, 0);
    stream.write_all(&[0]).await.unwrap_err();
}

#[tokio::test(start_paused = true)]
async fn who_violates_and_leaves_is_gone_at_once_and_who_does_not_even_read_is_forced() {
    let (builder, records) = builder();
    let server = builder.serve(echo);
    let mut leaves = dial(&server).await;
    let start = Instant::now();
    leaves.get_mut().write_all(&VIOLATION).await.unwrap();
    leaves.get_mut().shutdown().await.unwrap();
    until(|| records.lock().unwrap().len() == 1, tokio::task::yield_now).await;
    assert_eq!((start.elapsed(), records.lock().unwrap()[0].forced), (Duration::ZERO, false));
    // The answers to its messages fill the stream: no Close can be written, so nothing is orderly about its end.
    let mut deaf = dial(&server).await;
    let echoed = [&[0x82, 0xFE, 0xFF, 0xFF, 0, 0, 0, 0][..], &[0; 0xFFFF]].concat();
    deaf.get_mut().write_all(&[&echoed[..], &echoed, &VIOLATION].concat()).await.unwrap();
    until(|| records.lock().unwrap().len() == 2, a_moment).await;
    assert!(records.lock().unwrap()[1].forced);
    assert!(start.elapsed() >= CONFIG.closing_timeout.as_duration());
}

/// All of it over TCP, where closing on unread bytes resets the connection.
#[tokio::test]
async fn a_client_that_sends_all_of_its_oversize_message_before_it_reads_hears_why_it_ends() {
    let (builder, records) = recorded(Server::builder());
    let server = builder.bounds(ws::Limits { message_bytes_max: 1000, ..Default::default() }).serve(echo);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let listening = tokio::spawn({
        let server = server.clone();
        async move { server.listen(listener).await }
    });
    let (mut socket, _) = client_async("ws://server/", TcpStream::connect(address).await.unwrap()).await.unwrap();
    let size: u32 = 16 << 20;
    let stream = socket.get_mut();
    let [a, b, c, d] = size.to_be_bytes();
    stream.write_all(&[0x82, 0xFF, 0, 0, 0, 0, a, b, c, d, 0, 0, 0, 0]).await.unwrap();
    stream.write_all(&vec![0; size as usize]).await.unwrap();
    assert_eq!(timeout(Duration::from_secs(5), last_code(stream)).await.unwrap(), 1009);
    drop(socket);
    until(|| records.lock().unwrap().len() == 1, || sleep(Duration::from_millis(5))).await;
    assert!(!records.lock().unwrap()[0].forced);
    listening.abort();
}

/// What it does a second: beside pings and pongs, it sends these bytes one by one.
async fn drips(server: &Server, bytes: impl Iterator<Item = u8>) -> (u16, Duration) {
    let mut socket = dial(server).await;
    let start = Instant::now();
    let (mut reader, mut writer) = tokio::io::split(socket.get_mut());
    let dripping = async {
        for byte in bytes {
            writer.write_all(&[byte]).await.unwrap();
            sleep(Duration::from_secs(1)).await;
        }
        std::future::pending::<()>().await;
    };
    tokio::select! {
        () = dripping => unreachable!(),
        code = last_code(&mut reader) => (code, start.elapsed()),
    }
}

#[tokio::test(start_paused = true)]
async fn a_byte_a_second_is_no_message() {
    let (builder, records) = builder();
    // Pings would have ended it, where it cannot answer them in the middle of a frame.
    let server = builder.config(Config { ping_after: Millis::ZERO, ..CONFIG }).serve(echo);
    let mut fine = dial(&server).await;
    let frame = [0x82, 0xFE, 0xFF, 0xFF, 0, 0, 0, 0].into_iter().chain(std::iter::repeat(0));
    let fragments = [0x02, 0x80, 0, 0, 0, 0].into_iter().chain([0x00, 0x80, 0, 0, 0, 0].into_iter().cycle());
    let ping = [0x89, 0xFD, 0, 0, 0, 0].into_iter().chain(std::iter::repeat(0));
    for (code, after) in [drips(&server, frame).await, drips(&server, fragments).await, drips(&server, ping).await] {
        let most = ws::Limits::DEFAULT.message_time_max.as_duration();
        assert_eq!(code, 3008, "it may come again: that it is slow breaks no rule of the protocol");
        assert!((most..most + Duration::from_secs(3)).contains(&after), "{after:?}");
    }
    until(|| records.lock().unwrap().len() == 3, a_moment).await;
    for record in &*records.lock().unwrap() {
        assert_eq!((record.code, record.forced), (Some(CloseCode::TIMEOUT), false));
        assert!(record.ending.to_string().contains("too slow"), "{}", record.ending);
    }
    echoes(&mut fine, "undisturbed").await;
}

#[tokio::test(start_paused = true)]
async fn a_message_that_is_begun_and_never_gone_on_with_ends_although_pongs_come() {
    use futures_util::StreamExt;
    let (builder, _) = builder();
    let server = builder.serve(echo);
    let mut socket = dial(&server).await;
    let start = Instant::now();
    socket.get_mut().write_all(&[0x01, 0x81, 0, 0, 0, 0, b'a']).await.unwrap();
    // Its library answers pings while it reads.
    let close = loop {
        match socket.next().await.unwrap().unwrap() {
            Message::Close(close) => break close.unwrap(),
            Message::Ping(_) => {}
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(u16::from(close.code), 3008);
    let most = ws::Limits::DEFAULT.message_time_max.as_duration() + CONFIG.ping_after.as_duration();
    assert!(start.elapsed() <= most + Duration::from_secs(1), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_large_message_on_a_slow_line_arrives() {
    let (builder, _) = builder();
    let server = builder.serve(|mut session| async move {
        while let Some(message) = session.next().await {
            session.send(format!("{} bytes", message.len())).await.ok();
        }
    });
    let mut socket = dial(&server).await;
    // As slow as the oldest mobile networks: 400 KiB at 1 KiB/s.
    let size: u32 = 400 << 10;
    let [a, b, c, d] = size.to_be_bytes();
    let mut message = vec![0x82, 0xFF, 0, 0, 0, 0, a, b, c, d, 0, 0, 0, 0];
    message.resize(14 + size as usize, 0);
    for piece in message.chunks(1 << 10) {
        socket.get_mut().write_all(piece).await.unwrap();
        sleep(Duration::from_secs(1)).await;
    }
    assert_eq!(says(&mut socket).await, "409600 bytes");
}

#[tokio::test(start_paused = true)]
async fn a_slow_consumer_is_not_the_fault_of_the_peer_whose_message_waits_for_it() {
    let (builder, _) = builder();
    let builder =
        builder.config(Config { ping_after: Millis::ZERO, ..CONFIG }).inbox(InboxLimits { events_max: 2, ..InboxLimits::DEFAULT });
    let server = builder.serve(|mut session| async move {
        let mut busy = Duration::from_secs(600);
        while let Some(message) = session.next().await {
            sleep(std::mem::replace(&mut busy, Duration::from_secs(1))).await;
            session.send(message).await.ok();
        }
    });
    let mut socket = dial(&server).await;
    // All of it comes at once but the last byte. There is no room for the message before that, so nothing is read for a long time.
    let frames: Vec<u8> = (b'a'..=b'f').flat_map(|letter| [0x81, 0x81, 0, 0, 0, 0, letter]).collect();
    let (last, begun) = frames.split_last().unwrap();
    socket.get_mut().write_all(begun).await.unwrap();
    for letter in ["a", "b", "c", "d", "e"] {
        assert_eq!(says(&mut socket).await, letter);
    }
    socket.get_mut().write_all(&[*last]).await.unwrap();
    assert_eq!(says(&mut socket).await, "f");
}

#[tokio::test(start_paused = true)]
async fn a_client_that_comes_again_and_again_piles_up_no_more_connections_than_may_close() {
    let (builder, records) = builder();
    let named = builder.gate(|upgrade| async move { Ok(Admission::new().identity(upgrade.header("x-self-id").unwrap_or_default())) });
    let server = named.limits(Limits { replaced_max: 3, connections_max: 3, ..Limits::DEFAULT }).serve(echo);
    let mut other = dial_as(&server, "other").await;
    let mut comes = Vec::new();
    for time in 1..=10_u64 {
        // Half-open, as a rule: none of them answers the Close.
        comes.push(dial_as(&server, "bot").await);
        until(|| server.stats().sessions == time + 1, tokio::task::yield_now).await;
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        let stats = server.stats();
        assert_eq!((stats.replaced_now, stats.connections), ((time - 1).min(3), (time + 1).min(5)));
    }
    let forced: Vec<_> = records.lock().unwrap().iter().map(|record| (record.cause, record.forced)).collect();
    assert_eq!(forced, [(Cause::Replaced, true); 6], "the oldest were dropped at once");
    echoes(comes.last_mut().unwrap(), "serves").await;
    // One whose closing was not cut short still is told why.
    assert_eq!(close_code(&mut comes[8]).await, 1008);
    echoes(&mut other, "undisturbed").await;
    sleep(CONFIG.closing_timeout.as_duration() * 2).await;
    assert_eq!((server.stats().replaced_now, server.stats().connections), (0, 2));
    // The end of one that was not the oldest has left nothing behind.
    for _ in 0..3 {
        comes.push(dial_as(&server, "bot").await);
    }
    until(|| server.stats().replaced_now == 3, a_moment).await;
}
