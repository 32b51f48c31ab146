//! Owns relink as an account (OneBot's implementation) that bots dial, or that dials bots.
//!
//! What happens is told in lines of JSON; lines of the standard input are commands; with its end the program ends.

mod account;
mod dialled;
mod dialling;
#[path = "../relink/lines.rs"]
mod lines;

use std::env;
use std::error::Error;

use lines::commands;
use relink_tokio::Millis;

const USAGE: &str = "usage: onebot_peers accept PORT TOKEN HEARTBEAT_MS | dial URL TOKEN HEARTBEAT_MS DELAY_MAX_MS ROLE…";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args[..] {
        ["accept", port, token, heartbeat] => {
            let account = account::account(milliseconds(heartbeat)?);
            dialled::serve(&account, port.parse()?, token, commands()).await
        }
        ["dial", url, token, heartbeat, delay_max, ref roles @ ..] => {
            let account = account::account(milliseconds(heartbeat)?);
            dialling::talk(&account, url, token, milliseconds(delay_max)?, roles, commands()).await
        }
        _ => Err(USAGE.into()),
    }
}

fn milliseconds(text: &str) -> Result<Millis, Box<dyn Error>> {
    Ok(Millis::new(text.parse()?))
}
