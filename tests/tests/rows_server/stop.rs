//! Stopping a service ends its connections (NapCat's left them open): told, closed, spread, forced, reported.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use relink_tokio::Millis;
use relink_tokio::server::{Cause, Plan, Server};
use tokio::task::JoinSet;
use tokio::time::sleep;
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::bench::*;

const LIVE: usize = 950;
const SILENT: usize = 50;
const PLAN: Plan = Plan {
    grace: Millis::new(300),
    spread: Millis::from_secs(2),
    close_deadline: Millis::new(1500),
    hint: Millis::from_secs(7),
    ..Plan::DEFAULT
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_clients_fifty_of_them_silent_are_ended_as_planned() {
    let (builder, records) = recorded(Server::builder().farewell(|_| Some("the service ends".into())));
    let server = builder.serve(echo);
    let (address, listening) = listen(&server).await;
    let closes = Arc::new(Mutex::new(Vec::new()));
    let mut live = JoinSet::new();
    for _ in 0..LIVE {
        let (mut socket, closes) = (dial(address).await.unwrap(), closes.clone());
        live.spawn(async move {
            assert_eq!(text(&mut socket).await.as_deref(), Some("the service ends"));
            let close = socket.next().await.unwrap().unwrap();
            closes.lock().unwrap().push(Instant::now());
            assert!(matches!(&close, Message::Close(Some(frame)) if u16::from(frame.code) == 1001), "{close:?}");
            // Until the server has ended the transport.
            while let Some(Ok(_)) = socket.next().await {}
        });
    }
    let mut silent = Vec::new();
    for _ in 0..SILENT {
        silent.push(dial(address).await.unwrap());
    }
    while server.stats().sessions < (LIVE + SILENT) as u64 {
        sleep(Duration::from_millis(5)).await;
    }
    let began = Instant::now();
    let (report, refused) = tokio::join!(server.drain(PLAN), come_too_late(address));
    let took = began.elapsed();
    println!("{report:?}; in all {took:?}; {refused} requests meanwhile were refused with 503 and Retry-After");
    assert_eq!((report.graceful, report.forced), (LIVE as u32, SILENT as u32));
    let planned = Duration::from_millis(3800);
    assert!(took <= planned + SLACK, "{took:?}");
    assert_eq!(live.join_all().await.len(), LIVE, "each one saw farewell and Close");
    is_spread(&closes.lock().unwrap(), began);
    {
        let records = records.lock().unwrap();
        assert_eq!(records.len(), LIVE + SILENT);
        assert!(records.iter().all(|record| record.cause == Cause::Drained && record.code.is_some_and(|code| code.get() == 1001)));
        assert_eq!(records.iter().filter(|record| record.forced).count(), SILENT);
    }
    listening.await.unwrap();
    drop(silent);
    none_left(address.port()).await;
}

/// Those that connect during the drain. How many were refused.
async fn come_too_late(address: std::net::SocketAddr) -> usize {
    for late in 0..20 {
        sleep(Duration::from_millis(50)).await;
        match dial(address).await {
            Err(Error::Http(response)) => {
                assert_eq!(response.status(), 503);
                assert_eq!(response.headers()["retry-after"], "7");
            }
            other => panic!("number {late} was not refused but: {other:?}"),
        }
    }
    20
}

/// In each fifth of the spread come about as many closes as in any other.
fn is_spread(closes: &[Instant], began: Instant) {
    let mut fifths = [0; 5];
    for close in closes {
        let at = close.duration_since(began).as_millis().saturating_sub(u128::from(PLAN.grace.get()));
        fifths[usize::try_from(at * 5 / u128::from(PLAN.spread.get())).unwrap().min(4)] += 1;
    }
    println!("closes in each fifth of the spread: {fifths:?}");
    // 190 each, give or take what a busy machine delays: one of its pauses shifts a tenth of a second's closes.
    assert!(fifths.iter().all(|closes| (95..=285).contains(closes)), "{fifths:?}");
}
