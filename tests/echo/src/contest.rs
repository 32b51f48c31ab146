//! Owns the contests: the same echoes by each contestant in turn, medians, and what relink must reach.

use std::time::{Duration, Instant};

use crate::process::thread_cpu;
use crate::{Outcome, plain, through};

const ROUNDS: usize = 9;

/// What a message cost in one round.
#[derive(Clone, Copy)]
struct Cost {
    cpu: Duration,
    wall: Duration,
}

#[derive(Clone, Copy)]
enum Who {
    Obvious,
    Watched,
    Careful,
    Relink,
}

/// One message at a time: relink may cost 5 % more CPU time than the plain loop, which waits for ever on a silent peer.
/// What it costs the plain loop not to is printed beside it.
pub(crate) fn one(port: u16) -> Outcome<bool> {
    const MESSAGES: usize = 30_000;
    let [plain, watched, relink] = medians(port, [Who::Obvious, Who::Watched, Who::Relink], 1, 1, MESSAGES)?;
    println!("one message at a time ({ROUNDS} rounds of {MESSAGES}, medians):");
    report("plain tokio-tungstenite", plain);
    report("plain, waits that end", watched);
    report("relink", relink);
    let ratio = |other: Cost| relink.cpu.as_secs_f64() / other.cpu.as_secs_f64();
    println!("  CPU a message, relink / plain with waits that end: {:.3}", ratio(watched));
    Ok(at_most("CPU a message, relink / plain", ratio(plain), 1.05))
}

/// 16 × 16 under way: relink must be three times the obvious loop, and nine tenths of the best done by hand.
pub(crate) fn pipelined(port: u16) -> Outcome<bool> {
    const MESSAGES: usize = 20_000;
    let [obvious, careful, relink] = medians(port, [Who::Obvious, Who::Careful, Who::Relink], 16, 16, MESSAGES)?;
    println!("16 connections, 16 messages under way on each ({ROUNDS} rounds of {MESSAGES} a connection, medians):");
    report("plain, a flush a message", obvious);
    report("plain, a flush a wake-up", careful);
    report("relink", relink);
    let rate = |cost: Cost| 1.0 / cost.wall.as_secs_f64();
    let by_obvious = at_least("messages a second, relink / plain with a flush a message", rate(relink) / rate(obvious), 3.0);
    let by_careful = at_least("messages a second, relink / plain with a flush a wake-up", rate(relink) / rate(careful), 0.9);
    Ok(by_obvious && by_careful)
}

fn medians<const N: usize>(port: u16, who: [Who; N], connections: usize, window: usize, each: usize) -> Outcome<[Cost; N]> {
    let mut rounds = [const { Vec::new() }; N];
    for _ in 0..ROUNDS {
        for (who, costs) in who.iter().zip(&mut rounds) {
            costs.push(round(port, *who, connections, window, each)?);
        }
    }
    Ok(rounds.map(|costs| Cost { cpu: median(&costs, |cost| cost.cpu), wall: median(&costs, |cost| cost.wall) }))
}

fn round(port: u16, who: Who, connections: usize, window: usize, each: usize) -> Outcome<Cost> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (cpu, wall) = (thread_cpu()?, Instant::now());
    runtime.block_on(async {
        let tasks: Vec<_> = (0..connections)
            .map(|_| match who {
                Who::Obvious => tokio::spawn(plain::obvious(port, window, each)),
                Who::Watched => tokio::spawn(plain::watched(port, window, each)),
                Who::Careful => tokio::spawn(plain::careful(port, window, each)),
                Who::Relink => tokio::spawn(through::relink(port, window, each)),
            })
            .collect();
        for task in tasks {
            task.await??;
        }
        Outcome::Ok(())
    })?;
    let messages = u32::try_from(connections * each)?;
    Ok(Cost { cpu: (thread_cpu()? - cpu) / messages, wall: wall.elapsed() / messages })
}

fn median(costs: &[Cost], of: impl Fn(&Cost) -> Duration) -> Duration {
    let mut all: Vec<_> = costs.iter().map(of).collect();
    all.sort_unstable();
    all[all.len() / 2]
}

fn report(who: &str, cost: Cost) {
    let micros = cost.cpu.as_secs_f64() * 1e6;
    println!("  {who:<26} {micros:>7.3} µs CPU a message  {:>10.0} messages/s", 1.0 / cost.wall.as_secs_f64());
}

pub(crate) fn at_most(what: &str, measured: f64, bound: f64) -> bool {
    verdict(what, measured, "at most", bound, measured <= bound)
}

fn at_least(what: &str, measured: f64, bound: f64) -> bool {
    verdict(what, measured, "at least", bound, measured >= bound)
}

fn verdict(what: &str, measured: f64, word: &str, bound: f64, held: bool) -> bool {
    println!("  {what}: {measured:.3}, {word} {bound}: {}", if held { "held" } else { "MISSED" });
    held
}
