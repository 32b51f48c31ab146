//! Owns the command that `cargo run` runs: without arguments the demonstration.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    relink_examples::cli::run().await
}
