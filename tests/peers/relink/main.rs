//! Owns relink in the roles that all peers play: a client that tells what happens to it, a server that echoes.
//!
//! What happens is told in lines of JSON; lines of the standard input are commands; with its end the program ends.

mod cases;
mod client;
mod payload;
mod server;

use std::env;
use std::error::Error;
use std::io;

use serde_json::Value;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

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

/// The lines of the standard input.
fn commands() -> UnboundedReceiver<String> {
    let (line, lines) = unbounded_channel();
    // A thread of its own: a read of the standard input cannot be given up.
    std::thread::spawn(move || io::stdin().lines().map_while(Result::ok).try_for_each(|text| line.send(text)));
    lines
}

/// Tells what happened: an object whose `what` is its name.
#[expect(clippy::needless_pass_by_value, reason = "made for the one call")]
fn say(line: Value) {
    println!("{line}");
}
