//! Owns the command that plays the same faults to relink and to Slack's official clients, and tells what each one did.
//!
//! `tests/side-by-side/run.sh` installs the official clients and runs it.

mod client;
mod driver;
mod figure;
mod plays;
mod row;
mod stage;
mod table;

use std::fs;
use std::future::Future;
use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use tokio::signal;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use client::{Client, Places};
use figure::Figure;
use row::Row;
use stage::{Cast, Failure, Theatre};
use table::{Figures, document, markdown, misses, questions};

/// Plays the same faults to relink and to Slack's official clients, and tells what each one did.
#[derive(Parser)]
#[command(name = "side_by_side")]
struct Args {
    /// The folder of the drivers
    #[arg(long, value_name = "DIR")]
    drivers: PathBuf,
    /// The folder in which npm and pip have put the official clients
    #[arg(long, value_name = "DIR")]
    packages: PathBuf,
    /// The file with the table of an earlier run: it must ask the same
    #[arg(long, value_name = "FILE")]
    table: PathBuf,
    /// Write the table there, if all is as it must be
    #[arg(long)]
    write: bool,
    /// Only this play
    #[arg(long, value_name = "PLAY")]
    play: Option<String>,
    /// Only this client
    #[arg(long, value_name = "CLIENT")]
    client: Option<String>,
}

type Playing = Pin<Box<dyn Future<Output = Result<Vec<(Row, Figure)>, Failure>> + Send>>;
type Play = (&'static str, fn(Cast) -> Playing);

/// The first has the machine for itself: it is about envelopes in time.
const PLAYS: [Play; 13] = [
    ("warning", |cast| Box::pin(plays::warning(cast))),
    ("full", |cast| Box::pin(plays::full(cast))),
    ("refused", |cast| Box::pin(plays::refused(cast))),
    ("half-open", |cast| Box::pin(plays::half_open(cast))),
    ("no-pong", |cast| Box::pin(plays::no_pong(cast))),
    ("warning-end", |cast| Box::pin(plays::warning_end(cast))),
    ("limited", |cast| Box::pin(plays::limited(cast))),
    ("disabled", |cast| Box::pin(plays::disabled(cast))),
    ("limited-stop", |cast| Box::pin(plays::limited_stop(cast))),
    ("slow", |cast| Box::pin(plays::slow(cast))),
    ("start-twice", |cast| Box::pin(plays::start_twice(cast))),
    ("stop-in-call", |cast| Box::pin(plays::stop_in_call(cast))),
    ("run", |cast| Box::pin(plays::run(cast))),
];

/// How many programs may load at the same time.
const LOADING: usize = 3;

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    // When this returns, the plays that still run are dropped, and with them their clients are killed.
    let outcome = tokio::select! {
        outcome = compare(&args) => outcome,
        _ = signal::ctrl_c() => Err("interrupted".into()),
        () = terminated() => Err("terminated".into()),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

async fn terminated() {
    match signal::unix::signal(signal::unix::SignalKind::terminate()) {
        Ok(mut signals) => {
            signals.recv().await;
        }
        Err(_) => std::future::pending().await,
    }
}

async fn compare(args: &Args) -> Result<bool, Failure> {
    let places = Places { drivers: fs::canonicalize(&args.drivers)?, packages: fs::canonicalize(&args.packages)? };
    places.check()?;
    let logs = places.packages.join("logs");
    fs::create_dir_all(&logs)?;
    let theatre = Arc::new(Theatre { places, logs, loading: Semaphore::new(LOADING) });
    let (alone, together): (Vec<Play>, Vec<Play>) = PLAYS.into_iter().partition(|(name, _)| *name == "warning");
    let mut figures = Figures::new();
    let mut failures = Vec::new();
    for plays in [alone, together] {
        let wanted = plays.into_iter().filter(|(name, _)| args.play.as_deref().is_none_or(|play| play == *name));
        perform(wanted, &theatre, args.client.as_deref(), &mut figures, &mut failures).await?;
    }
    let text = document(&figures);
    print!("{}", markdown(&figures, &Row::ALL));
    failures.extend(misses(&figures));
    let whole = args.play.is_none() && args.client.is_none();
    if args.write && whole && failures.is_empty() {
        fs::write(&args.table, &text)?;
    } else if whole && questions(&fs::read_to_string(&args.table).unwrap_or_default()) != questions(&text) {
        failures.push(format!("{} is of other clients or other plays; write it anew", args.table.display()));
    }
    failures.iter().for_each(|failure| println!("FAILED {failure}"));
    println!(
        "{} figures, {} not as they must be; what each client printed is in {}",
        figures.len(),
        failures.len(),
        theatre.logs.display()
    );
    Ok(failures.is_empty())
}

/// Plays all of these at the same time.
async fn perform(
    plays: impl Iterator<Item = Play>,
    theatre: &Arc<Theatre>,
    only: Option<&str>,
    figures: &mut Figures,
    failures: &mut Vec<String>,
) -> io::Result<()> {
    let mut running = JoinSet::new();
    for (name, play) in plays {
        for (place, client) in Client::ALL.into_iter().enumerate().filter(|(_, client)| only.is_none_or(|only| only == client.word())) {
            let playing = play(Cast { theatre: theatre.clone(), client, play: name });
            running.spawn(async move { (name, place, playing.await) });
        }
    }
    while let Some(played) = running.join_next().await {
        let (name, place, outcome) = played.map_err(io::Error::other)?;
        match outcome {
            Ok(played) => figures.extend(played.into_iter().map(|(row, figure)| ((row, place), figure))),
            Err(error) => failures.push(format!("{name} with {}: {error}", Client::ALL.get(place).map_or("", |client| client.name()))),
        }
    }
    Ok(())
}
