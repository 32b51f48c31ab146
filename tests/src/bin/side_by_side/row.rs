//! Owns the rows of the table: what is asked, and between which bounds each client's figure is.

use crate::client::Client::{self, Node1, Node2, Node3, Python, Relink};

/// A row, in the order of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Row {
    RunAcknowledged,
    RunLeft,
    FullCalls,
    FullReady,
    RefusedDials,
    RefusedOpen,
    RefusedReady,
    WarnGap,
    WarnLost,
    WarnMissed,
    WarnTwice,
    WarnRefused,
    WarnNoClose,
    WarnGapEnd,
    HalfOpenReady,
    NoPongGivenUp,
    DisabledDials,
    StopLeft,
    TwiceOpen,
    TwiceLeft,
    SlowTwice,
    SlowAcknowledged,
    LimitedCalls,
    LimitedReady,
    LimitedAfterStop,
}

impl Row {
    pub(crate) const ALL: [Self; 25] = [
        Self::RunAcknowledged,
        Self::RunLeft,
        Self::FullCalls,
        Self::FullReady,
        Self::RefusedDials,
        Self::RefusedOpen,
        Self::RefusedReady,
        Self::WarnGap,
        Self::WarnLost,
        Self::WarnMissed,
        Self::WarnTwice,
        Self::WarnRefused,
        Self::WarnNoClose,
        Self::WarnGapEnd,
        Self::HalfOpenReady,
        Self::NoPongGivenUp,
        Self::DisabledDials,
        Self::StopLeft,
        Self::TwiceOpen,
        Self::TwiceLeft,
        Self::SlowTwice,
        Self::SlowAcknowledged,
        Self::LimitedCalls,
        Self::LimitedReady,
        Self::LimitedAfterStop,
    ];

    /// For a reader in a hurry.
    pub(crate) const IN_SHORT: [Self; 6] =
        [Self::WarnGap, Self::WarnLost, Self::FullCalls, Self::RefusedDials, Self::RefusedReady, Self::SlowTwice];

    /// What happens, and what is counted.
    pub(crate) const fn question(self) -> (&'static str, &'static str) {
        match self {
            Self::RunAcknowledged => ("60 envelopes of three kinds", "acknowledged"),
            Self::RunLeft => ("stop", "sockets left"),
            Self::FullCalls => ("`too_many_websockets` before hello, for 40 s", "URL calls"),
            Self::FullReady => ("… then a place is free", "ready after"),
            Self::RefusedDials => ("connection lost, then 409 at every upgrade, for 30 s; URLs for 100 dials", "dials in each 5 s"),
            Self::RefusedOpen => ("… 35 s after it ended", "connections open"),
            Self::RefusedReady => ("… after it ended", "ready after"),
            Self::WarnGap => ("`warning` under 200 envelopes/s", "time without a connection"),
            Self::WarnLost => ("… of 1000 interactions", "lost for good"),
            Self::WarnMissed => ("… of 4000 envelopes", "not delivered, or not acknowledged within 3 s where they were"),
            Self::WarnTwice => ("… of 4000 envelopes", "handed out again"),
            Self::WarnRefused => ("… of 4000 envelopes", "acknowledgements refused by the client"),
            Self::WarnNoClose => ("… connections", "left without a Close"),
            Self::WarnGapEnd => ("`warning`, and TCP ends after Close", "time without a connection"),
            Self::HalfOpenReady => ("the peer falls silent, TCP stays", "ready again after"),
            Self::NoPongGivenUp => ("pongs are late, all else is well, for 40 s", "working connections given up"),
            Self::DisabledDials => ("`link_disabled`", "dials in the next 20 s"),
            Self::StopLeft => ("stop during the URL call", "sockets left"),
            Self::TwiceOpen => ("start twice", "connections open"),
            Self::TwiceLeft => ("… then stop", "sockets left"),
            Self::SlowTwice => ("5 events, a handler that takes 4 s", "handed out again"),
            Self::SlowAcknowledged => ("… of 5", "acknowledged"),
            Self::LimitedCalls => ("429 with `Retry-After: 10` at the URL", "calls in these 10 s"),
            Self::LimitedReady => ("… after the 10 s", "ready after"),
            Self::LimitedAfterStop => ("… stop after 2 s", "calls after the stop"),
        }
    }

    /// The bounds of a client's figure, times in milliseconds. Those of the official clients hold what is known of them: so that
    /// the fake Slack stays true. `None`: whatever it is, it is only shown.
    pub(crate) fn bounds(self, client: Client) -> Option<(f64, f64)> {
        match self {
            Self::RunAcknowledged => exactly(60.0),
            Self::RunLeft | Self::LimitedCalls => exactly(0.0),
            _ if client == Relink => self.promised(),
            _ => self.known(client),
        }
    }

    /// What relink promises.
    fn promised(self) -> Option<(f64, f64)> {
        match self {
            // The first call, before there was an answer; the next follows a wait for capacity, a minute long.
            Self::FullCalls => exactly(1.0),
            Self::FullReady => Some((0.0, 30_000.0)),
            // The budget: three at once, one of them for the first connection, and one more each minute.
            Self::RefusedDials => Some((1.0, 2.0)),
            Self::RefusedReady => Some((0.0, 35_000.0)),
            Self::RefusedOpen | Self::TwiceOpen => exactly(1.0),
            Self::SlowAcknowledged => exactly(5.0),
            // Ten seconds of silence, fifteen for a pong, and the spread of the redial.
            Self::HalfOpenReady => Some((15_000.0, 32_000.0)),
            Self::LimitedReady => Some((0.0, 8_000.0)),
            Self::RunAcknowledged
            | Self::RunLeft
            | Self::WarnGap
            | Self::WarnLost
            | Self::WarnMissed
            | Self::WarnTwice
            | Self::WarnRefused
            | Self::WarnNoClose
            | Self::WarnGapEnd
            | Self::NoPongGivenUp
            | Self::DisabledDials
            | Self::StopLeft
            | Self::TwiceLeft
            | Self::SlowTwice
            | Self::LimitedCalls
            | Self::LimitedAfterStop => exactly(0.0),
        }
    }

    /// What is known of the official clients.
    fn known(self, client: Client) -> Option<(f64, f64)> {
        KNOWN.iter().find(|(row, of, ..)| (*row, *of) == (self, client)).map(|(_, _, least, most)| (*least, *most))
    }

    /// The last words that are known of a client that dies of this.
    pub(crate) fn last_words(self, client: Client) -> Option<&'static str> {
        ((self, client) == (Self::FullCalls, Node1)).then_some("Unhandled event 'server explicit disconnect' in state 'connecting'")
    }
}

const NEVER: f64 = f64::INFINITY;

/// What is known of the official clients, from their sources and from what their users report.
const KNOWN: [(Row, Client, f64, f64); 56] = [
    // The message comes to a state that has no cell for it, which throws.
    (Row::FullCalls, Node1, NEVER, NEVER),
    (Row::FullReady, Node1, NEVER, NEVER),
    // 5 s, for ever; 3.1.0 waits for its closing handshake besides.
    (Row::FullCalls, Node2, 7.0, 9.0),
    (Row::FullCalls, Node3, 3.0, 8.0),
    // At once, until Slack answers with 429.
    (Row::FullCalls, Python, 10.0, 12.0),
    (Row::RefusedDials, Node1, 50.0, 100.0),
    // One failure is an `error` and a `close`, and each has the next dial follow.
    (Row::RefusedDials, Node2, 3.0, 16.0),
    (Row::RefusedOpen, Node2, 3.0, 10.0),
    // The delay begins anew with each URL: it does not grow.
    (Row::RefusedDials, Node3, 1.0, 2.0),
    (Row::RefusedDials, Python, 1.0, 2.0),
    (Row::RefusedOpen, Node3, 1.0, 1.0),
    // Close, 5 s, another connection. With TCP held, 3.1.0 waits for its own pings to fail first.
    (Row::WarnGapEnd, Node1, 0.0, 0.0),
    (Row::WarnGapEnd, Node2, 5000.0, 5500.0),
    (Row::WarnGapEnd, Node3, 5000.0, 5500.0),
    (Row::WarnGapEnd, Python, 0.0, 0.0),
    (Row::WarnGap, Node1, 0.0, 100.0),
    (Row::WarnGap, Node2, 5000.0, 6500.0),
    (Row::WarnGap, Node3, 5000.0, 14_000.0),
    (Row::WarnGap, Python, 0.0, 100.0),
    (Row::WarnLost, Node2, 200.0, 400.0),
    (Row::WarnLost, Node3, 200.0, 750.0),
    // Acknowledgements go to the connection that is current, or to none while there is a change.
    (Row::WarnMissed, Node1, 20.0, 400.0),
    (Row::WarnMissed, Python, 1.0, 400.0),
    (Row::WarnRefused, Node1, 20.0, 400.0),
    (Row::WarnNoClose, Node1, 1.0, 1.0),
    (Row::WarnNoClose, Node2, 0.0, 0.0),
    (Row::WarnNoClose, Node3, 0.0, 0.0),
    (Row::WarnNoClose, Python, 1.0, 1.0),
    (Row::HalfOpenReady, Node1, 3000.0, 15_000.0),
    // The Close that is not answered is waited for, 30 s.
    (Row::HalfOpenReady, Node2, 33_000.0, 50_000.0),
    (Row::HalfOpenReady, Node3, 8000.0, 20_000.0),
    (Row::HalfOpenReady, Python, 15_000.0, 40_000.0),
    (Row::NoPongGivenUp, Node1, 2.0, 5.0),
    (Row::NoPongGivenUp, Node2, 2.0, 5.0),
    (Row::NoPongGivenUp, Node3, 2.0, 5.0),
    (Row::DisabledDials, Node1, 1.0, 3.0),
    (Row::DisabledDials, Node2, 2.0, 5.0),
    (Row::DisabledDials, Node3, 1.0, 5.0),
    (Row::DisabledDials, Python, 7.0, 12.0),
    (Row::StopLeft, Node2, 1.0, 1.0),
    (Row::StopLeft, Node3, 1.0, 1.0),
    (Row::StopLeft, Python, 1.0, 1.0),
    (Row::TwiceOpen, Node2, 2.0, 2.0),
    (Row::TwiceOpen, Node3, 2.0, 2.0),
    // It shows the URL of the first start again, is refused, and notices within 5 s.
    (Row::TwiceOpen, Python, 1.0, 1.0),
    (Row::TwiceLeft, Python, 0.0, 0.0),
    (Row::TwiceLeft, Node2, 1.0, 1.0),
    (Row::TwiceLeft, Node3, 1.0, 1.0),
    // None knows that it has the envelope in hand.
    (Row::SlowTwice, Node1, 5.0, 5.0),
    (Row::SlowTwice, Node2, 5.0, 5.0),
    (Row::SlowTwice, Node3, 5.0, 5.0),
    (Row::SlowTwice, Python, 5.0, 5.0),
    // All honour Retry-After; none can be stopped in it.
    (Row::LimitedAfterStop, Node1, 1.0, 1.0),
    (Row::LimitedAfterStop, Node2, 1.0, 1.0),
    (Row::LimitedAfterStop, Node3, 1.0, 1.0),
    (Row::LimitedAfterStop, Python, 1.0, 1.0),
];

fn exactly(value: f64) -> Option<(f64, f64)> {
    Some((value, value))
}
