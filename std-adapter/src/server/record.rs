//! How one connection ended: one record for each.

use std::sync::Arc;
use std::time::Duration;

use relink_core::CloseCode;
use relink_core::registry::Key;

use super::About;
use crate::Ending;

/// How a connection ended that had been let in.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Record {
    /// Its name.
    pub key: Key,
    /// Who it was.
    pub about: Arc<About>,
    /// Who wanted the end.
    pub cause: Cause,
    /// The code of the Close that ended it: the peer's, or ours; none, if there was no Close.
    pub code: Option<CloseCode>,
    /// Why, in a sentence.
    pub ending: Ending,
    /// Whether its transport had to be dropped: a Close was sent, or came, and the closing handshake was not over within
    /// `closing_timeout` of the [configuration](super::Builder::config); or the deadline of a [drain](super::Server::drain) had come. Not
    /// one that was lost without a Close, whose [ending](Record::ending) says how.
    pub forced: bool,
    /// How long it was there, from its acceptance on.
    pub age: Duration,
    /// Messages received.
    pub messages_in: u64,
    /// Bytes of messages received.
    pub bytes_in: u64,
    /// Messages sent.
    pub messages_out: u64,
    /// Bytes of messages sent.
    pub bytes_out: u64,
}

/// Who wanted a connection to end: the first one counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Cause {
    /// Nobody here: the peer, the network, or a deadline. The [ending](Record::ending) says more.
    Peer,
    /// The session's future had ended.
    Done,
    /// The session's future had panicked.
    Panicked,
    /// [`Server::end`](super::Server::end) or [`Server::end_where`](super::Server::end_where).
    Ended,
    /// A newer connection has the same identity.
    Replaced,
    /// It took its messages too slowly.
    Slow,
    /// The server is being drained.
    Drained,
    /// It has reached the greatest age that the [configuration](super::Builder::config) allows.
    Aged,
}

impl Cause {
    /// A word for logs and counters.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Peer => "peer",
            Self::Done => "done",
            Self::Panicked => "panicked",
            Self::Ended => "ended",
            Self::Replaced => "replaced",
            Self::Slow => "slow",
            Self::Drained => "drained",
            Self::Aged => "aged",
        }
    }
}
