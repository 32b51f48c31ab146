//! Owns a replica of a cluster: `cargo run -p relink-cluster-node -- --help`.

mod args;
mod check;

use std::process::ExitCode;

use clap::Parser;

use args::Args;

fn main() -> ExitCode {
    let args = Args::parse();
    if args.check {
        println!("{}", args.summary());
        return ExitCode::SUCCESS;
    }
    eprintln!("relink-cluster-node: not yet");
    ExitCode::FAILURE
}
