//! Owns what can be set of the fake Slack: its times, its limits, and what it does where Slack was seen to do either.

use std::time::Duration;

/// A client's frame of this many bytes or more is not accepted.
pub const FRAME_LIMIT_BYTES: usize = 20_480;

/// How the fake Slack is. All times are Slack's own; [`Settings::pace`] says how fast they pass.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The one app-level token that is right; `None`: any that begins with `xapp-`. All are of one app.
    pub token: Option<String>,
    /// The app's id, as hello tells it.
    pub app_id: String,
    /// How fast Slack's times pass.
    pub pace: Pace,
    /// How often `apps.connections.open` may be called; `None`: as often as one likes.
    pub rate: Option<RateLimit>,
    /// How many registrations one app may have, ghosts included.
    pub registrations_max: usize,
    /// How an upgrade with a ticket that is unknown, or was used before, is refused. Slack does not publish it.
    pub bad_ticket_status: u16,
    /// The gap between two pings of the server.
    pub ping_every: Duration,
    /// How long a registration stays after its peer was last heard, if there was no closing handshake.
    pub ghost_timeout: Duration,
    /// Whether payloads are also sent to registrations whose peer is gone, as Slack does.
    pub ghosts_receive: bool,
    /// How long a connection lasts.
    pub lifetime: Duration,
    /// The same for a connection that was dialled with `debug_reconnects=true`.
    pub debug_lifetime: Duration,
    /// The time between a `warning` and the end.
    pub warning_time: Duration,
    /// How long an envelope waits for its acknowledgement.
    pub ack_timeout: Duration,
    /// How long after each failed delivery an `events_api` envelope is sent again. Others never are.
    pub redelivery: Vec<Duration>,
    /// What a client's frame that is too long comes to.
    pub oversize: Oversize,
    /// What the server does with TCP after the closing handshake.
    pub after_close: AfterClose,
    /// Whether the URL that is given out leads to where the call was sent (its `Host`), so that a proxy in between stays in between.
    pub urls_by_host: bool,
    /// Whether an envelope that needs nothing more is forgotten, and only counted: for long runs.
    pub forget_settled: bool,
    /// Where chance begins: the spread of payloads, tickets, envelope ids.
    pub seed: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            token: None,
            app_id: "A0FAKESLACK".to_owned(),
            pace: Pace::REAL,
            rate: Some(RateLimit::TIER_1),
            registrations_max: 10,
            bad_ticket_status: 409,
            ping_every: Duration::from_secs(5),
            ghost_timeout: Duration::from_secs(60),
            ghosts_receive: true,
            lifetime: Duration::from_secs(18_060),
            debug_lifetime: Duration::from_secs(360),
            warning_time: Duration::from_secs(10),
            ack_timeout: Duration::from_secs(3),
            redelivery: vec![Duration::ZERO, Duration::from_secs(60), Duration::from_secs(300)],
            oversize: Oversize::Dropped,
            after_close: AfterClose::Hold,
            urls_by_host: false,
            forget_settled: false,
            seed: 0x51AC,
        }
    }
}

/// How many times faster than the tokio clock Slack's times pass. A paused tokio clock needs no factor.
///
/// `Retry-After` is the exception: HTTP says it in the client's own whole seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace(u32);

impl Pace {
    /// One second is one second.
    pub const REAL: Self = Self(1);

    /// So many seconds of Slack's pass in one; 0 is taken as 1.
    #[must_use]
    pub const fn times_faster(factor: u32) -> Self {
        Self(if factor == 0 { 1 } else { factor })
    }

    /// How long this time of Slack's takes on the tokio clock.
    #[must_use]
    pub fn of(self, slack: Duration) -> Duration {
        slack / self.0
    }
}

/// A rate limit as a token bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// How many calls a full bucket holds.
    pub burst: u32,
    /// How long one more call takes to come back.
    pub every: Duration,
}

impl RateLimit {
    /// Slack's Tier 1: "1+ per minute", and a burst that Slack does not publish; here it is 10.
    pub const TIER_1: Self = Self { burst: 10, every: Duration::from_secs(60) };
}

/// What a client's frame of [`FRAME_LIMIT_BYTES`] or more comes to. Both were seen. A message in fragments comes to the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Oversize {
    /// Nothing: it is dropped, and nobody is told.
    Dropped,
    /// A Close with 1009.
    Closes,
}

/// What the server does with TCP after the closing handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AfterClose {
    /// It holds the connection until the client ends it, as Slack does.
    Hold,
    /// It ends the connection.
    End,
}
