//! Owns the command line: what is to be done, and with which options.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

use crate::{demo, watch};

/// The command line.
#[derive(Debug, Parser)]
#[command(bin_name = "cargo run --", version, about = "Shows how a link is kept alive, and ended properly")]
struct Cli {
    /// Keeps a link to this server, such as wss://example.com/path, and shows its life; typed lines are sent, Ctrl-C closes it
    url: Option<String>,
    /// Writes flight records, of the link to URL into this file, of the demonstration into this folder;
    /// replay: cargo run --bin scenario -- PATH
    #[arg(long, value_name = "PATH")]
    record: Option<PathBuf>,
    #[command(flatten, next_help_heading = "The demonstration (without URL)")]
    demo: demo::Options,
    #[command(flatten, next_help_heading = "The link to URL")]
    watch: watch::Options,
}

/// Does what the command line asks for.
pub async fn run() -> ExitCode {
    let cli = Cli::parse();
    let record = cli.record.as_deref();
    let done = match &cli.url {
        Some(url) => watch::run(url, &cli.watch, record).await,
        None => demo::run(&cli.demo, record).await,
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            anstream::eprintln!("relink: {error}");
            ExitCode::from(2)
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::Cli;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }
}
