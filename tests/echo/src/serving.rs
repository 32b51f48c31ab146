//! The contest of the servers: the same clients, from this process, to each server's process in turn.

use std::time::{Duration, Instant};

use clap::ValueEnum;

use crate::contest::{at_most, median, verdict};
use crate::process::Server;
use crate::rivals::Whose;
use crate::{Outcome, plain};

const CONNECTIONS: usize = 32;
const ROUNDS: usize = 11;

/// What a message cost in one round: the server's processor time, and time in all.
#[derive(Clone, Copy)]
struct Cost {
    cpu: Duration,
    wall: Duration,
}

pub(crate) fn contest() -> Outcome<bool> {
    let servers = Whose::value_variants().iter().map(|whose| Ok((*whose, Server::of(*whose)?))).collect::<Outcome<Vec<_>>>()?;
    let mut held = true;
    for (window, each) in [(1, 400), (32, 4_000)] {
        let rounds = (0..ROUNDS).map(|first| round(&servers, first, window, each)).collect::<Outcome<Vec<_>>>()?;
        println!("echo, {CONNECTIONS} connections, 64 B, {window} under way on each ({ROUNDS} rounds, medians):\n");
        println!("| server | its CPU a message | messages/s |\n|---|--:|--:|");
        for (at, (whose, _)) in servers.iter().enumerate() {
            let micros = median(rounds.iter().map(|costs| costs[at].cpu.as_secs_f64() * 1e6));
            let rate = median(rounds.iter().map(|costs| 1.0 / costs[at].wall.as_secs_f64()));
            println!("| {} | {micros:.2} µs | {rate:.0} |", whose.name());
        }
        println!();
        held &= judge(&servers, &rounds, window);
    }
    Ok(held)
}

fn judge(servers: &[(Whose, Server)], rounds: &[Vec<Cost>], window: usize) -> bool {
    let at = |whose| servers.iter().position(|(server, _)| *server == whose).unwrap_or_default();
    let relink = at(Whose::Relink);
    let ratio = |one: usize, other: usize, of: fn(&Cost) -> Duration| {
        median(rounds.iter().map(|costs| of(&costs[one]).as_secs_f64() / of(&costs[other]).as_secs_f64()))
    };
    if window == 1 {
        return at_most("CPU a message, relink / tokio-tungstenite", ratio(relink, at(Whose::Tungstenite), |cost| cost.cpu), 1.05);
    }
    let rivals = [Whose::Tungstenite, Whose::Fastwebsockets, Whose::TokioWebsockets, Whose::Ezsockets];
    let behind = rivals.map(|whose| {
        let faster = ratio(at(whose), relink, |cost| cost.wall);
        verdict(&format!("messages a second, relink / {}", whose.name()), faster, "more than", 1.0, faster > 1.0)
    });
    behind.into_iter().all(|held| held)
}

fn round(servers: &[(Whose, Server)], first: usize, window: usize, each: usize) -> Outcome<Vec<Cost>> {
    let mut costs = vec![Cost { cpu: Duration::ZERO, wall: Duration::ZERO }; servers.len()];
    for turn in 0..servers.len() {
        let at = (first + turn) % servers.len();
        costs[at] = drive(&servers[at].1, window, each)?;
    }
    Ok(costs)
}

fn drive(server: &Server, window: usize, each: usize) -> Outcome<Cost> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let port = server.port();
    runtime.block_on(async {
        // All are connected before the clock starts.
        let mut sockets = Vec::new();
        for _ in 0..CONNECTIONS {
            sockets.push(plain::open(port).await?);
        }
        let (cpu, wall) = (server.cpu()?, Instant::now());
        let tasks: Vec<_> = sockets.into_iter().map(|socket| tokio::spawn(plain::carefully(socket, window, each))).collect();
        let mut done = Vec::new();
        for task in tasks {
            done.push(task.await??);
        }
        let messages = u32::try_from(CONNECTIONS * each)?;
        let cost = Cost { cpu: (server.cpu()? - cpu) / messages, wall: wall.elapsed() / messages };
        drop(done);
        Ok(cost)
    })
}
