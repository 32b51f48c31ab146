//! Owns relink in the roles that all peers play: a client that tells what happens to it, a server that echoes.
//!
//! What happens is told in lines of JSON; lines of the standard input are commands; with its end the program ends.

mod cases;
mod client;
mod lines;
mod payload;
mod server;

use std::env;
use std::error::Error;

use lines::{commands, say};

const USAGE: &str = "usage: peers_relink server PORT PING_MS | client URL PING_MS | cases URL AGENT";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args[..] {
        ["server", port, ping_ms] => server::serve(port.parse()?, ping_ms.parse()?, commands()).await,
        ["client", url, ping_ms] => client::talk(url, ping_ms.parse()?, commands()).await,
        ["cases", url, agent] => cases::run(url, agent).await,
        _ => Err(USAGE.into()),
    }
}
