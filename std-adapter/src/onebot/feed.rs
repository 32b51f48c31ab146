//! The events of a bot on their way to its user: in order, bounded, and none missing without a word.

use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use futures_core::Stream;

use super::event::{Event, Meta};
use crate::InboxLimits;

/// The stream of a bot's events, in order.
///
/// Bounded: what comes in while as much waits as may is left out, and [`Event::Missed`] says so in its place. Reading never stops for
/// it, so answers and heartbeats come through, and calls can be made and awaited between two events. Dropping it ends nothing:
/// events are thrown away then.
pub struct Events(Arc<Feed>);

/// The way from a connection to the [`Events`].
#[derive(Debug)]
pub(super) struct Feed {
    state: Mutex<State>,
    limits: InboxLimits,
}

#[derive(Debug, Default)]
struct State {
    queue: VecDeque<(Event, usize)>,
    bytes: usize,
    missed: u64,
    reader: Option<Waker>,
    /// Who has something to say that must not be left out.
    writer: Option<Waker>,
    /// Nobody reads any more.
    detached: bool,
    /// Nothing comes any more.
    ended: bool,
}

/// The end of a feed that is written to. When it is dropped, nothing comes any more.
#[derive(Debug)]
pub(super) struct Source(Arc<Feed>);

pub(super) fn feed(limits: InboxLimits) -> (Source, Events) {
    let feed = Arc::new(Feed { state: Mutex::default(), limits });
    (Source(feed.clone()), Events(feed))
}

impl Feed {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Source {
    /// An event of the account's; left out where there is no room.
    pub(super) fn offer(&self, event: Event) {
        let bytes = match &event {
            Event::Post(post) => post.text().len(),
            Event::Meta(Meta::Lifecycle(lifecycle)) => lifecycle.text.len(),
            Event::Meta(Meta::Heartbeat(heartbeat)) => heartbeat.text.len(),
            Event::Up | Event::Missed { .. } | Event::Down { .. } | Event::Failed { .. } | Event::GaveUp { .. } => 0,
        };
        let InboxLimits { events_max, bytes_max } = self.0.limits;
        let mut state = self.0.lock();
        let is_full = state.queue.len() >= events_max.max(1) as usize || state.bytes >= bytes_max as usize;
        if is_full && !state.detached {
            state.missed = state.missed.saturating_add(1);
            return;
        }
        state.push(event, bytes);
    }

    /// An event of the connection's, which always comes through.
    pub(super) fn tell(&self, event: Event) {
        self.0.lock().push(event, 0);
    }

    /// Waits while even more events of connections wait than there may be of others: nobody looks, while it comes and goes.
    pub(super) async fn room(&self) {
        let most = (self.0.limits.events_max as usize).saturating_mul(2).max(16);
        poll_fn(|cx| {
            let mut state = self.0.lock();
            if state.queue.len() < most || state.detached {
                return Poll::Ready(());
            }
            state.writer = Some(cx.waker().clone());
            Poll::Pending
        })
        .await;
    }
}

impl State {
    fn push(&mut self, event: Event, bytes: usize) {
        if self.detached {
            return;
        }
        if self.missed > 0 {
            let events = std::mem::take(&mut self.missed);
            self.queue.push_back((Event::Missed { events }, 0));
        }
        self.bytes = self.bytes.saturating_add(bytes);
        self.queue.push_back((event, bytes));
        crate::shared::wake(self.reader.take());
    }

    fn pop(&mut self) -> Option<Event> {
        match self.queue.pop_front() {
            Some((event, bytes)) => {
                self.bytes = self.bytes.saturating_sub(bytes);
                // What a connection says of itself is rare, and often the last thing for hours: an idle one keeps no room for it.
                if self.queue.is_empty() && bytes == 0 {
                    self.queue = VecDeque::new();
                }
                crate::shared::wake(self.writer.take());
                Some(event)
            }
            None if self.missed > 0 => Some(Event::Missed { events: std::mem::take(&mut self.missed) }),
            None => None,
        }
    }
}

impl Events {
    /// The next event; `None` when there will be none any more. Safe to cancel.
    pub async fn next(&mut self) -> Option<Event> {
        poll_fn(|cx| self.poll_event(cx)).await
    }

    fn poll_event(&self, cx: &mut Context<'_>) -> Poll<Option<Event>> {
        let turn = std::task::ready!(tokio::task::coop::poll_proceed(cx));
        let mut state = self.0.lock();
        if let Some(event) = state.pop() {
            turn.made_progress();
            return Poll::Ready(Some(event));
        }
        if state.ended {
            return Poll::Ready(None);
        }
        state.reader = Some(cx.waker().clone());
        Poll::Pending
    }
}

impl Stream for Events {
    type Item = Event;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Event>> {
        self.poll_event(cx)
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        let old = std::mem::take(&mut state.queue);
        state.detached = true;
        crate::shared::wake(state.writer.take());
        drop(state);
        drop(old);
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.ended = true;
        crate::shared::wake(state.reader.take());
    }
}

impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Events").finish_non_exhaustive()
    }
}
