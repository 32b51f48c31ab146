//! Owns the conversation with graphql-ws: its client with our server, our client with its server. One line a check; fails if one does.

mod answering;
mod asking;

use std::path::PathBuf;
use std::process::{ExitCode, Stdio};

use clap::Parser;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

/// Lets relink and graphql-ws talk to each other.
#[derive(Parser)]
struct Arguments {
    /// The peer's program.
    peer: PathBuf,
    /// Where its packages are installed.
    packages: PathBuf,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    println!("graphql-ws's client, relink's server");
    let mut failures = answering::play(&arguments).await;
    println!("relink's client, graphql-ws's server");
    failures += asking::play(&arguments).await;
    println!("{failures} failures");
    if failures == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

impl Arguments {
    /// The peer, and what it says. It ends with its handle.
    fn start(&self, mode: &str, url: &str) -> (Child, Lines<BufReader<ChildStdout>>) {
        let mut command = Command::new("node");
        command.arg(&self.peer).arg(mode).arg(&self.packages).arg(url).stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().expect("node is there");
        let said = child.stdout.take().expect("it was asked for");
        (child, BufReader::new(said).lines())
    }
}
