//! Owns a replica of a cluster: `cargo run -p relink-cluster-node -- --help`.

mod args;
mod check;
#[cfg(feature = "demo")]
mod demo;
mod http;
mod journal;
mod node;
mod receive;
mod work;

use std::process::ExitCode;

use clap::Parser;
use relink_cluster::health::Health;
use relink_cluster::nats::{ConnectOptions, Nats, Options};
use relink_cluster::{Engine, Fault, InProcess, Settings};
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::sleep;

use args::{Args, Place, Role};
use journal::Journal;
use node::{Node, Outcome, Waiting, serve_health};

#[tokio::main]
async fn main() -> ExitCode {
    let is_bare = std::env::args_os().len() == 1;
    let args = Args::parse();
    let done = if args.check {
        println!("{}", args.summary());
        Ok(())
    } else if args.demo || is_bare && args.slack_token.is_none() {
        show(&args).await
    } else {
        run(args).await
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("relink-cluster-node: {error}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(feature = "demo")]
async fn show(args: &Args) -> Outcome<()> {
    demo::show(args).await
}

#[cfg(not(feature = "demo"))]
async fn show(_: &Args) -> Outcome<()> {
    Err("this binary was built without its demonstration: see --help".into())
}

/// One replica, until it is told to end.
async fn run(args: Args) -> Outcome<()> {
    if args.role.receives() && args.slack_token.is_none() {
        return Err("SLACK_APP_TOKEN is not set: the app-level token (xapp-…) that a receiver needs; or try --demo".into());
    }
    if args.role == Role::Http && args.signing_secret.is_none() {
        return Err("SLACK_SIGNING_SECRET is not set: what Slack signs its requests with (role http)".into());
    }
    let journal = Journal::printed();
    let health = serve_health(&args, &journal).await?;
    let settings = settings(&args);
    match &args.engine {
        Place::InProcess => live(InProcess::new(settings), &args, health, journal).await,
        Place::Nats(servers) => {
            let connecting = connect(servers, &args, settings, &health, &journal);
            let engine = tokio::select! { engine = connecting => engine?, told = told_to_end() => return told };
            live(engine, &args, health, journal).await
        }
    }
}

fn settings(args: &Args) -> Settings {
    Settings { lease: args.times.lease, ack_wait: args.times.ack_wait, ..Settings::default() }
}

/// Servers that are not there yet are waited for; whatever a person has to mend ends it.
async fn connect(servers: &str, args: &Args, settings: Settings, health: &Health, journal: &Journal) -> Outcome<Nats> {
    let (waiting, mut told) = (Waiting::new(health), None);
    loop {
        let (servers, name, replicas) = (servers.to_owned(), args.name.clone(), args.stored_on);
        let options = Options { servers, name, replicas, client: ConnectOptions::new(), settings: settings.clone() };
        match Nats::connect(options).await {
            Ok(engine) => {
                waiting.over();
                return Ok(engine);
            }
            // Those a person has to mend. Anything else may be servers that are starting.
            Err(fault @ (Fault::ServerTooOld { .. } | Fault::OtherSettings(_) | Fault::Address(_))) => return Err(fault.into()),
            Err(fault) => {
                if told.as_ref() != Some(&fault) {
                    journal.say("fault", serde_json::json!({"error": fault.to_string()}));
                }
                told = Some(fault);
            }
        }
        sleep(args.times.renew / 2).await;
    }
}

async fn live<E: Engine>(engine: E, args: &Args, health: Health, journal: Journal) -> Outcome<()> {
    let node = Node::start(engine, args, health, journal).await?;
    told_to_end().await?;
    node.end().await
}

async fn told_to_end() -> Outcome<()> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::select! { _ = terminate.recv() => {} _ = interrupt.recv() => {} }
    Ok(())
}
