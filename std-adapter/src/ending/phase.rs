//! What was waited for when a deadline passed.

use std::fmt;

use relink_core::Millis;

/// What did not come in time, and how long it was waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Phase {
    /// The end of the opening handshake; the stage is where it had got to.
    Opening(Millis, Stage),
    /// The peer's acceptance, in its own protocol.
    Acceptance(Millis),
    /// Any frame at all after a ping.
    Silence(Millis),
    /// The peer's own heartbeat.
    Pulse,
    /// The end of a message that had begun: so long more of it was waited for.
    Message(Millis),
    /// The end of the transport after a Close.
    Closing(Millis),
    /// Room in the socket for what is to be written.
    Write(Millis),
}

/// How far an opening handshake has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Stage {
    /// The transport does not say.
    #[default]
    Unknown,
    /// The provider is asked for a URL.
    Url,
    /// The host name is being resolved.
    Dns,
    /// An address is being connected to.
    Dial,
    /// The TLS handshake is under way.
    Tls,
    /// The answer to the Upgrade is awaited.
    Upgrade,
}

impl Phase {
    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Opening(..) => "opening_timeout",
            Self::Acceptance(_) => "acceptance_timeout",
            Self::Silence(_) => "silence_timeout",
            Self::Pulse => "pulse_timeout",
            Self::Message(_) => "message_timeout",
            Self::Closing(_) => "closing_timeout",
            Self::Write(_) => "write_timeout",
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Opening(after, stage) => write!(f, "the connection was not open after {:?}: {stage}", after.as_duration()),
            Self::Acceptance(after) => {
                write!(f, "the peer did not accept the connection in its own protocol within {:?}", after.as_duration())
            }
            Self::Silence(after) => {
                write!(f, "the peer fell silent: nothing came within {:?} of a ping; the network or the peer is gone", after.as_duration())
            }
            Self::Pulse => f.write_str("the peer's own heartbeat is overdue: the service behind the connection may hang"),
            Self::Message(after) => {
                write!(f, "the peer's message comes too slowly: it is not complete, and was waited for for {:?}", after.as_duration())
            }
            Self::Closing(after) => {
                write!(f, "the peer did not end the connection within {:?} of the Close; it was dropped", after.as_duration())
            }
            Self::Write(after) => {
                write!(f, "the peer took no data for {:?}: it no longer reads, or the network is gone", after.as_duration())
            }
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unknown => "the peer did not finish the opening handshake",
            Self::Url => "the provider of the URL did not answer",
            Self::Dns => "the host name was still being resolved",
            Self::Dial => "no address answered",
            Self::Tls => "the peer did not finish the TLS handshake; check that it speaks TLS on this port",
            Self::Upgrade => "the peer did not answer the upgrade; check that it speaks HTTP on this port",
        })
    }
}
