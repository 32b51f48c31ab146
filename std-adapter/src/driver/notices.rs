//! Owns what the user is told: events in order, into a bounded queue, with Up and Down in pairs whatever happens.

use std::collections::VecDeque;

use relink_core::Attempt;

use crate::events::Event;
use crate::inbox::{InboxLimits, Level};
use crate::shared::{Shared, wake};

/// Room beyond the limit that messages leave to all other events.
const RESERVE: usize = 32;

pub(super) struct Notices<M> {
    batch: VecDeque<Event<M>>,
    batch_bytes: usize,
    /// What waited after the batch before; it can only have become less.
    level: Level,
    events_max: u32,
    bytes_max: u32,
    /// What could not be told in time.
    lag: Option<Box<Lag<M>>>,
}

impl<M> Notices<M> {
    pub(super) fn new(limits: InboxLimits) -> Self {
        let events_max = (limits.events_max / 2).max(1);
        let bytes_max = (limits.bytes_max / 2).max(1);
        Self { batch: VecDeque::new(), batch_bytes: 0, level: Level::default(), events_max, bytes_max, lag: None }
    }

    /// Tells a message. Not, if its connection came up unnoticed, because even the reserve was used up.
    pub(super) fn message(&mut self, attempt: Attempt, message: M, weight: u32) -> bool {
        if self.lag.as_ref().is_some_and(|lag| lag.up.is_some()) {
            return false;
        }
        self.batch_bytes = self.batch_bytes.saturating_add(weight as usize);
        self.batch.push_back(Event::Message { attempt, message });
        true
    }

    /// Whether one more message may be read; if not, the task is woken when that changes. `urgent`: from a connection
    /// whose acceptance must not be held up by what others deliver.
    #[inline]
    pub(super) fn has_room(&mut self, shared: &Shared<M>, urgent: bool) -> bool {
        (self.lag.is_none() && self.fits(urgent)) || self.finds_room(shared, urgent)
    }

    #[cold]
    fn finds_room(&mut self, shared: &Shared<M>, urgent: bool) -> bool {
        self.publish(shared);
        let mut inbox = shared.inbox();
        self.level = inbox.level();
        let room = self.lag.is_none() && self.fits(urgent);
        if !room {
            inbox.pause();
        }
        room
    }

    fn fits(&self, urgent: bool) -> bool {
        let reserve = if urgent { RESERVE } else { 0 };
        self.level.events + self.batch.len() < self.events_max as usize + reserve
            && (urgent || self.level.bytes + self.batch_bytes < self.bytes_max as usize)
    }

    /// Tells an event that is not a message. Returns how many earlier ones had to be left out for it.
    pub(super) fn say(&mut self, shared: &Shared<M>, event: Event<M>) -> u32 {
        if self.lag.is_none() && !self.fits(true) {
            self.publish(shared);
            self.level = shared.inbox().level();
        }
        if self.lag.is_none() && self.fits(true) {
            self.batch.push_back(event);
            return 0;
        }
        self.lag.get_or_insert_default().add(event)
    }

    /// Tells what was left behind, if there is room now.
    pub(super) fn catch_up(&mut self, shared: &Shared<M>) {
        if self.lag.is_none() {
            return;
        }
        let mut inbox = shared.inbox();
        self.level = inbox.level();
        if !self.fits(true) {
            inbox.pause();
            return;
        }
        drop(inbox);
        self.let_go();
    }

    fn let_go(&mut self) {
        if let Some(lag) = self.lag.take() {
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
        self.batch_bytes = 0;
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

/// What happened while even the reserve was used up, less what has become history meanwhile: at most one of each.
struct Lag<M> {
    renewed: Option<(Attempt, Attempt)>,
    down: Option<Event<M>>,
    failed: Option<Event<M>>,
    up: Option<Attempt>,
    gave_up: Option<Event<M>>,
}

impl<M> Default for Lag<M> {
    fn default() -> Self {
        Self { renewed: None, down: None, failed: None, up: None, gave_up: None }
    }
}

impl<M> Lag<M> {
    /// Returns how many events became history by this one.
    fn add(&mut self, event: Event<M>) -> u32 {
        match event {
            Event::Up { attempt } => self.up = Some(attempt),
            Event::Renewed { old, new } if self.up == Some(old) => self.up = Some(new),
            Event::Renewed { old, new } => self.renewed = Some((self.renewed.map_or(old, |(first, _)| first), new)),
            // Came and went: neither is told.
            Event::Down { .. } if self.up.take().is_some() => return 2,
            Event::Down { .. } => self.down = Some(event),
            Event::Failed { .. } => return u32::from(self.failed.replace(event).is_some()),
            Event::GaveUp { .. } => self.gave_up = Some(event),
            // Messages are read only where there is room for them.
            Event::Message { .. } => return 1,
        }
        0
    }

    fn into_events(self) -> impl Iterator<Item = Event<M>> {
        let renewed = self.renewed.map(|(old, new)| Event::Renewed { old, new });
        let up = self.up.map(|attempt| Event::Up { attempt });
        [renewed, self.down, self.failed, up, self.gave_up].into_iter().flatten()
    }
}
