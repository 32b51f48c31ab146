//! Owns why an attempt failed or a connection ended, each with a sentence for a person.

use core::fmt;

use embedded_io_async::ErrorKind;
use relink_core::{Cause, CloseCode, Millis, Verdict};
use relink_profiles::{Profile, websocket};

use crate::wire::{Unsendable, Violation};

/// Why an attempt failed or a connection ended. `Display` says what happened and what can be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// No connection came up to shake hands on: the dialler's own words.
    Dial(DialFault),
    /// The upgrade request cannot be sent as it is. Nothing was.
    Request(Unsendable),
    /// The peer answered the upgrade with something else than 101 (RFC 6455 §4.1).
    Refused {
        /// The HTTP status.
        status: u16,
        /// What its `Retry-After` asks for.
        retry_after: Option<Millis>,
    },
    /// The peer broke the protocol (RFC 6455 §7.1.7).
    Violation(Violation),
    /// The peer's message is longer than the lent buffer, and the settings say that this ends the connection (RFC 6455 §7.4.1: 1009).
    TooLarge {
        /// How many bytes of it are known of.
        len: u64,
    },
    /// The peer's Close came in, with its code if it gave one (RFC 6455 §5.5.1).
    Closed {
        /// The code.
        code: Option<CloseCode>,
    },
    /// The transport ended after the closing handshake, as it should.
    Finished,
    /// The transport ended without a Close.
    Eof,
    /// Reading or writing failed.
    Io(ErrorKind),
    /// The transport took nothing of what was to be written for 30 s.
    Stalled,
    /// The link itself ended it.
    Link(Cause),
}

/// Why a dialler got no connection: its own words, and what it means for the next attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DialFault {
    /// For a person: what happened, and what to check.
    pub what: &'static str,
    /// What it means for the next attempt.
    pub verdict: Verdict,
}

impl DialFault {
    /// Something that passes: the policy's delay comes before the next attempt.
    #[must_use]
    pub const fn new(what: &'static str) -> Self {
        Self { what, verdict: Verdict::Retry }
    }
}

impl Ending {
    /// What it means for the next attempt: to the protocol, and where that has no opinion, on any WebSocket.
    pub(crate) fn verdict<P: Profile>(&self, profile: &P) -> Verdict {
        let judged = match *self {
            Self::Closed { code } => relink_profiles::Ending::Closed(code),
            Self::Refused { status, retry_after } => relink_profiles::Ending::Upgrade { status, retry_after },
            Self::Dial(fault) => return fault.verdict,
            // The wrong request stays wrong until somebody mends it, but the next attempt may bring another.
            Self::Request(_) => return websocket::LONGEST,
            Self::Violation(_) | Self::TooLarge { .. } | Self::Finished | Self::Eof | Self::Io(_) | Self::Stalled => return Verdict::Retry,
            Self::Link(Cause::Aged | Cause::Asked | Cause::Replaced) => return Verdict::Renew { within: Millis::ZERO },
            Self::Link(Cause::Stopped) => return Verdict::GiveUp,
            Self::Link(Cause::Opening | Cause::Acceptance | Cause::Silence | Cause::Pulse | Cause::Closing) => return Verdict::Retry,
        };
        profile.verdict(judged).unwrap_or_else(|| websocket::verdict(judged))
    }
}

impl Ending {
    /// Whether the peer let a deadline pass.
    pub(crate) const fn is_timeout(&self) -> bool {
        match self {
            Self::Stalled => true,
            Self::Link(cause) => match cause {
                Cause::Opening | Cause::Acceptance | Cause::Silence | Cause::Pulse | Cause::Closing => true,
                Cause::Aged | Cause::Asked | Cause::Replaced | Cause::Stopped => false,
            },
            Self::Dial(_) | Self::Request(_) | Self::Refused { .. } | Self::Violation(_) | Self::TooLarge { .. } => false,
            Self::Closed { .. } | Self::Finished | Self::Eof | Self::Io(_) => false,
        }
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dial(fault) => fault.fmt(f),
            Self::Request(unsendable) => write!(f, "the connection cannot be requested: {unsendable}"),
            Self::Refused { status, retry_after: None } => write!(f, "the upgrade was refused with HTTP {status}"),
            Self::Refused { status, retry_after: Some(wait) } => {
                write!(f, "the upgrade was refused with HTTP {status}, and is to be tried again in {} ms", wait.get())
            }
            Self::Violation(violation) => write!(f, "the peer broke the protocol: {violation}"),
            Self::TooLarge { len } => write!(f, "the peer sent a message of {len} bytes or more, and the receive buffer is shorter"),
            Self::Closed { code: Some(code) } => write!(f, "the peer closed the connection with code {}", code.get()),
            Self::Closed { code: None } => f.write_str("the peer closed the connection without a code"),
            Self::Finished => f.write_str("the connection was closed properly"),
            Self::Eof => f.write_str("the peer ended the connection without a Close: it may have crashed, or something between dropped it"),
            Self::Io(kind) => write!(f, "the connection broke: {kind:?}"),
            Self::Stalled => f.write_str("the peer took nothing of what was to be written for 30 s: it hangs, or the network is gone"),
            Self::Link(cause) => f.write_str(sentence(*cause)),
        }
    }
}

const fn sentence(cause: Cause) -> &'static str {
    match cause {
        Cause::Opening => "the opening handshake was not done in time: check the address and the network",
        Cause::Acceptance => "the peer did not accept us in time",
        Cause::Silence => "the peer did not answer a ping in time: it hangs, or the network is gone",
        Cause::Pulse => "the peer's heartbeat is overdue",
        Cause::Closing => "the peer did not end the connection in time after Close",
        Cause::Aged => "the connection reached its greatest age and is renewed",
        Cause::Asked => "the peer asked for this connection to end",
        Cause::Replaced => "a newer connection took over",
        Cause::Stopped => "the link was stopped",
    }
}

impl fmt::Display for DialFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.what)
    }
}

impl core::error::Error for Ending {}

impl core::error::Error for DialFault {}
