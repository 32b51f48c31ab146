//! Owns the command line: what is to be done, and with which options.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

use crate::demo;

/// The command line.
#[derive(Debug, Parser)]
#[command(bin_name = "cargo run --", version, about = "Shows how a link is kept alive, and ended properly")]
struct Cli {
    /// Writes the flight record of every link into this folder, for the `scenario` command
    #[arg(long, value_name = "PATH")]
    record: Option<PathBuf>,
    #[command(flatten)]
    demo: demo::Options,
}

/// Does what the command line asks for.
pub async fn run() -> ExitCode {
    let cli = Cli::parse();
    match demo::run(&cli.demo, cli.record.as_deref()).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            anstream::eprintln!("relink: {error}");
            ExitCode::from(2)
        }
    }
}
