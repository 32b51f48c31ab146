//! Owns relink's client in the role that all drivers play: it acknowledges what comes in, and tells of it in lines of JSON.
//!
//! `side_by_side_driver API_URL HANDLER_MS`. Lines of the standard input: start, stop; with its end the program ends.

use std::env;
use std::error::Error;
use std::io;
use std::time::Duration;

use relink_tokio::slack::SocketMode;
use serde_json::json;
use tokio::sync::mpsc::unbounded_channel;
use tokio::time::sleep;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut args = env::args().skip(1);
    let endpoint = args.next().ok_or("API_URL is missing")? + "apps.connections.open";
    let handler = Duration::from_millis(args.next().ok_or("HANDLER_MS is missing")?.parse()?);
    let (line, mut lines) = unbounded_channel();
    // A thread of its own: a read of the standard input cannot be given up.
    std::thread::spawn(move || io::stdin().lines().map_while(Result::ok).try_for_each(|text| line.send(text)));
    println!("{}", json!({"what": "loaded"}));
    let mut apps = Vec::new();
    while let Some(command) = lines.recv().await {
        if command == "start" {
            let app = SocketMode::builder("xapp-1-A0FAKE-1-secret").endpoint(endpoint.clone()).connect()?;
            apps.push(app.clone());
            tokio::spawn(receive(app, handler));
        } else {
            for app in &apps {
                app.stop().await;
            }
            println!("{}", json!({"what": "stopped"}));
        }
    }
    Ok(())
}

async fn receive(app: SocketMode, handler: Duration) {
    while let Some(envelope) = app.next().await {
        println!("{}", json!({"what": "received", "id": envelope.id()}));
        tokio::spawn(async move {
            sleep(handler).await;
            if let Err(error) = envelope.ack() {
                println!("{}", json!({"what": "refused", "id": envelope.id(), "why": error.to_string()}));
            }
        });
    }
}
