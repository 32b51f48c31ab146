//! A thousand clients and one that misbehaves: what that does to the others' latency.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_tungstenite::tungstenite::Message;

use crate::contest::{at_most, median};
use crate::process::Server;
use crate::rivals::Whose;
use crate::{Outcome, plain};

const CLIENTS: usize = 1_000;
const PAIRS: usize = 11;
/// Each client sends a message so often.
const EVERY: Duration = Duration::from_millis(100);
const ROUND: Duration = Duration::from_millis(900);

type Times = Arc<Mutex<Vec<Duration>>>;

pub(crate) fn disturbed() -> Outcome<bool> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let server = Server::of(Whose::Relink)?;
    let ratios = runtime.block_on(compare(server.port()))?;
    let of = |at: fn(&(f64, f64)) -> f64| median(ratios.iter().map(at)) * 1e3;
    println!("{CLIENTS} clients, a message each {EVERY:?}, and one that sends garbage, too much, no UTF-8, a byte a second, nothing:");
    println!(
        "  p99 latency: {:.2} ms undisturbed, {:.2} ms disturbed ({PAIRS} pairs of rounds, medians)",
        of(|pair| pair.0),
        of(|pair| pair.1)
    );
    Ok(at_most("p99 latency, disturbed / undisturbed", median(ratios.iter().map(|pair| pair.1 / pair.0)), 1.2))
}

async fn compare(port: u16) -> Outcome<Vec<(f64, f64)>> {
    let (times, stop, mut clients) = (Times::default(), Arc::new(AtomicBool::new(false)), JoinSet::new());
    for number in 0..CLIENTS {
        let socket = plain::open(port).await?;
        clients.spawn(talk(socket, number, times.clone(), stop.clone()));
    }
    let mut pairs = Vec::new();
    for pair in 0..PAIRS {
        let mut p99 = [0.0; 2];
        // Neither always comes first.
        for disturbed in [pair % 2 == 0, pair % 2 != 0] {
            let annoying = tokio::spawn(async move { if disturbed { annoy(port).await } else { Ok(()) } });
            tokio::time::sleep(ROUND / 3).await;
            take(&times);
            tokio::time::sleep(ROUND).await;
            p99[usize::from(disturbed)] = percentile(take(&times), 99);
            annoying.abort();
        }
        pairs.push((p99[0], p99[1]));
    }
    stop.store(true, Ordering::Relaxed);
    while let Some(client) = clients.join_next().await {
        client??;
    }
    Ok(pairs)
}

fn take(times: &Times) -> Vec<Duration> {
    std::mem::take(&mut times.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
}

fn percentile(mut times: Vec<Duration>, percent: usize) -> f64 {
    times.sort_unstable();
    times.get(times.len() * percent / 100).copied().unwrap_or_default().as_secs_f64()
}

async fn talk(mut socket: plain::Socket, number: usize, times: Times, stop: Arc<AtomicBool>) -> Outcome<()> {
    // Not all at once.
    tokio::time::sleep(EVERY * u32::try_from(number)? / u32::try_from(CLIENTS)?).await;
    let mut ticks = tokio::time::interval(EVERY);
    while !stop.load(Ordering::Relaxed) {
        ticks.tick().await;
        let began = Instant::now();
        socket.send(Message::text(plain::TEXT)).await?;
        socket.next().await.ok_or("a client that did nothing wrong was closed")??;
        times.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(began.elapsed());
    }
    Ok(())
}

/// Does all that a client must not, one after the other, over and over.
async fn annoy(port: u16) -> Outcome<()> {
    let _says_nothing = TcpStream::connect(("127.0.0.1", port)).await?;
    let mut slow = TcpStream::connect(("127.0.0.1", port)).await?;
    let frames: [&[u8]; 4] = [
        // No mask; a reserved opcode; text that is not UTF-8; more than any message may have.
        &[0x81, 0x01, b'a'],
        &[0x83, 0x80, 0, 0, 0, 0],
        &[0x81, 0x82, 0, 0, 0, 0, 0xC3, 0x28],
        &[0x82, 0xFF, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0],
    ];
    loop {
        slow.write_all(b"G").await?;
        let mut noise = TcpStream::connect(("127.0.0.1", port)).await?;
        // It may be closed in the middle.
        let _ = noise.write_all(&[0xA5; 4096]).await;
        for frame in frames {
            let mut socket = plain::open(port).await?;
            socket.get_mut().write_all(frame).await?;
            let mut rest = [0; 64];
            let _close = socket.get_mut().read(&mut rest).await;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
