//! Ten thousand idle connections, clients and server in two processes: what each costs the server, what idleness costs it, and its end.

use std::time::{Duration, Instant};

use futures_util::StreamExt;
use tokio::task::JoinSet;

use crate::contest::at_most;
use crate::process::Server;
use crate::rivals::Whose;
use crate::server::{CLOSE_DEADLINE, SPREAD};
use crate::{Outcome, plain};

const CONNECTIONS: u64 = 10_000;
/// What a connection may cost beyond the plain one, in bytes.
const BEYOND_MAX: f64 = 512.0;
/// Long enough for pings to be due: the server's go out after 20 s of silence.
const IDLE: Duration = Duration::from_secs(22);

pub(crate) fn crowd() -> Outcome<bool> {
    let (plain, _) = hold(Whose::Tungstenite)?;
    let (relink, took) = hold(Whose::Relink)?;
    println!("{CONNECTIONS} idle connections accepted:");
    println!("  plain tokio-tungstenite    {plain:>7} bytes resident each");
    println!("  relink                     {relink:>7} bytes resident each");
    let memory = at_most("bytes a connection beyond the plain one", relink as f64 - plain as f64, BEYOND_MAX);
    let bound = (SPREAD + CLOSE_DEADLINE).as_secs_f64();
    Ok(memory & at_most("seconds until all were told, closed and gone", took.as_secs_f64(), bound))
}

/// The server's memory for each connection, and the time from its being told to end to the last client's being closed.
fn hold(whose: Whose) -> Outcome<(u64, Duration)> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut server = Server::of(whose)?;
    runtime.block_on(async {
        // The first connection pays for what all share.
        let _first = plain::open(server.port()).await?;
        tokio::time::sleep(Duration::from_millis(300)).await;
        let (before, mut clients) = (server.resident()?, JoinSet::new());
        let mut cpu = Vec::new();
        for half in 0..2 {
            for _ in 0..CONNECTIONS / 2 {
                let mut socket = plain::open(server.port()).await?;
                clients.spawn(async move { while let Some(Ok(_)) = socket.next().await {} });
            }
            let began = server.cpu()?;
            tokio::time::sleep(if whose == Whose::Relink { IDLE } else { Duration::from_secs(1) }).await;
            cpu.push((half + 1, server.cpu()? - began));
        }
        let each = server.resident()?.saturating_sub(before) / CONNECTIONS;
        if whose == Whose::Relink {
            for (half, cpu) in cpu {
                println!("  {} idle connections for {IDLE:?}, pings included: {cpu:.1?} of CPU", half * CONNECTIONS / 2);
            }
        }
        let began = Instant::now();
        server.end();
        while clients.join_next().await.is_some() {}
        Ok((each, began.elapsed()))
    })
}
