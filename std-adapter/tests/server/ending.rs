//! How one connection ends: by the peer, by its future, by silence, by age; and what is recorded of it.

use std::time::Duration;

use futures_util::SinkExt;
use relink_tokio::server::Cause;
use relink_tokio::{CloseCode, Config, Ending, Millis};
use tokio::time::{Instant, sleep};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use crate::bench::*;

#[tokio::test(start_paused = true)]
async fn a_client_that_leaves_properly_is_recorded() {
    let (builder, records) = builder();
    let server = builder.serve(echo);
    let mut socket = dial(&server).await;
    echoes(&mut socket, "hello").await;
    sleep(Duration::from_secs(3)).await;
    socket.close(Some(CloseFrame { code: 3001.into(), reason: "bye".into() })).await.unwrap();
    assert_eq!(close_code(&mut socket).await, 3001, "a Close is answered with its own code");
    until(|| records.lock().unwrap().len() == 1, a_moment).await;
    let records = records.lock().unwrap();
    let record = &records[0];
    assert_eq!((record.cause, record.code, record.forced), (Cause::Peer, Some(CloseCode::new(3001)), false));
    assert!(record.ending.to_string().contains("bye"), "{}", record.ending);
    assert_eq!((record.messages_in, record.messages_out), (1, 1));
    assert_eq!(record.age.as_secs(), 3);
    let stats = server.stats();
    assert_eq!((stats.connections, stats.accepted, stats.sessions, stats.ended, stats.forced), (0, 1, 1, 1, 0));
}

#[tokio::test(start_paused = true)]
async fn the_end_of_the_future_closes_and_its_panic_closes_with_1011() {
    let (builder, records) = builder();
    let server = builder.serve(|mut session| async move {
        match session.next().await.as_ref().and_then(|message| message.as_text()) {
            Some("panic") => panic!("a mistake in a session"),
            Some("leave") => drop(session.send("a last word").await),
            _ => {}
        }
    });
    let mut other = dial(&server).await;
    let mut panics = dial(&server).await;
    panics.send(Message::text("panic")).await.unwrap();
    assert_eq!(close_code(&mut panics).await, 1011);
    let mut leaves = dial(&server).await;
    leaves.send(Message::text("leave")).await.unwrap();
    assert_eq!(says(&mut leaves).await, "a last word", "what was sent before the end is written");
    assert_eq!(close_code(&mut leaves).await, 1000);
    until(|| records.lock().unwrap().len() == 2, a_moment).await;
    let causes: Vec<_> = records.lock().unwrap().iter().map(|record| record.cause).collect();
    assert_eq!(causes, [Cause::Panicked, Cause::Done]);
    assert_eq!((server.stats().panicked, server.stats().connections), (1, 1));
    other.send(Message::text("leave")).await.unwrap();
    assert_eq!(says(&mut other).await, "a last word");
}

#[tokio::test(start_paused = true)]
async fn a_silent_client_is_pinged_once_and_dropped() {
    let (builder, records) = builder();
    let server = builder.serve(echo);
    // It reads nothing, so it answers nothing.
    let _socket = dial(&server).await;
    let start = Instant::now();
    until(|| records.lock().unwrap().len() == 1, a_moment).await;
    assert_eq!(start.elapsed().as_secs(), 25, "20 s of silence, 5 s for the answer");
    assert!(matches!(records.lock().unwrap()[0].ending, Ending::Timeout(_)), "{:?}", records.lock().unwrap()[0]);
}

#[tokio::test(start_paused = true)]
async fn a_connection_reaches_its_greatest_age_and_is_closed() {
    let (builder, records) = builder();
    let config = Config { lifetime_max: Millis::from_secs(100), lifetime_spread_percent: 10, ping_after: Millis::ZERO, ..CONFIG };
    let server = builder.config(config).serve(echo);
    let mut ages = Vec::new();
    for _ in 0..8 {
        let mut socket = dial(&server).await;
        let start = Instant::now();
        assert_eq!(close_code(&mut socket).await, 1001, "the server ends it");
        ages.push(start.elapsed().as_millis());
    }
    assert!(ages.iter().all(|age| (90_000..=110_100).contains(age)), "{ages:?}");
    assert!(ages.iter().max() > ages.iter().min().map(|least| least + 1000).as_ref(), "they are spread: {ages:?}");
    until(|| records.lock().unwrap().len() == 8, a_moment).await;
    let records = records.lock().unwrap();
    assert!(records.iter().all(|record| matches!(record.ending, Ending::Aged)));
    assert!(records.iter().all(|record| (record.cause, record.code) == (Cause::Aged, Some(CloseCode::GOING_AWAY))));
}

#[tokio::test(start_paused = true)]
async fn a_future_that_does_not_end_is_dropped_some_time_after_its_connection() {
    struct Told(std::sync::Arc<std::sync::atomic::AtomicBool>);
    impl Drop for Told {
        fn drop(&mut self) {
            self.0.store(true, std::sync::atomic::Ordering::Relaxed);
        }
    }
    let dropped = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let (builder, _) = builder();
    let server = builder.handler_timeout(Duration::from_secs(3)).serve({
        let dropped = dropped.clone();
        move |session| {
            let told = Told(dropped.clone());
            async move {
                let _both = (session, told);
                std::future::pending().await
            }
        }
    });
    let socket = dial(&server).await;
    until(|| server.stats().sessions == 1, a_moment).await;
    drop(socket);
    let start = Instant::now();
    until(|| server.stats().connections == 0, a_moment).await;
    assert_eq!((start.elapsed().as_secs(), dropped.load(std::sync::atomic::Ordering::Relaxed)), (3, true));
}

#[tokio::test(start_paused = true)]
async fn bad_frames_close_that_connection_with_the_right_code() {
    use tokio::io::AsyncWriteExt;
    let (builder, records) = builder();
    let server = builder.bounds(relink_tokio::ws::Limits { message_bytes_max: 1000, ..Default::default() }).serve(echo);
    let mut fine = dial(&server).await;
    // Unmasked; reserved opcode; text that is not UTF-8; more than may be.
    let cases: [(&[u8], u16); 4] = [
        (&[0x81, 0x01, b'a'], 1002),
        (&[0x83, 0x80, 0, 0, 0, 0], 1002),
        (&[0x81, 0x81, 0, 0, 0, 0, 0xFF], 1007),
        (&[0x82, 0xFE, 0xFF, 0xFF, 0, 0, 0, 0], 1009),
    ];
    for (frame, code) in cases {
        let mut socket = dial(&server).await;
        socket.get_mut().write_all(frame).await.unwrap();
        assert_eq!(close_code(&mut socket).await, code, "{frame:?}");
    }
    until(|| records.lock().unwrap().len() == 4, a_moment).await;
    let codes: Vec<_> = records.lock().unwrap().iter().map(|record| record.code.map(CloseCode::get)).collect();
    assert_eq!(codes, cases.map(|(_, code)| Some(code)));
    echoes(&mut fine, "unharmed").await;
}

#[tokio::test(start_paused = true)]
async fn the_code_of_the_first_who_wants_the_end_is_said_and_recorded() {
    let this = std::sync::Arc::new(std::sync::OnceLock::<relink_tokio::server::Server>::new());
    let (builder, records) = builder();
    let handle = this.clone();
    let server = builder.serve(move |mut session| {
        let server = handle.clone();
        async move {
            session.next().await;
            assert!(server.get().unwrap().end(session.key(), CloseCode::new(3001)));
        }
    });
    this.set(server.clone()).unwrap();
    let mut socket = dial(&server).await;
    socket.send(Message::text("end")).await.unwrap();
    assert_eq!(close_code(&mut socket).await, 3001, "and not the 1000 of a session that has ended by itself");
    until(|| records.lock().unwrap().len() == 1, a_moment).await;
    let records = records.lock().unwrap();
    assert_eq!((records[0].cause, records[0].code), (Cause::Ended, Some(CloseCode::new(3001))));
}

#[tokio::test(start_paused = true)]
async fn a_panic_in_what_is_told_of_an_end_leaves_nobody_behind() {
    let (builder, _) = builder();
    let server = builder.on_end(|_| panic!("a mistake of the user's")).serve(echo);
    let socket = dial(&server).await;
    let _stays = dial(&server).await;
    until(|| server.stats().sessions == 2, a_moment).await;
    drop(socket);
    until(|| server.stats().connections == 1, a_moment).await;
    let report = server.drain(relink_tokio::server::Plan::DEFAULT).await;
    assert_eq!((report.graceful + report.forced, server.stats().ended), (1, 2));
}
