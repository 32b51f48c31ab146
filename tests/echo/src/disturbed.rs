//! A thousand clients and one that misbehaves: what that does to the others' latency.
//!
//! Three threads: the server's (a process of its own), that of the thousand, in which latency is measured, and that of the one, whose
//! work is not to count as the others' latency. It misbehaves in one way at a time, and comes again a hundred times a second; at last in
//! all ways, one right after the other. It checks that it is answered as it should be: a round in which nothing went wrong would prove nothing.
//!
//! Where a machine is busy with something else, the 99th percentile says how long the kernel lets a thread wait for a processor: milliseconds,
//! where the server answers in a third of one. So all three go before everything else there, if they may; the one that misbehaves, too, or
//! it would do so less often. Short rounds with and without it alternate, neither always first; each pair gives a ratio, and the median of
//! the ratios counts. Among the ways to misbehave there is one that does nothing at all: its ratio, which should be 1, says how far
//! the others' can be trusted.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use tokio::task::JoinSet;
use tokio_tungstenite::tungstenite::Message;

use crate::contest::{at_most, median};
use crate::mischief::{Kind, Mischief};
use crate::process::{First, Server};
use crate::rivals::Whose;
use crate::{Outcome, plain};

const CLIENTS: usize = 1_000;
const PAIRS: usize = 7;
/// Each client sends a message so often.
const EVERY: Duration = Duration::from_millis(100);
/// Long enough for 2,500 messages, 25 of which are slower than the 99th percentile.
const ROUND: Duration = Duration::from_millis(250);
/// What a round before leaves behind is over by then.
const PAUSE: Duration = Duration::from_millis(50);
const RATIO_MAX: f64 = 1.2;

type Times = Arc<Mutex<Vec<Duration>>>;
/// The 99th percentiles of two rounds: without, and with the one that misbehaves.
type Pair = (f64, f64);

pub(crate) fn disturbed() -> Outcome<bool> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let server = Server::of(Whose::Relink)?;
    let mischief = Mischief::start(server.port());
    let first = First::of(&[server.id(), std::process::id()]);
    let pairs = runtime.block_on(compare(server.port(), &mischief))?;
    if first.is_none() {
        println!("measured without going before other processes, which takes root and chrt: their noise counts");
    }
    drop(first);
    println!("{CLIENTS} clients, a message each {EVERY:?}, and one that misbehaves: p99 latency ({PAIRS} pairs of rounds, medians):");
    let mut held = true;
    for (kind, pairs) in Kind::ALL.into_iter().zip(pairs) {
        let millis = |at: fn(&Pair) -> f64| median(pairs.iter().map(at)) * 1e3;
        let (without, with) = (millis(|pair| pair.0), millis(|pair| pair.1));
        let ratio = median(pairs.iter().map(|(without, with)| with / without));
        println!("  {:<28} {without:>6.2} ms without, {with:>6.2} ms with it", kind.name());
        if kind == Kind::None {
            println!("  so much is noise: {ratio:.3}");
        } else {
            held &= at_most("with / without", ratio, RATIO_MAX);
        }
    }
    Ok(held)
}

async fn compare(port: u16, mischief: &Mischief) -> Outcome<Vec<Vec<Pair>>> {
    let (times, stop, mut clients) = (Times::default(), Arc::new(AtomicBool::new(false)), JoinSet::new());
    for number in 0..CLIENTS {
        let socket = plain::open(port).await?;
        clients.spawn(talk(socket, number, times.clone(), stop.clone()));
    }
    let mut pairs = vec![Vec::new(); Kind::ALL.len()];
    for pair in 0..PAIRS {
        // A bad minute of the machine hits all of them.
        for (kind, pairs) in Kind::ALL.into_iter().zip(&mut pairs) {
            let mut p99 = [0.0; 2];
            for with in [pair % 2 == 0, pair % 2 != 0] {
                p99[usize::from(with)] = round(&times, mischief, with.then_some(kind)).await?;
            }
            pairs.push((p99[0], p99[1]));
        }
    }
    stop.store(true, Ordering::Relaxed);
    while let Some(client) = clients.join_next().await {
        client??;
    }
    Ok(pairs)
}

async fn round(times: &Times, mischief: &Mischief, kind: Option<Kind>) -> Outcome<f64> {
    tokio::time::sleep(PAUSE).await;
    mischief.begin(kind.unwrap_or(Kind::None));
    tokio::time::sleep(PAUSE).await;
    take(times);
    tokio::time::sleep(ROUND).await;
    let p99 = percentile(take(times), 99);
    mischief.end().await?;
    Ok(p99)
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
