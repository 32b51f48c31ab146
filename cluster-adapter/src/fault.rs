//! What can go wrong with an engine, said so that a person knows what to do.

use std::error::Error;
use std::fmt;

use crate::Token;

/// Why an engine did not answer as asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// No answer in time: whether it happened is unknown. Asking again is always safe.
    TimedOut {
        /// What was asked for.
        what: &'static str,
    },
    /// The stream or its consumer has no leader at the moment, or the way to a new one is not known everywhere yet: nothing happened.
    NoLeader,
    /// The server is older than what the engine can rely on.
    ServerTooOld {
        /// The version it tells, if it tells one.
        found: Box<str>,
    },
    /// The queue has reached its limit: nothing is pushed out for something new.
    Full,
    /// The message is larger than the server takes.
    TooLarge,
    /// The envelope's id or key is no text of visible ASCII characters within its bounds.
    BadEnvelope,
    /// This was created on the server with other settings.
    OtherSettings(Box<str>),
    /// There are fewer partitions than that.
    NoSuchPartition,
    /// What was stored there was not written by this engine, or by another version of it.
    NotOurs(Box<str>),
    /// This is no address of a server.
    Address(Box<str>),
    /// The server said no, or cannot be reached.
    Server(Box<str>),
}

/// Why something was not stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Something else was stored there meanwhile.
    Conflict,
    /// It was not decided.
    Fault(Fault),
}

/// Why an envelope was not confirmed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PublishError {
    /// A newer token has taken the queue over: nothing new will ever be taken from this publisher.
    Fenced {
        /// The newer token, where it is still to be seen.
        by: Option<Token>,
    },
    /// It may be stored or not; publishing the same id again is safe.
    Fault(Fault),
}

impl Fault {
    /// Whether the same request may well succeed in a moment, with nobody doing anything about it.
    #[must_use]
    pub const fn is_passing(&self) -> bool {
        match self {
            Self::TimedOut { .. } | Self::NoLeader | Self::Full => true,
            Self::ServerTooOld { .. } | Self::TooLarge | Self::BadEnvelope | Self::OtherSettings(_) => false,
            Self::NoSuchPartition | Self::NotOurs(_) | Self::Address(_) | Self::Server(_) => false,
        }
    }
}

impl Fault {
    /// Whether the same envelope will never be taken.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        match self {
            Self::TooLarge | Self::BadEnvelope => true,
            Self::TimedOut { .. } | Self::NoLeader | Self::Full | Self::ServerTooOld { .. } | Self::OtherSettings(_) => false,
            Self::NoSuchPartition | Self::NotOurs(_) | Self::Address(_) | Self::Server(_) => false,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimedOut { what } => {
                write!(f, "no answer in time to {what}; it may have happened all the same, and can be asked for again")
            }
            Self::NoLeader => f.write_str(
                "nobody answers for the stream: it is electing a leader, which takes up to about ten seconds, or it was deleted; ask again",
            ),
            Self::ServerTooOld { found } => write!(
                f,
                "the NATS server is version {found}, and 2.12 is the oldest whose compare-and-set holds on a replicated bucket; \
                 run nats-server 2.15, all servers of the cluster"
            ),
            Self::Full => f.write_str("the queue is full; let the workers catch up, or raise max_bytes"),
            Self::TooLarge => f.write_str("the message is larger than the server's max_payload allows"),
            Self::BadEnvelope => f.write_str(
                "an envelope's id (not empty) and key have at most 512 visible ASCII characters; hash or encode what has others",
            ),
            Self::NoSuchPartition => {
                f.write_str("the queue has fewer partitions: they are counted from 0, and their number is in the settings")
            }
            Self::OtherSettings(name) => write!(
                f,
                "{name} is on the server with other settings than these; give all processes the same, \
                 or stop them all and change it with the nats command"
            ),
            Self::NotOurs(what) => write!(f, "{what}: is another program, or another version of this one, using the same name?"),
            Self::Address(address) => write!(f, "{address:?} is no address of a NATS server; nats://host:4222 is one"),
            Self::Server(what) => write!(f, "the engine's server: {what}"),
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Conflict => f.write_str("something else was stored there meanwhile"),
            Self::Fault(fault) => fault.fmt(f),
        }
    }
}

impl fmt::Display for PublishError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fenced { by: Some(token) } => write!(f, "the queue was taken over with token {}; this publisher is done", token.get()),
            Self::Fenced { by: None } => f.write_str("the queue was taken over; this publisher is done"),
            Self::Fault(fault) => fault.fmt(f),
        }
    }
}

impl Error for Fault {}
impl Error for Refused {}
impl Error for PublishError {}

impl From<Fault> for Refused {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<Fault> for PublishError {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}
