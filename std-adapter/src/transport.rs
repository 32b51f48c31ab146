//! What a transport must bring: open, receive, send, close; dropping a connection is the abort.

use std::future::Future;
use std::sync::Arc;
use std::task::{Context, Poll};

use relink_core::{Attempt, CloseCode, Report, Verdict};

use crate::ending::{Ending, Stage};

/// A way to open connections. WebSocket is one ([`ws`](crate::ws)); `examples/src/bin/line_tcp.rs` brings another.
pub trait Transport: Send + 'static {
    /// What the user sends and receives.
    type Message: Send + 'static;
    /// An open connection.
    type Connection: Connection<Message = Self::Message>;

    /// Begins one attempt: address, dial, opening handshake. Dropping the future ends the attempt at once.
    fn open(&mut self, attempt: Attempt) -> impl Future<Output = Result<Self::Connection, Ending>> + Send + 'static;

    /// The weight of a message in the outbox, in bytes on the wire or close to it.
    fn weight(message: &Self::Message) -> usize;

    /// What an ending means to the protocol spoken here; `None` leaves it to [`classify::verdict`](crate::classify::verdict).
    fn verdict(&self, ending: &Ending) -> Option<Verdict> {
        let _ = ending;
        None
    }

    /// How far the attempt that was begun last has come: named when its deadline passes.
    fn stage(&self) -> Stage {
        Stage::Unknown
    }
}

/// One open connection. Dropping it drops the transport at once; that is the abort. Where no Close was said on it, one is queued and
/// flushed once just before, so that the peer hears of the end if the socket takes that at once.
///
/// All methods follow the rules of `Stream` and `Sink`: `poll_*` registers the task to be woken when it returns
/// `Pending`, and no method blocks. Receiving and writing are given different wakers, as the halves of a split
/// stream are, and each has to be kept: what comes in on a transport that keeps only the latest is heard, too, but late if it
/// comes while something is sent, at the next deadline.
pub trait Connection: Send + Unpin + 'static {
    /// What the user sends and receives.
    type Message: Send + 'static;

    /// The next thing that came in. After [`Incoming::Closed`], [`Incoming::Broken`] or [`Incoming::Lost`] only
    /// `Lost` may follow. Answers the peer's pings and its Close itself (RFC 6455 §5.5); the answers leave with the next flush.
    fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<Incoming<Self::Message>>;

    /// Whether [`Connection::queue`] may be called: there is room in the write buffer.
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Ending>>;

    /// Queues a message behind those before it, without flushing: the driver queues all that is ready, then flushes once.
    /// Called only after `poll_ready` answered `Ready(Ok)`.
    fn queue(&mut self, message: Self::Message) -> Result<(), Ending>;

    /// Queues a ping.
    fn queue_ping(&mut self) -> Result<(), Ending>;

    /// Queues the Close frame; nothing is queued after it.
    fn queue_close(&mut self, code: CloseCode) -> Result<(), Ending>;

    /// Writes what is queued to the socket. `Ready(Ok)` when the write buffer is empty.
    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Ending>>;

    /// Whether something may be queued that no flush has written, an answer to what came in for instance: asked after each
    /// message, to spare a flush that has nothing to write.
    fn wants_flush(&self) -> bool {
        true
    }

    /// How many bytes the socket has taken so far, modulo 2⁶⁴: whether a write makes progress is seen by it. A transport that does not
    /// count answers 0, and each flush has to end within the time that a write without progress may take.
    fn written_bytes(&self) -> u64 {
        0
    }

    /// Whether something that came in is still in hand, an acknowledgement owed for instance: a drain waits for it.
    fn is_busy(&self) -> bool {
        false
    }
}

/// What came in on a connection.
#[derive(Debug)]
pub enum Incoming<M> {
    /// A message for the user: a sign of life.
    Message(M),
    /// The protocol's own: `Heard`, `Accepted`, `Pulse` or `Drained`.
    Report(Report),
    /// The peer announces its leaving or asks for ours, for this reason; the connection still works.
    Asked(Verdict, Arc<str>),
    /// The same, and the message that says so is for the user, too.
    AskedBy(M, Verdict, Arc<str>),
    /// A message for the user that also means something to the link: `Accepted`, `Pulse` or `Drained`.
    Both(M, Report),
    /// The peer's Close frame.
    Closed(Ending),
    /// The peer broke the protocol; close with this code.
    Broken(CloseCode, Ending),
    /// The transport is gone.
    Lost(Ending),
}

impl<M> Incoming<M> {
    pub(crate) const fn message(&self) -> Option<&M> {
        match self {
            Self::Message(message) | Self::AskedBy(message, ..) | Self::Both(message, _) => Some(message),
            Self::Report(_) | Self::Asked(..) | Self::Closed(_) | Self::Broken(..) | Self::Lost(_) => None,
        }
    }

    /// What is for the user, and what is for the link.
    pub(crate) fn split(self) -> (Option<M>, Option<Self>) {
        match self {
            Self::Message(message) => (Some(message), None),
            Self::AskedBy(message, verdict, why) => (Some(message), Some(Self::Asked(verdict, why))),
            Self::Both(message, report) => (Some(message), Some(Self::Report(report))),
            Self::Report(_) | Self::Asked(..) | Self::Closed(_) | Self::Broken(..) | Self::Lost(_) => (None, Some(self)),
        }
    }
}
