//! Owns the contests: the same echoes by each contestant in turn, medians, and what relink must reach.

use std::time::{Duration, Instant};

use crate::process::thread_cpu;
use crate::{Outcome, plain, through};

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
    const ROUNDS: usize = 17;
    const MESSAGES: usize = 10_000;
    let [plain, watched, relink] = [0, 1, 2];
    let rounds =
        Rounds::run(port, [Who::Obvious, Who::Watched, Who::Relink], Size { rounds: ROUNDS, connections: 1, window: 1, each: MESSAGES })?;
    println!("one message at a time ({ROUNDS} rounds of {MESSAGES}, medians):");
    rounds.report(plain, "plain tokio-tungstenite");
    rounds.report(watched, "plain, waits that end");
    rounds.report(relink, "relink");
    println!("  CPU a message, relink / plain with waits that end: {:.3}", rounds.ratio(relink, watched, |cost| cost.cpu));
    Ok(at_most("CPU a message, relink / plain", rounds.ratio(relink, plain, |cost| cost.cpu), 1.05))
}

/// 16 × 16 under way: relink must be three times the obvious loop, and nine tenths of the best done by hand.
pub(crate) fn pipelined(port: u16) -> Outcome<bool> {
    const ROUNDS: usize = 11;
    const MESSAGES: usize = 20_000;
    let [obvious, careful, relink] = [0, 1, 2];
    let rounds =
        Rounds::run(port, [Who::Obvious, Who::Careful, Who::Relink], Size { rounds: ROUNDS, connections: 16, window: 16, each: MESSAGES })?;
    println!("16 connections, 16 messages under way on each ({ROUNDS} rounds of {MESSAGES} a connection, medians):");
    rounds.report(obvious, "plain, a flush a message");
    rounds.report(careful, "plain, a flush a wake-up");
    rounds.report(relink, "relink");
    let by_obvious = rounds.ratio(obvious, relink, |cost| cost.wall);
    let by_careful = rounds.ratio(careful, relink, |cost| cost.wall);
    let by_obvious = at_least("messages a second, relink / plain with a flush a message", by_obvious, 3.0);
    let by_careful = at_least("messages a second, relink / plain with a flush a wake-up", by_careful, 0.9);
    Ok(by_obvious && by_careful)
}

/// How much there is to do. Many rounds rather than one long one: what disturbs a shared machine for a second spoils one of them. But
/// each so long that connecting and closing, which a link does properly, is no part of what a message costs.
#[derive(Clone, Copy)]
struct Size {
    rounds: usize,
    connections: usize,
    window: usize,
    /// Messages on each connection.
    each: usize,
}

/// What each contestant's messages cost, round by round. The contestants are compared within a round, because a slow moment
/// of the machine hits all of them, and the median of the rounds counts.
struct Rounds<const N: usize>(Vec<[Cost; N]>);

impl<const N: usize> Rounds<N> {
    fn run(port: u16, who: [Who; N], size: Size) -> Outcome<Self> {
        let mut rounds = Vec::new();
        for first in 0..size.rounds {
            let mut costs = [Cost { cpu: Duration::ZERO, wall: Duration::ZERO }; N];
            // Nobody always comes behind the same other.
            for turn in 0..N {
                let at = (first + turn) % N;
                costs[at] = round(port, who[at], size)?;
            }
            rounds.push(costs);
        }
        Ok(Self(rounds))
    }

    fn ratio(&self, one: usize, other: usize, of: impl Fn(&Cost) -> Duration) -> f64 {
        median(self.0.iter().map(|costs| of(&costs[one]).as_secs_f64() / of(&costs[other]).as_secs_f64()))
    }

    fn report(&self, at: usize, who: &str) {
        let micros = median(self.0.iter().map(|costs| costs[at].cpu.as_secs_f64() * 1e6));
        let rate = median(self.0.iter().map(|costs| 1.0 / costs[at].wall.as_secs_f64()));
        println!("  {who:<26} {micros:>7.3} µs CPU a message  {rate:>10.0} messages/s");
    }
}

fn round(port: u16, who: Who, Size { connections, window, each, .. }: Size) -> Outcome<Cost> {
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

pub(crate) fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut all: Vec<_> = values.collect();
    all.sort_unstable_by(f64::total_cmp);
    all[all.len() / 2]
}

pub(crate) fn at_most(what: &str, measured: f64, bound: f64) -> bool {
    verdict(what, measured, "at most", bound, measured <= bound)
}

fn at_least(what: &str, measured: f64, bound: f64) -> bool {
    verdict(what, measured, "at least", bound, measured >= bound)
}

pub(crate) fn verdict(what: &str, measured: f64, word: &str, bound: f64, held: bool) -> bool {
    println!("  {what}: {measured:.3}, {word} {bound}: {}", if held { "held" } else { "MISSED" });
    held
}
