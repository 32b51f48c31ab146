//! Owns the rows of the promised bounds about ending: a stop in every state, dropped handles, and that nothing is left of it all.
//!
//! The sockets of the process are counted, so one test runs at a time, and its links have a runtime of their own, whose tasks are
//! counted too: `cargo test -p relink-tests --test rows_stop -- --nocapture`.
#![cfg(target_os = "linux")]

mod bench;
mod forced;
mod handles;
mod overlap;
mod restart;
mod stop;

use std::error::Error;
use std::time::Duration;

use bench::{Bench, Case};
use relink_tests::fault::{Behaviour, FaultServer};
use relink_tests::rows::{PATIENCE, SLACK, Watched, millis, row, takes, with_slack};
use relink_tokio::ws::{Meaning, Message, Protocol, Request, Sign, Ws};
use relink_tokio::{Backoff, Builder, Config, LinkState, Millis};

/// What a test gives back; the error says what was not so.
type Tested = Result<(), Box<dyn Error>>;

/// The bound of every stop, shortened from 1 s.
const CLOSING: Millis = Millis::new(400);

/// The deadlines that must not be what ends anything here are an hour.
const HOUR: Millis = Millis::from_secs(3600);

const CONFIG: Config = Config {
    backoff: Backoff::fixed(Millis::new(20)),
    opening_timeout: HOUR,
    ping_after: Millis::ZERO,
    closing_timeout: CLOSING,
    dial_gap_min: Millis::new(1),
    ..Config::DEFAULT
};

/// As above, but who fails waits for ever.
const WAITS: Config = Config { backoff: Backoff::fixed(HOUR), ..CONFIG };

/// As above, with a peer that has to say hello, and room for a second connection.
const OVERLAPS: Config = Config { overlap_max: HOUR, acceptance_timeout: HOUR, ..CONFIG };

/// What the peer accepts a connection with.
const HELLO: &str = "hello";

/// A protocol in which the peer says hello.
#[derive(Clone, Copy, Debug)]
struct Hello;

impl Protocol for Hello {
    fn recognise(&mut self, message: &Message) -> Meaning {
        if message.as_text() == Some(HELLO) { Meaning::sign(Sign::Accepted) } else { Meaning::PAYLOAD }
    }
}

/// A link to this URL in the making, with this configuration.
fn link(url: &str, config: Config) -> Result<Builder<Ws>, Box<dyn Error>> {
    Ok(Builder::new(Ws::to(Request::new(url)?)).config(config))
}
