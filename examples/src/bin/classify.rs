//! Owns an example: a user who knows better what an ending means, and how long to wait after it: `cargo run --bin classify`.
//!
//! This service says 403 while a new token spreads, 4000 when it moves house, and 4003 when the licence is revoked. None of
//! this can be known to the table of `relink_tokio::classify`: 403 would end the link, and the private codes be retried alike.

use std::time::Duration;

use relink_tests::fault::{Behaviour, FaultServer, Leave, Refusal};
use relink_tokio::ending::Ending;
use relink_tokio::{Backoff, Config, Event, Millis, Verdict, connect};

/// What an ending means to this service; `None` leaves it to the protocol and the table.
fn verdict(ending: &Ending) -> Option<Verdict> {
    match (ending.status(), ending.close_code().map(|code| code.get())) {
        (Some(403), _) => Some(Verdict::Retry),
        (_, Some(4000)) => Some(Verdict::Renew { within: Millis::new(300) }),
        (_, Some(4003)) => Some(Verdict::GiveUp),
        _ => None,
    }
}

/// A curve of one's own: a tenth of a second more with each failure, and up to as much again by chance. The policy's
/// `delay_max` holds all the same, whatever is said here.
fn delay(failures: u32, ending: &Ending, roll: u32) -> Option<Duration> {
    if ending.status() != Some(403) {
        return None;
    }
    let step = Duration::from_millis(100) * (failures + 1);
    let chance = f64::from(roll) / (f64::from(u32::MAX) + 1.0);
    Some(step + step.mul_f64(chance))
}

/// The longest delay, of the user's curve too.
const DELAY_MAX: Millis = Millis::new(450);

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = FaultServer::start(Behaviour::Echo).await?;
    let leaves = |code| Behaviour::Leaves { after: Duration::from_millis(100), how: Leave::Close(code) };
    server.script([Behaviour::Refuse(Refusal::new(403)).times(5), leaves(4000).once(), leaves(4003).always()]);

    let policy = Backoff { delay_max: DELAY_MAX, ..Backoff::fixed(Millis::new(50)) };
    let config = Config { backoff: policy, ..Config::DEFAULT };
    let (_client, mut events) = connect(&server.url())?.config(config).verdict(verdict).delay(delay).spawn();
    while let Some(event) = events.next().await {
        match event {
            Event::Up { .. } => println!("up"),
            Event::Down { why, retry_at, .. } => println!("down: {why}; {}", next(retry_at)),
            Event::Failed { why, retry_at, .. } => println!("failed: {why}; {}", next(retry_at)),
            Event::GaveUp { why } => println!("given up: {why}"),
            Event::Renewed { .. } | Event::Message { .. } => {}
        }
    }
    Ok(())
}

fn next(retry_at: Option<tokio::time::Instant>) -> String {
    let wait = retry_at.map(|at| at.saturating_duration_since(tokio::time::Instant::now()));
    wait.map_or("never again".to_owned(), |wait| format!("next dial in {} ms", wait.as_millis()))
}
