//! Owns the life of a node: its engine, its roles, and its end.

use std::error::Error;

use relink_cluster::nats::{ConnectOptions, Nats, Options};
use relink_cluster::{Election, Engine, Holder, InProcess, Settings};
use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinSet;

use crate::args::{Args, Place};
use crate::journal::Journal;
use crate::{receive, work};

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Runs until it is told to end.
pub(crate) async fn run(args: Args) -> Outcome<()> {
    let journal = Journal::default();
    let settings = Settings { lease: args.times.lease, ack_wait: args.times.ack_wait, ..Settings::default() };
    match &args.engine {
        Place::InProcess => live(InProcess::new(settings), args, journal).await,
        Place::Nats(servers) => {
            let options = Options {
                servers: servers.clone(),
                name: args.name.clone(),
                replicas: args.stored_on,
                client: ConnectOptions::new(),
                settings,
            };
            let engine = loop {
                match Nats::connect(options_again(&options)).await {
                    Ok(engine) => break engine,
                    Err(fault) if fault.is_passing() => tokio::time::sleep(args.times.renew).await,
                    Err(fault) => return Err(fault.into()),
                }
            };
            live(engine, args, journal).await
        }
    }
}

fn options_again(options: &Options) -> Options {
    Options {
        servers: options.servers.clone(),
        name: options.name.clone(),
        replicas: options.replicas,
        client: ConnectOptions::new(),
        settings: options.settings.clone(),
    }
}

async fn live<E: Engine>(engine: E, args: Args, journal: Journal) -> Outcome<()> {
    let holder = Holder::new("node").map_err(|error| error.to_string())?;
    journal.say("started", json!({"holder": holder.as_str(), "role": args.role.as_str()}));
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let mut roles = JoinSet::new();
    let election = Election::builder(engine.clone(), args.group.clone(), holder).terms(args.times.terms()).idle().spawn();
    if args.role.receives() {
        election.start();
        roles.spawn(receive::run(engine.clone(), election.clone(), args.clone(), journal.clone()));
    }
    if args.role.works() {
        for partition in 0..engine.settings().partitions {
            roles.spawn(work::run(engine.clone(), partition, args.clone(), journal.clone()));
        }
    }
    tokio::select! { _ = terminate.recv() => {} _ = interrupt.recv() => {} }
    journal.say("ending", json!({}));
    election.stop().await;
    roles.shutdown().await;
    journal.say("ended", json!({}));
    Ok(())
}
