//! What waits to be consumed: events in order, from the driver to the stream.

use std::collections::VecDeque;
use std::task::{Poll, Waker};

use crate::events::Event;

/// How much may wait to be consumed before the driver stops reading from the sockets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InboxLimits {
    /// Events; at least 2.
    pub events_max: u32,
    /// Bytes of messages, as [`Transport::weight`](crate::Transport::weight) counts them. One message more may be read before
    /// the limit is noticed. As much again may come from connections that were not accepted yet, so that what the current one
    /// delivers does not keep its successor waiting.
    pub bytes_max: u32,
}

impl InboxLimits {
    /// 256 events, 1 MiB.
    pub const DEFAULT: Self = Self { events_max: 256, bytes_max: 1 << 20 };
}

impl Default for InboxLimits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// The queue between driver and stream. Both exchange whole batches with it, so the lock is taken once a batch: half of
/// the limit may be here, half in the hands of the stream.
pub(crate) struct Inbox<M> {
    queue: VecDeque<Event<M>>,
    bytes: Bytes,
    reader: Option<Waker>,
    /// Events that the stream took last, and has not asked for more since.
    in_hand: usize,
    /// The driver waits for room.
    paused: bool,
    ended: bool,
    /// Nobody reads any more: events are dropped.
    detached: bool,
}

/// How much waits.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Level {
    pub(crate) events: usize,
    pub(crate) bytes: Bytes,
}

/// The bytes of messages.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Bytes {
    accepted: usize,
    /// Of those that came before their connection was accepted.
    early: usize,
}

impl Bytes {
    pub(crate) const fn of(self, early: bool) -> usize {
        if early { self.early } else { self.accepted }
    }

    pub(crate) fn add(&mut self, weight: u32, early: bool) {
        let sum = if early { &mut self.early } else { &mut self.accepted };
        *sum = sum.saturating_add(weight as usize);
    }

    const fn plus(self, other: Self) -> Self {
        Self { accepted: self.accepted.saturating_add(other.accepted), early: self.early.saturating_add(other.early) }
    }
}

impl<M> Inbox<M> {
    pub(crate) const fn new() -> Self {
        Self {
            queue: VecDeque::new(),
            bytes: Bytes { accepted: 0, early: 0 },
            reader: None,
            in_hand: 0,
            paused: false,
            ended: false,
            detached: false,
        }
    }

    /// Takes a batch over from the driver; whoever reads is to be woken.
    pub(crate) fn publish(&mut self, batch: &mut VecDeque<Event<M>>, bytes: Bytes) -> Option<Waker> {
        if self.detached {
            return None;
        }
        if self.queue.is_empty() {
            std::mem::swap(&mut self.queue, batch);
        } else {
            self.queue.append(batch);
        }
        self.bytes = self.bytes.plus(bytes);
        self.reader.take()
    }

    pub(crate) fn level(&self) -> Level {
        Level { events: self.queue.len(), bytes: self.bytes }
    }

    /// How many events the stream may still be busy with.
    pub(crate) const fn in_hand(&self) -> usize {
        self.in_hand
    }

    pub(crate) const fn is_detached(&self) -> bool {
        self.detached
    }

    /// The driver waits for room.
    pub(crate) const fn pause(&mut self) {
        self.paused = true;
    }

    pub(crate) fn end(&mut self) -> Option<Waker> {
        self.ended = true;
        self.reader.take()
    }

    /// Hands a batch to the stream, and says whether the driver is to be woken because of it. `Ready(None)` is the end.
    pub(crate) fn take(&mut self, batch: &mut VecDeque<Event<M>>, waker: &Waker) -> Poll<Option<bool>> {
        self.in_hand = self.queue.len();
        if self.queue.is_empty() {
            if self.ended {
                return Poll::Ready(None);
            }
            match &self.reader {
                Some(reader) if reader.will_wake(waker) => {}
                Some(_) | None => self.reader = Some(waker.clone()),
            }
            return Poll::Pending;
        }
        std::mem::swap(&mut self.queue, batch);
        self.bytes = Bytes::default();
        Poll::Ready(Some(std::mem::take(&mut self.paused)))
    }

    /// Nobody reads any more. Returns what waited, to be dropped outside the lock.
    pub(crate) fn detach(&mut self) -> (VecDeque<Event<M>>, bool) {
        self.detached = true;
        self.bytes = Bytes::default();
        (std::mem::take(&mut self.queue), std::mem::take(&mut self.paused))
    }

    /// Returns memory that traffic has left behind.
    pub(crate) fn shrink(&mut self) {
        self.queue.shrink_to_fit();
    }
}
