//! The profile of Slack's Socket Mode: events, interactions and slash commands over a WebSocket that the app dials.
//!
//! Facts are from <https://docs.slack.dev/apis/events-api/using-socket-mode> unless something else is named.

pub mod ack;
mod api;
mod disconnect;
mod envelope;
mod hello;
mod incoming;
pub mod limits;
pub mod url;
mod verdict;

pub use api::{ApiError, ErrorName};
pub use disconnect::{Disconnect, Reason};
pub use envelope::{Envelope, Kind, Retry};
pub use hello::Hello;
pub use incoming::{Incoming, Unknown, Unreadable};

use relink_core::{Backoff, Config, Millis, Report, Verdict};

pub use crate::Error;
use crate::{Ending, Profile};

/// Slack's Socket Mode, as its client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Slack;

impl Profile for Slack {
    const NAME: &'static str = "slack";

    const CONFIG: Config = Config {
        // Each attempt needs a URL, and those are rationed: about one a minute.
        backoff: Backoff { delay_min: Millis::from_secs(2), delay_max: Millis::from_secs(60), ..Backoff::INTERACTIVE },
        // Two TLS handshakes: one for the URL, one for the WebSocket.
        opening_timeout: Millis::from_secs(15),
        // The hello follows the opening handshake at once, where it follows at all.
        acceptance_timeout: Millis::from_secs(10),
        // Slack pings every few seconds itself. Its pongs to ours often take more than 5 s.
        ping_after: Millis::from_secs(10),
        pong_timeout: Millis::from_secs(15),
        // After the closing handshake Slack leaves TCP open.
        closing_timeout: Millis::from_secs(1),
        dial_gap_min: Millis::from_secs(1),
        // The instances of an app are started together, and each asks for a URL.
        start_spread: Millis::from_secs(1),
        // A warning comes about 10 s before the drop: the drop is awaited, since envelopes may still be on their way.
        overlap_max: Millis::from_secs(15),
        ..Config::DEFAULT
    };

    const SUBPROTOCOLS: &'static [&'static str] = &[];

    type Incoming<'a> = Incoming<'a>;
    type Error = Error;

    fn recognise<'a>(&self, text: &'a str) -> Result<Incoming<'a>, Error> {
        incoming::read(text)
    }

    /// A hello accepts. A disconnect asks, with its reason's [verdict](Reason::verdict). All else is a sign of life.
    fn report(incoming: &Incoming<'_>) -> Option<Report> {
        match incoming {
            Incoming::Hello(_) => Some(Report::Accepted),
            Incoming::Disconnect(disconnect) => Some(Report::Asked(disconnect.reason.verdict())),
            Incoming::Envelope(_) | Incoming::Unreadable(_) | Incoming::Unknown(_) => None,
        }
    }

    fn verdict(&self, ending: Ending<'_>) -> Option<Verdict> {
        verdict::of(ending)
    }
}
