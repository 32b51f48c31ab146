//! What the user is told: events in order, into a bounded queue, with Up and Down in pairs whatever happens.

use std::collections::VecDeque;

use relink_core::Attempt;

use super::lag::Lag;
use crate::events::Event;
use crate::inbox::{Bytes, InboxLimits, Level};
use crate::shared::{Shared, wake};

/// Room beyond the limit that messages leave to all other events.
const RESERVE: usize = 32;

pub(super) struct Notices<M> {
    batch: VecDeque<Event<M>>,
    batch_bytes: Bytes,
    /// What waited after the batch before; it can only have become less.
    level: Level,
    events_max: u32,
    bytes_max: u32,
    /// The link is up by what was told.
    told_up: bool,
    /// What could not be told in time.
    lag: Option<Box<Lag<M>>>,
}

impl<M> Notices<M> {
    pub(super) fn new(limits: InboxLimits) -> Self {
        let events_max = (limits.events_max / 2).max(1);
        let bytes_max = (limits.bytes_max / 2).max(1);
        let (batch, batch_bytes, level) = (VecDeque::new(), Bytes::default(), Level::default());
        Self { batch, batch_bytes, level, events_max, bytes_max, told_up: false, lag: None }
    }

    /// Tells a message, `early`: before its connection was accepted. Not, if that came up unnoticed, because even the reserve
    /// was used up.
    pub(super) fn message(&mut self, attempt: Attempt, message: M, weight: u32, early: bool) -> bool {
        if self.lag.as_ref().is_some_and(|lag| !lag.is_told(attempt)) {
            return false;
        }
        self.batch_bytes.add(weight, early);
        self.batch.push_back(Event::Message { attempt, message });
        true
    }

    /// Whether one more message may be read; if not, the task is woken when that changes. `early`: from a connection
    /// that was not accepted yet. What the others deliver must not hold that up, so it has room of its own: as many bytes, and the
    /// reserve.
    #[inline]
    pub(super) fn has_room(&mut self, shared: &Shared<M>, early: bool) -> bool {
        (self.lag.is_none() && self.fits_message(early)) || self.finds_room(shared, early)
    }

    #[cold]
    fn finds_room(&mut self, shared: &Shared<M>, early: bool) -> bool {
        self.publish(shared);
        let mut inbox = shared.inbox();
        self.level = inbox.level();
        let room = self.lag.is_none() && self.fits_message(early);
        if !room {
            inbox.pause();
        }
        room
    }

    fn fits_message(&self, early: bool) -> bool {
        let bytes = self.level.bytes.of(early) + self.batch_bytes.of(early);
        self.fits(if early { RESERVE } else { 0 }) && bytes < self.bytes_max as usize
    }

    fn fits(&self, reserve: usize) -> bool {
        self.level.events + self.batch.len() < self.events_max as usize + reserve
    }

    /// Tells an event that is not a message. Returns how many earlier ones had to be left out for it.
    pub(super) fn say(&mut self, shared: &Shared<M>, event: Event<M>) -> u32 {
        if self.lag.is_none() && !self.fits(RESERVE) {
            self.publish(shared);
            self.level = shared.inbox().level();
        }
        if self.lag.is_none() && self.fits(RESERVE) {
            match event {
                Event::Up { .. } => self.told_up = true,
                Event::Down { .. } => self.told_up = false,
                Event::Failed { .. } | Event::Renewed { .. } | Event::Message { .. } | Event::GaveUp { .. } => {}
            }
            self.batch.push_back(event);
            return 0;
        }
        self.lag.get_or_insert_with(|| Box::new(Lag::new(self.told_up))).add(event)
    }

    /// Tells what was left behind, if there is room now.
    pub(super) fn catch_up(&mut self, shared: &Shared<M>) {
        if self.lag.is_none() {
            return;
        }
        let mut inbox = shared.inbox();
        self.level = inbox.level();
        if !self.fits(RESERVE) {
            inbox.pause();
            return;
        }
        drop(inbox);
        self.let_go();
    }

    fn let_go(&mut self) {
        if let Some(lag) = self.lag.take() {
            self.told_up = lag.is_up();
            self.batch.extend(lag.into_events());
        }
    }

    /// Hands over what was gathered.
    pub(super) fn publish(&mut self, shared: &Shared<M>) {
        if self.batch.is_empty() {
            return;
        }
        let (reader, detached) = {
            let mut inbox = shared.inbox();
            let reader = inbox.publish(&mut self.batch, self.batch_bytes);
            self.level = inbox.level();
            (reader, inbox.is_detached())
        };
        self.batch_bytes = Bytes::default();
        if detached {
            self.batch.clear();
        }
        wake(reader);
    }

    /// Tells what there is, room or not: nothing follows it.
    pub(super) fn finish(&mut self, shared: &Shared<M>) {
        self.let_go();
        self.publish(shared);
    }

    /// Returns memory that traffic has left behind.
    pub(super) fn shrink(&mut self) {
        self.batch.shrink_to_fit();
    }
}
