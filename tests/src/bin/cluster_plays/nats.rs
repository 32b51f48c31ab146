//! Owns the plays about the NATS servers: the stream's leader is killed, stopped, cut off; all are restarted one after another.

use std::time::Duration;

use tokio::time::sleep;

use crate::failures::STREAM;
use crate::readback;
use crate::show::{AGAIN, RATE, Show, WHOLE};
use crate::stage::{Outcome, PATIENCE, Stage};
use crate::verify::{Seen, most_registered};

/// How long a stream may go without confirming anything when its leader is gone, and when it is cut off.
const ELECTED_WITHIN: Duration = Duration::from_secs(10);
const ISOLATED_WITHIN: Duration = Duration::from_secs(15);

/// What is done to the server that leads the stream.
#[derive(Clone, Copy)]
enum Harm {
    Killed,
    Stopped,
    Isolated,
}

pub(crate) async fn leader_killed(stage: &Stage) -> Outcome<()> {
    leader_harmed(stage, Harm::Killed).await
}

pub(crate) async fn leader_stopped(stage: &Stage) -> Outcome<()> {
    leader_harmed(stage, Harm::Stopped).await
}

pub(crate) async fn leader_isolated(stage: &Stage) -> Outcome<()> {
    leader_harmed(stage, Harm::Isolated).await
}

async fn leader_harmed(stage: &Stage, harm: Harm) -> Outcome<()> {
    let mut show = Show::with_nodes(stage, 3, WHOLE, &[], 3).await?;
    let load = show.load.run(RATE);
    show.pass(5).await;
    let leader = show.servers.leader(STREAM).await?;
    let harmed = stage.now();
    match harm {
        Harm::Killed => show.servers.signal(leader, "KILL").await?,
        Harm::Stopped => show.servers.signal(leader, "STOP").await?,
        Harm::Isolated => show.servers.isolate(leader, true),
    }
    show.pass(20).await;
    match harm {
        Harm::Killed => show.servers.run(stage, leader)?,
        Harm::Stopped => show.servers.signal(leader, "CONT").await?,
        Harm::Isolated => show.servers.isolate(leader, false),
    }
    show.pass(10).await;
    load.end();
    let within = if matches!(harm, Harm::Isolated) { ISOLATED_WITHIN } else { ELECTED_WITHIN };
    stage.in_time("nothing confirmed for", longest_silence(&show, harmed), within.as_millis())?;
    stored_once(stage, &show).await
}

/// All three servers are restarted, one after another, by SIGTERM.
pub(crate) async fn restarted(stage: &Stage) -> Outcome<()> {
    restart_all(stage, "TERM").await
}

/// The same by SIGKILL.
pub(crate) async fn restarted_hard(stage: &Stage) -> Outcome<()> {
    restart_all(stage, "KILL").await
}

async fn restart_all(stage: &Stage, signal: &str) -> Outcome<()> {
    let mut show = Show::with_nodes(stage, 3, WHOLE, &[], 3).await?;
    let load = show.load.run(RATE);
    show.pass(4).await;
    let began = stage.now();
    for server in 0..show.servers.count() {
        show.servers.signal(server, signal).await?;
        sleep(Duration::from_secs(1)).await;
        show.servers.run(stage, server)?;
        show.servers.answering(PATIENCE).await?;
        // As an operator would, and Kubernetes' probe: the next only when this one has caught up.
        sleep(Duration::from_secs(9)).await;
    }
    load.end();
    stage.in_time("nothing confirmed for", longest_silence(&show, began), ELECTED_WITHIN.as_millis())?;
    stored_once(stage, &show).await
}

/// The longest time between two confirmations since then, in milliseconds.
fn longest_silence(show: &Show<'_>, since: u64) -> u128 {
    let mut times: Vec<_> = show.journal.find(|line| line.what == "stored" && line.at >= since).iter().map(|line| line.at).collect();
    times.push(since);
    times.sort_unstable();
    times.windows(2).map(|pair| u128::from(pair[1] - pair[0])).max().unwrap_or(u128::MAX)
}

async fn stored_once(stage: &Stage, show: &Show<'_>) -> Outcome<()> {
    let seen = Seen::gather(stage, &show.load, &show.journal).await?;
    stage.say(&format!("leaders of the receiver's place: {}", show.journal.all("took-over").len()));
    show.servers.leader(STREAM).await?;
    let messages = readback::read(&show.servers, STREAM).await?;
    readback::holds_what_was_confirmed(stage, &messages, &show.journal)?;
    stage.at_most("messages behind a newer token's in their lane", readback::behind_a_newer_one(&messages), 0)?;
    stage.at_most("connections registered at once", most_registered(seen.book()), 1)?;
    show.tell_repeats().await?;
    seen.complete(stage, AGAIN)?;
    stage.say(&format!("commands unanswered while somebody received: {}", seen.commands(stage)));
    Ok(())
}
