//! What a client knows of its subscriptions, whatever becomes of connections.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::task::Waker;

use relink_core::Attempt;

use super::inbound::Transit;
use super::{OnLoss, SubscriptionError};
use crate::Ending;
use crate::graphql::Json;
use crate::ws::Message;

#[derive(Default)]
pub(super) struct State {
    /// In the order in which they were begun.
    pub(super) entries: BTreeMap<u64, Entry>,
    pub(super) last_id: u64,
    /// Those that have not ended.
    pub(super) live: usize,
    pub(super) outgoing: VecDeque<Out>,
    pub(super) up: Option<Attempt>,
    /// Why nothing can be begun any more.
    pub(super) ended: Option<SubscriptionError>,
    /// Nobody holds the client any more.
    pub(super) is_orphaned: bool,
    /// What attempts that are not open yet will greet with.
    pub(super) inits: HashMap<Attempt, Option<Json>>,
    pub(super) acknowledgement: Option<Json>,
    /// What was read in messages that are not handed out yet.
    pub(super) transit: Transit,
}

/// A subscription.
pub(super) struct Entry {
    /// Its `subscribe`.
    pub(super) message: Message,
    pub(super) on_loss: OnLoss,
    /// Its `subscribe` was handed to the current connection.
    pub(super) is_begun: bool,
    pub(super) waiting: VecDeque<Json>,
    /// It has ended: nothing, once that was told.
    pub(super) end: End,
    pub(super) reader: Option<Waker>,
}

pub(super) enum End {
    None,
    Completed,
    Failed(SubscriptionError),
}

/// What is to be sent, if it is still wanted when its turn comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Out {
    Subscribe(u64),
    Complete(u64),
}

/// What became of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Delivery {
    Done,
    /// The subscriber has as many as it may have waiting.
    Full,
}

impl Entry {
    pub(super) const fn new(message: Message, on_loss: OnLoss) -> Self {
        Self { message, on_loss, is_begun: false, waiting: VecDeque::new(), end: End::None, reader: None }
    }

    pub(super) const fn is_live(&self) -> bool {
        matches!(self.end, End::None)
    }

    fn wake(&mut self) {
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
    }
}

impl State {
    /// Begins all that is there on a new connection.
    pub(super) fn connected(&mut self, attempt: Attempt) {
        self.up = Some(attempt);
        self.transit.forget_before(attempt);
        self.outgoing.clear();
        for (id, entry) in &mut self.entries {
            entry.is_begun = false;
            if entry.is_live() {
                self.outgoing.push_back(Out::Subscribe(*id));
            }
        }
    }

    /// A connection is over: those that were begun on it wait for the next one, or end.
    pub(super) fn disconnected(&mut self, why: &Ending) {
        self.up = None;
        self.outgoing.clear();
        let lost = |entry: &Entry| entry.is_begun && entry.is_live() && entry.on_loss == OnLoss::EndWithError;
        let ids: Vec<_> = self.entries.iter().filter(|(_, entry)| lost(entry)).map(|(id, _)| *id).collect();
        ids.into_iter().for_each(|id| self.end(id, End::Failed(SubscriptionError::Lost(why.clone()))));
        self.entries.values_mut().for_each(|entry| entry.is_begun = false);
    }

    pub(super) fn deliver(&mut self, id: u64, json: &Json, waiting_max: usize) -> Delivery {
        // One that is not there has ended: the server may not know yet.
        let Some(entry) = self.entries.get_mut(&id).filter(|entry| entry.is_live() && entry.is_begun) else { return Delivery::Done };
        if entry.waiting.len() >= waiting_max {
            return Delivery::Full;
        }
        entry.waiting.push_back(json.clone());
        entry.wake();
        Delivery::Done
    }

    pub(super) fn end(&mut self, id: u64, end: End) {
        if let Some(entry) = self.entries.get_mut(&id).filter(|entry| entry.is_live()) {
            entry.end = end;
            entry.wake();
            self.live = self.live.saturating_sub(1);
        }
    }

    pub(super) fn end_all(&mut self, why: &SubscriptionError) {
        let ids: Vec<_> = self.entries.keys().copied().collect();
        ids.into_iter().for_each(|id| self.end(id, End::Failed(why.clone())));
        self.outgoing.clear();
    }

    /// Says that a subscription is not wanted any more, where the server has heard of it.
    pub(super) fn complete(&mut self, id: u64) {
        let is_begun = self.entries.get(&id).is_some_and(|entry| entry.is_begun);
        self.outgoing.retain(|out| *out != Out::Subscribe(id));
        if is_begun && self.up.is_some() {
            self.outgoing.push_back(Out::Complete(id));
        }
    }
}
