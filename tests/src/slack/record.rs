//! Owns what is written down of calls, tickets, dials and connections.

use tokio::time::Instant;

use super::reason::ApiError;

/// A call of `apps.connections.open`.
#[derive(Clone, Debug)]
pub struct Call {
    /// When.
    pub at: Instant,
    /// The token in the `Authorization` header, if there is one.
    pub token: Option<String>,
    /// What the client calls itself.
    pub user_agent: String,
    /// What came of it.
    pub answer: Answer,
}

/// What came of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A URL with this ticket.
    Ticket(usize),
    /// `ok: false` with this error.
    Error(ApiError),
    /// 429, because of the rate limit or of the script, with this `Retry-After`.
    Limited {
        /// In the client's seconds.
        retry_after_s: u32,
    },
    /// Another status than 200.
    Status(u16),
    /// Another body than Slack's, or a URL that leads nowhere.
    Wrong,
    /// None: the call hangs.
    None,
    /// None: the connection was ended.
    Cut,
}

/// A ticket: leave for one dial.
#[derive(Clone, Debug)]
pub struct Ticket {
    /// The text of it.
    pub text: String,
    /// When it was given out.
    pub issued: Instant,
    /// When it was shown; more than one time is a client's mistake.
    pub shown: Vec<Instant>,
}

/// A request for an upgrade.
#[derive(Clone, Debug)]
pub struct Dial {
    /// When.
    pub at: Instant,
    /// Its ticket, by its place in [`Book::tickets`](super::Book::tickets), if Slack has given it out.
    pub ticket: Option<usize>,
    /// Whether it asks for `debug_reconnects`.
    pub debug: bool,
    /// What the client calls itself.
    pub user_agent: String,
    /// What came of it.
    pub outcome: Outcome,
}

/// What came of a dial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// This connection.
    Opened(usize),
    /// This connection, only to say that there are too many.
    TooMany(usize),
    /// A refusal because the ticket had been shown before.
    TicketReused,
    /// A refusal because the ticket is not one of Slack's.
    TicketUnknown,
    /// A refusal with this status, as the script says or because it is no upgrade (400).
    Status(u16),
    /// Nothing: the dial hangs.
    None,
    /// Nothing: the connection was ended.
    Cut,
}

/// A WebSocket, or a ghost that was made by hand.
#[derive(Clone, Debug)]
pub struct Connection {
    /// Its number, from 1, in the order of their upgrades.
    pub number: usize,
    /// When it was accepted.
    pub opened: Instant,
    /// Whether it is a ghost made by hand, without a socket.
    pub ghost: bool,
    /// When hello was said.
    pub hello: Option<Instant>,
    /// What hello said of the number of registrations.
    pub num_connections: usize,
    /// When the app lost this registration; `None`: it has it. One that never was registered has it lost when it was opened.
    pub unregistered: Option<Instant>,
    /// When the last frame of the client's came.
    pub heard: Instant,
    /// The client's pings.
    pub pings: usize,
    /// The client's pongs.
    pub pongs: usize,
    /// When the server sent a Close, and its code.
    pub close_sent: Option<(Instant, Option<u16>)>,
    /// When the client's Close came, and its code.
    pub close_received: Option<(Instant, Option<u16>)>,
    /// When the server had no socket for it any more.
    pub ended: Option<Instant>,
}

impl Connection {
    pub(crate) const fn new(number: usize, now: Instant) -> Self {
        Self {
            number,
            opened: now,
            ghost: false,
            hello: None,
            num_connections: 0,
            unregistered: None,
            heard: now,
            pings: 0,
            pongs: 0,
            close_sent: None,
            close_received: None,
            ended: None,
        }
    }

    /// Whether it is registered, hello has been said, and neither side has said Close.
    #[must_use]
    pub const fn is_ready(&self) -> bool {
        self.hello.is_some() && self.ended.is_none() && self.unregistered.is_none()
    }
}
