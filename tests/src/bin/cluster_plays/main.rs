//! Owns the command that plays a cluster's failures with real processes: replicas, NATS servers, and a fake Slack.
//!
//! `tests/cluster.sh plays` installs the server, builds the replica, and runs it.

mod failures;
mod load;
mod nats;
mod nodes;
mod process;
mod proxy;
mod readback;
mod servers;
mod show;
mod stage;
mod verify;
mod work;

use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::Instant;

use stage::{Late, Outcome, Stage};

/// Plays a cluster's failures with real processes.
#[derive(Parser)]
#[command(name = "cluster_plays")]
struct Args {
    /// The replica's binary
    #[arg(long)]
    node: PathBuf,
    /// The NATS server's binary
    #[arg(long)]
    nats: PathBuf,
    /// A folder for what the servers store, and for logs
    #[arg(long)]
    scratch: PathBuf,
    /// How many plays at a time
    #[arg(long, default_value_t = 2)]
    at_once: usize,
    /// Those plays whose names contain this; all, if it is left out
    only: Option<String>,
}

type Play = for<'s> fn(&'s Stage) -> Pin<Box<dyn Future<Output = Outcome<()>> + Send + 's>>;

const PLAYS: [(&str, Play); 15] = [
    ("five-at-once", |stage| Box::pin(failures::five_at_once(stage))),
    ("killed", |stage| Box::pin(failures::killed(stage))),
    ("stopped", |stage| Box::pin(failures::stopped(stage))),
    ("cut-off-from-nats", |stage| Box::pin(failures::cut_off_from_nats(stage))),
    ("cut-off-from-slack", |stage| Box::pin(failures::cut_off_from_slack(stage))),
    ("slack-is-down", |stage| Box::pin(failures::slack_is_down(stage))),
    ("nats-leader-killed", |stage| Box::pin(nats::leader_killed(stage))),
    ("nats-leader-stopped", |stage| Box::pin(nats::leader_stopped(stage))),
    ("nats-leader-isolated", |stage| Box::pin(nats::leader_isolated(stage))),
    ("nats-restarted", |stage| Box::pin(nats::restarted(stage))),
    ("nats-restarted-hard", |stage| Box::pin(nats::restarted_hard(stage))),
    ("rolling", |stage| Box::pin(work::rolling(stage))),
    ("two-groups", |stage| Box::pin(work::two_groups(stage))),
    ("poison", |stage| Box::pin(work::poison(stage))),
    ("handed-back", |stage| Box::pin(work::handed_back(stage))),
];

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    // Whatever ends this, the plays are dropped, and with them their processes killed.
    let outcome = tokio::select! {
        outcome = play_all(args) => outcome,
        () = told_to_end() => Err("told to end".into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cluster_plays: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn told_to_end() {
    match (signal(SignalKind::terminate()), signal(SignalKind::interrupt())) {
        (Ok(mut terminate), Ok(mut interrupt)) => {
            tokio::select! { _ = terminate.recv() => {} _ = interrupt.recv() => {} }
        }
        (Err(_), _) | (_, Err(_)) => std::future::pending().await,
    }
}

async fn play_all(args: Args) -> Outcome<()> {
    let (places, args) = (Arc::new(Semaphore::new(args.at_once.max(1))), Arc::new(args));
    let (mut running, began) = (JoinSet::new(), Instant::now());
    for (name, play) in PLAYS.into_iter().filter(|(name, _)| args.only.as_deref().is_none_or(|only| name.contains(only))) {
        let (places, args) = (places.clone(), args.clone());
        running.spawn(async move {
            let _place = places.acquire_owned().await;
            (name, play, play_one(name, play, &args).await)
        });
    }
    let (mut failed, mut late) = (Vec::new(), Vec::new());
    while let Some(ended) = running.join_next().await {
        match ended? {
            (_, _, Ok(())) => {}
            (name, play, Err(error)) if error.is::<Late>() => late.push((name, play)),
            (name, ..) => failed.push(name),
        }
    }
    // What was only slow has the machine for itself the second time. Nothing else is forgiven.
    for (name, play) in late {
        println!("{name}: once more, alone");
        if play_one(name, play, &args).await.is_err() {
            failed.push(name);
        }
    }
    println!("all plays: {:.0} s", began.elapsed().as_secs_f32());
    if failed.is_empty() { Ok(()) } else { Err(format!("failed: {}", failed.join(", ")).into()) }
}

async fn play_one(name: &'static str, play: Play, args: &Args) -> Outcome<()> {
    let stage = Stage::new(name, args.node.clone(), args.nats.clone(), args.scratch.join(name))?;
    let began = Instant::now();
    let outcome = play(&stage).await;
    let took = began.elapsed().as_secs_f32();
    match &outcome {
        Ok(()) => println!("{name}: ok, {took:.1} s"),
        Err(error) => println!("{name}: FAILED after {took:.1} s: {error}"),
    }
    outcome
}
