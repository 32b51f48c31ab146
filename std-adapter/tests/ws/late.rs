//! Deadlines that pass while the thread is busy: what lies in the kernel's buffers by then counts first.

use std::io::{Read, Write};
use std::pin::{Pin, pin};
use std::task::{Context, Waker};
use std::time::Duration;

use relink_tokio::ws::{Request, Ws};
use relink_tokio::{Builder, Clock, Event};
use tokio::net::TcpListener;
use tokio::task::yield_now;

use crate::peer::{accept, frame};

/// Moves the clock, and lets nobody run meanwhile: the thread is busy.
fn busy_for(seconds: u64) {
    let mut advance = pin!(tokio::time::advance(Duration::from_secs(seconds)));
    let _moved = advance.as_mut().poll(&mut Context::from_waker(Waker::noop()));
}

#[tokio::test]
async fn a_pong_that_the_reactor_has_not_seen_yet_counts() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}/", listener.local_addr().unwrap());
    let (client, mut events, mut driver) = Builder::new(Ws::to(Request::new(&url).unwrap())).clock(Clock::tokio()).build();
    let accepting = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        accept(&mut stream).await;
        assert!(matches!(events.next().await, Some(Event::Up { .. })));
        stream.into_std().unwrap()
    };
    let mut peer = tokio::select! {
        peer = accepting => peer,
        _ = &mut driver => panic!("the link has ended"),
    };
    peer.set_nonblocking(false).unwrap();
    tokio::time::pause();
    let mut poll = || assert!(Pin::new(&mut driver).poll(&mut Context::from_waker(Waker::noop())).is_pending());
    busy_for(20);
    poll();
    yield_now().await;
    poll();
    let mut ping = [0; 6];
    peer.read_exact(&mut ping).unwrap();
    assert_eq!(ping[0], 0x89);
    peer.write_all(&frame(0x8A, b"")).unwrap();
    busy_for(10);
    // Woken by somebody who wants to send.
    client.try_send("x").unwrap();
    poll();
    assert_eq!(client.stats().downs, 0, "nobody has looked into the socket yet");
    yield_now().await;
    poll();
    assert_eq!(client.stats().downs, 0, "the pong had come in time");
    busy_for(20);
    for _ in 0..3 {
        poll();
        yield_now().await;
    }
    busy_for(10);
    for _ in 0..3 {
        poll();
        yield_now().await;
    }
    assert_eq!(client.stats().downs, 1, "now there is none");
}
