//! Owns the command that lets a board keep its link through failures: an emulated board, a real server on loopback.
//!
//! `tests/firmware.sh plays` builds the images and runs it.

mod board;
mod faults;
mod play;
mod process;
mod renewals;
mod station;

use std::error::Error;
use std::future::Future;
use std::io::{self, Write};
use std::path::PathBuf;
use std::pin::Pin;
use std::process::ExitCode;
use std::time::Instant;

use clap::{Parser, Subcommand};
use tokio::net::TcpListener;

use board::Kind;
use play::Stage;
use station::Station;

/// A result that says in words what went wrong.
type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Lets a board keep its link through failures.
#[derive(Parser)]
#[command(name = "firmware_plays")]
struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Plays with one board.
    Play {
        /// Which
        board: Kind,
        /// The sensor's image
        image: PathBuf,
        /// Those plays whose names contain this; all, if it is left out
        only: Option<String>,
    },
    /// The sensor's server alone, on this port of loopback: says what happens until it is killed.
    #[command(hide = true)]
    Station { port: u16 },
}

type Play = for<'s> fn(&'s Stage) -> Pin<Box<dyn Future<Output = Outcome<()>> + 's>>;

const PLAYS: [(&str, Play); 9] = [
    ("late-server", |stage| Box::pin(faults::late_server(stage))),
    ("killed", |stage| Box::pin(faults::killed(stage))),
    ("refused", |stage| Box::pin(faults::refused(stage))),
    ("not-accepted", |stage| Box::pin(faults::not_accepted(stage))),
    ("silent", |stage| Box::pin(faults::silent(stage))),
    ("cable", |stage| Box::pin(faults::cable(stage))),
    ("renewal-two-sockets", |stage| Box::pin(renewals::two_sockets(stage))),
    ("renewal-one-socket", |stage| Box::pin(renewals::one_socket(stage))),
    ("thousand", |stage| Box::pin(renewals::thousand(stage))),
];

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let passed = match Args::parse().what {
        What::Play { board, image, only } => play_all(board, image, only.as_deref()).await,
        What::Station { port } => serve(port).await,
    };
    match passed {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("firmware_plays: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn play_all(kind: Kind, image: PathBuf, only: Option<&str>) -> Outcome<()> {
    let image = image.canonicalize().map_err(|error| format!("{}: {error}; tests/firmware.sh builds it", image.display()))?;
    let mut failed = Vec::new();
    for (name, play) in PLAYS.iter().filter(|(name, _)| only.is_none_or(|only| name.contains(only))) {
        let began = Instant::now();
        let stage = Stage::new(kind, image.clone(), name)?;
        let outcome = play(&stage).await;
        let took = began.elapsed().as_secs_f32();
        match outcome {
            Ok(()) => println!("{kind:?} {name}: ok, {took:.1} s"),
            Err(error) => {
                println!("{kind:?} {name}: FAILED after {took:.1} s: {error}");
                failed.push(*name);
            }
        }
    }
    if failed.is_empty() { Ok(()) } else { Err(format!("{kind:?}: {}", failed.join(", ")).into()) }
}

async fn serve(port: u16) -> Outcome<()> {
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!("listening");
    io::stdout().flush()?;
    Station::loud().serve(listener).await;
    Ok(())
}
