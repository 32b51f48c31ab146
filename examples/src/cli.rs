//! Owns the command line: what is to be done, and with which options.

use std::process::ExitCode;

use clap::Parser;

use crate::demo;

/// Shows how a link is kept alive, and ended properly.
#[derive(Debug, Parser)]
#[command(name = "relink", version, about)]
struct Cli {
    #[command(flatten)]
    demo: demo::Options,
}

/// Does what the command line asks for.
pub async fn run() -> ExitCode {
    let cli = Cli::parse();
    match demo::run(&cli.demo).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            anstream::eprintln!("relink: {error}");
            ExitCode::from(2)
        }
    }
}
