//! Owns the command that measures the tokio shell against plain tokio-tungstenite: `cargo run --release -- all`.
//!
//! The echo server is a process of its own, so that a client's CPU time and memory are the client's alone; both sides use
//! 4 KiB buffers and TCP_NODELAY. Rounds alternate between the contestants and the median counts, because a shared
//! machine is noisy: a slow minute hits both.

mod contest;
mod crowd;
mod disturbed;
mod idle;
mod mischief;
mod plain;
mod process;
mod rivals;
mod server;
mod serving;
mod through;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// A result that says in words what went wrong.
type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// What a message and an idle connection cost through relink, beside plain tokio-tungstenite in the same run.
#[derive(Parser)]
#[command(name = "relink-echo", version)]
struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Everything below, with its bounds; fails if one is missed.
    All,
    /// One message at a time: CPU time a message.
    One,
    /// 16 connections with 16 messages under way on each: messages a second.
    Pipelined,
    /// 1,000 idle connections: resident memory of each.
    Idle,
    /// Echo servers, relink's and others: what a message costs each of them.
    Servers,
    /// 1,000 clients and one that misbehaves: the others' latency.
    Disturbed,
    /// 10,000 idle connections accepted: resident memory of each, and their end.
    Crowd,
    /// An echo server alone: prints its port, ends when its standard input does.
    #[command(hide = true)]
    Serve { whose: rivals::Whose },
    /// Holds idle connections of one kind and prints what each costs.
    #[command(hide = true)]
    Hold { kind: idle::Kind, port: u16 },
}

fn main() -> ExitCode {
    match run(&Args::parse().what) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("relink-echo: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(what: &What) -> Outcome<bool> {
    match what {
        What::Serve { whose } => server::serve(*whose).map(|()| true),
        What::Servers => serving::contest(),
        What::Disturbed => disturbed::disturbed(),
        What::Crowd => crowd::crowd(),
        What::Hold { kind, port } => idle::hold(*kind, *port).map(|()| true),
        What::One => contest::one(process::Server::start()?.port()),
        What::Pipelined => contest::pipelined(process::Server::start()?.port()),
        What::Idle => idle::compare(process::Server::start()?.port()),
        What::All => {
            let server = process::Server::start()?;
            let clients = [contest::one(server.port())?, contest::pipelined(server.port())?, idle::compare(server.port())?];
            drop(server);
            let bounds = [clients[0], clients[1], clients[2], serving::contest()?, disturbed::disturbed()?, crowd::crowd()?];
            Ok(bounds.iter().all(|held| *held))
        }
    }
}
