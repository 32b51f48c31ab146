//! Owns a replica of a cluster: `cargo run -p relink-cluster-node -- --help`.

mod args;
mod check;
mod journal;
mod node;
mod receive;
mod work;

use std::process::ExitCode;

use clap::Parser;

use args::Args;

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    if args.check {
        println!("{}", args.summary());
        return ExitCode::SUCCESS;
    }
    match node::run(args).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("relink-cluster-node: {error}");
            ExitCode::FAILURE
        }
    }
}
