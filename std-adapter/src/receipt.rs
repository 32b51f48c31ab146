//! What becomes of a message that was accepted for sending, and how its sender is told.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::sync::oneshot;

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate<M> {
    /// It was written to the socket, whole. Not more: a peer that has stopped reading swallows megabytes into the buffers
    /// of two kernels, so only the peer's own answer says that it was received.
    Written,
    /// The connection ended while it was on its way to the socket: all of it may have been sent, or a part, or nothing.
    Unknown,
    /// It was handed to no connection; here it is back.
    NotWritten(M),
    /// It had to make room ([`WhenFull`](crate::WhenFull)); here it is back.
    Dropped(M),
}

/// A future that says what became of one message. May be dropped: the message goes its way all the same.
#[derive(Debug)]
pub struct Receipt<M>(oneshot::Receiver<Fate<M>>);

/// The driver's end of a [`Receipt`].
pub(crate) type Teller<M> = oneshot::Sender<Fate<M>>;

impl<M> Receipt<M> {
    pub(crate) fn pair() -> (Teller<M>, Self) {
        let (teller, receipt) = oneshot::channel();
        (teller, Self(receipt))
    }
}

impl<M> Future for Receipt<M> {
    type Output = Fate<M>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Fate<M>> {
        // The driver tells the fate of all it holds, even when it is dropped; only a panic in it leaves no word.
        Pin::new(&mut self.0).poll(cx).map(|fate| fate.unwrap_or(Fate::Unknown))
    }
}

/// A message that was not accepted for sending, given back.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum SendError<M> {
    /// There is no room for it now.
    Full(M),
    /// It alone weighs more than the outbox may hold; it can never be sent.
    TooHeavy(M),
    /// The connection it is bound to is gone.
    Gone(M),
    /// The link has ended, or is about to.
    Ended(M),
}

impl<M> SendError<M> {
    /// The message.
    pub fn into_message(self) -> M {
        match self {
            Self::Full(message) | Self::TooHeavy(message) | Self::Gone(message) | Self::Ended(message) => message,
        }
    }

    const fn text(&self) -> &'static str {
        match self {
            Self::Full(_) => "the outbox is full; send again later, or give it more room",
            Self::TooHeavy(_) => "the message is heavier than the whole outbox; raise its `bytes_max`, or its `alone_bytes_max`",
            Self::Gone(_) => "the connection this message is bound to is gone",
            Self::Ended(_) => "the link has ended",
        }
    }
}

impl<M> fmt::Debug for SendError<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full(_) => "Full(..)",
            Self::TooHeavy(_) => "TooHeavy(..)",
            Self::Gone(_) => "Gone(..)",
            Self::Ended(_) => "Ended(..)",
        })
    }
}

impl<M> fmt::Display for SendError<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl<M> std::error::Error for SendError<M> {}
