//! What a link tells its user, and the stream that tells it.

use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use futures_core::Stream;
use relink_core::{Attempt, CloseCode};
use tokio::task::coop;
use tokio::time::Instant;

use crate::Ending;
use crate::shared::Shared;
use crate::wishes::Wish;

/// What happened to the link.
///
/// `Up` and `Down` come in strict pairs. Between them come the messages, and `Renewed` whenever another connection has
/// become the current one; what a peer says before it has accepted us comes before that, even if it never does. An attempt
/// that never came up says `Failed`, once. `GaveUp` comes last, behind the `Failed` or `Down` of the attempt that decided it,
/// which has no `retry_at` then; only a later start is told behind it.
#[derive(Clone, Debug)]
pub enum Event<M> {
    /// The link is up: messages flow, on this attempt's connection.
    Up {
        /// The attempt.
        attempt: Attempt,
    },
    /// The link is down: its last connection is over.
    Down {
        /// The attempt that was current last.
        attempt: Attempt,
        /// Why its connection ended.
        why: Ending,
        /// When the next attempt is made; `None`: none will be.
        retry_at: Option<Instant>,
    },
    /// An attempt never came up.
    Failed {
        /// The attempt.
        attempt: Attempt,
        /// Why.
        why: Ending,
        /// When the next attempt is made; `None`: none will be.
        retry_at: Option<Instant>,
    },
    /// Another connection is current, without a moment between. The old one may go on to deliver messages.
    Renewed {
        /// The attempt that was current.
        old: Attempt,
        /// The attempt that is.
        new: Attempt,
    },
    /// A message came in. Those of one connection come in the order in which its peer sent them, none after the `Down` or `Failed`
    /// that tells of its end.
    ///
    /// Where the peer has to accept the connection first ([`Config::acceptance_timeout`](crate::Config)) and talks before it does, that
    /// is told at once: before the `Up` or `Renewed` of its attempt, or before its `Failed`, if it is never accepted. A protocol that
    /// wants none of it does not [deliver](crate::ws::Meaning) it.
    Message {
        /// The attempt on whose connection it came: for an answer bound to it ([`Client::send_on`](crate::Client::send_on)).
        attempt: Attempt,
        /// The message.
        message: M,
    },
    /// The link has given up and will not dial again.
    GaveUp {
        /// Why.
        why: Ending,
    },
}

/// The stream of a link's events, in order.
///
/// Bounded ([`InboxLimits`](crate::InboxLimits)): where messages are consumed slowly, the driver stops reading from the
/// sockets, so that TCP slows the peer down. All else goes on: deadlines, pings to the peer, sending, stopping. The silence
/// of a connection that is not read from is nobody's fault and ends nothing. `Up`, `Down` and their like have room of
/// their own; if even that is used up by a link that comes and goes while nobody looks, what has become history is left
/// out (whole pairs, never halves).
///
/// When writing to a connection has failed, what came in before that is still told, all of it before the `Down`, however long that
/// takes the consumer; whatever is to be sent meanwhile is treated as while the link is down. Only where messages wait to be sent and
/// the consumer is longer away than [`write_timeout`](crate::Builder::write_timeout) for each event it has in hand, and one
/// more, what it has not consumed by then is given up for a new connection.
///
/// Like every stream it remembers one waker, of whoever polled it last: it is for one task at a time.
///
/// Dropping it stops the link, as dropping the last [`Client`](crate::Client) does; see [`Events::detach`].
#[must_use = "dropping the events stops the link; `detach` them if they are not wanted"]
pub struct Events<M> {
    shared: Arc<Shared<M>>,
    batch: VecDeque<Event<M>>,
    detached: bool,
}

impl<M> Events<M> {
    pub(crate) const fn new(shared: Arc<Shared<M>>) -> Self {
        Self { shared, batch: VecDeque::new(), detached: false }
    }

    /// The next event; `None` once the link has ended and all was told. Safe to cancel.
    pub async fn next(&mut self) -> Option<Event<M>> {
        poll_fn(|cx| self.poll_event(cx)).await
    }

    /// The next event, if one is there already.
    pub fn try_next(&mut self) -> Option<Event<M>> {
        // Where nothing is there, whoever waits for something goes on to be woken, not this one.
        if self.batch.is_empty() && self.shared.inbox().level().events == 0 {
            return None;
        }
        match self.poll_batch(Waker::noop()) {
            Poll::Ready(Some(())) => self.take(),
            Poll::Ready(None) | Poll::Pending => None,
        }
    }

    /// Gives up listening without stopping the link: from here on events are dropped, messages included.
    pub fn detach(mut self) {
        self.detached = true;
    }

    /// Gives an event back that was taken last: it will be the next again.
    #[cfg(feature = "server")]
    pub(crate) fn put_back(&mut self, event: Event<M>) {
        self.batch.push_front(event);
    }

    /// The same stream for somebody whose end is not the link's.
    #[cfg(feature = "server")]
    pub(crate) fn lent(mut self) -> Self {
        self.detached = true;
        self
    }

    #[inline]
    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<Event<M>>> {
        if self.batch.is_empty() && std::task::ready!(self.poll_next_batch(cx)).is_none() {
            return Poll::Ready(None);
        }
        Poll::Ready(self.take())
    }

    /// As [`Events::poll_batch`], as a good neighbour of the other tasks. Of many events one comes here.
    #[cold]
    fn poll_next_batch(&mut self, cx: &mut Context<'_>) -> Poll<Option<()>> {
        let turn = std::task::ready!(coop::poll_proceed(cx));
        let found = std::task::ready!(self.poll_batch(cx.waker()));
        if found.is_some() {
            turn.made_progress();
        }
        Poll::Ready(found)
    }

    /// Ready when there is an event in hand, or will be none.
    fn poll_batch(&mut self, waker: &Waker) -> Poll<Option<()>> {
        if self.batch.is_empty() {
            let taken = self.shared.inbox().take(&mut self.batch, waker);
            let Some(driver_waits) = std::task::ready!(taken) else { return Poll::Ready(None) };
            self.shared.wake_driver_if(driver_waits);
        }
        Poll::Ready(Some(()))
    }

    #[inline]
    fn take(&mut self) -> Option<Event<M>> {
        // A change of state is rare, and often the last thing for hours: an idle link keeps no buffer for it.
        if self.batch.len() == 1 && !matches!(self.batch.front(), Some(Event::Message { .. })) {
            return std::mem::take(&mut self.batch).pop_front();
        }
        self.batch.pop_front()
    }
}

impl<M> Unpin for Events<M> {}

impl<M> Stream for Events<M> {
    type Item = Event<M>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Event<M>>> {
        self.poll_event(cx)
    }
}

impl<M> Drop for Events<M> {
    fn drop(&mut self) {
        let (waiting, driver_waits) = self.shared.inbox().detach();
        drop(waiting);
        self.shared.wake_driver_if(driver_waits);
        if !self.detached {
            self.shared.orphan(Wish::Stop(CloseCode::NORMAL));
        }
    }
}

impl<M> fmt::Debug for Events<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Events").finish_non_exhaustive()
    }
}
