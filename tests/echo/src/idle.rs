//! Owns the memory contest: a thousand idle connections of each kind, each kind in a process of its own.

use std::env;
use std::process::Command;
use std::time::Duration;

use clap::ValueEnum;
use futures_util::StreamExt;
use relink_tokio::ws::Message;
use relink_tokio::{Client, Events};

use crate::contest::at_most;
use crate::process::resident;
use crate::{Outcome, plain, through};

const CONNECTIONS: u64 = 1_000;
/// What a link may cost beyond the plain connection, in bytes.
const BEYOND_MAX: f64 = 512.0;

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Kind {
    Plain,
    Relink,
}

/// Compares both kinds: the median of three processes each, because an allocator's pages are coarse.
pub(crate) fn compare(port: u16) -> Outcome<bool> {
    let (mut plain, mut relink) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        plain.push(measured(Kind::Plain, port)?);
        relink.push(measured(Kind::Relink, port)?);
    }
    plain.sort_unstable();
    relink.sort_unstable();
    println!("{CONNECTIONS} idle connections (3 processes each, medians):");
    println!("  plain tokio-tungstenite    {:>7} bytes resident each", plain[1]);
    println!("  relink                     {:>7} bytes resident each", relink[1]);
    Ok(at_most("bytes a link beyond the plain connection", relink[1] as f64 - plain[1] as f64, BEYOND_MAX))
}

fn measured(kind: Kind, port: u16) -> Outcome<u64> {
    let name = kind.to_possible_value().ok_or("a kind without a name")?;
    let output = Command::new(env::current_exe()?).args(["hold", name.get_name(), &port.to_string()]).output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    text.trim().parse().map_err(|_| format!("no number but {text:?}, {}", String::from_utf8_lossy(&output.stderr)).into())
}

/// Opens the connections, lets everything settle, and prints the bytes each one costs.
pub(crate) fn hold(kind: Kind, port: u16) -> Outcome<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        // The first connection pays for what all share.
        let _first = held(kind, port).await?;
        let before = resident()?;
        let mut all = Vec::with_capacity(usize::try_from(CONNECTIONS)?);
        for _ in 0..CONNECTIONS {
            all.push(held(kind, port).await?);
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
        println!("{}", resident()?.saturating_sub(before) / CONNECTIONS);
        Ok(())
    })
}

/// A connection that is being read: by a task of the user's, or by the link's driver, whose handles the user keeps.
enum Held {
    Plain { _task: tokio::task::JoinHandle<()> },
    Relink { _client: Client<Message>, _events: Events<Message> },
}

async fn held(kind: Kind, port: u16) -> Outcome<Held> {
    Ok(match kind {
        Kind::Plain => {
            let mut socket = plain::open(port).await?;
            Held::Plain { _task: tokio::spawn(async move { while let Some(Ok(_)) = socket.next().await {} }) }
        }
        Kind::Relink => {
            let (client, events) = through::open(port).await?;
            Held::Relink { _client: client, _events: events }
        }
    })
}
