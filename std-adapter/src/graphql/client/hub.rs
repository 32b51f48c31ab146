//! What handles, subscriptions and the driver share: a state behind a lock that is never held over an await.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use relink_core::Attempt;
use relink_profiles::graphql::write;
use tokio::sync::Notify;

use super::inbound::Inbound;
use super::state::{Delivery, End, Entry, Out, State};
use super::{OnLoss, SubscribeError, SubscriptionError};
use crate::Ending;
use crate::graphql::{Json, room};
use crate::ws::{Message, Utf8Bytes};

pub(super) struct Hub {
    state: Mutex<State>,
    /// There is something to send, or room, or nobody left.
    pub(super) changed: Notify,
    pub(super) subscriptions_max: usize,
    pub(super) waiting_max: usize,
}

impl Hub {
    pub(super) fn new(subscriptions_max: usize, waiting_max: usize) -> Self {
        Self { state: Mutex::default(), changed: Notify::new(), subscriptions_max, waiting_max: waiting_max.max(1) }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// For the handles.
impl Hub {
    pub(super) fn subscribe(&self, payload: &str, on_loss: OnLoss) -> Result<u64, SubscribeError> {
        let mut state = self.lock();
        if let Some(why) = &state.ended {
            return Err(SubscribeError::Ended(Box::new(why.clone())));
        }
        // What is still to be sent for those that have ended counts, too.
        let subscriptions_max = self.subscriptions_max;
        if state.live >= subscriptions_max || state.outgoing.len() >= subscriptions_max.saturating_mul(2) {
            return Err(SubscribeError::TooMany { subscriptions_max });
        }
        let id = state.last_id.wrapping_add(1);
        let name = id.to_string();
        let mut buffer = vec![0; room(&name, payload)];
        let message = write::subscribe(&mut buffer, &name, payload).map_err(SubscribeError::Request)?.into();
        state.last_id = id;
        state.live = state.live.saturating_add(1);
        state.entries.insert(id, Entry::new(message, on_loss));
        if state.up.is_some() {
            state.outgoing.push_back(Out::Subscribe(id));
        }
        drop(state);
        self.changed.notify_one();
        Ok(id)
    }

    pub(super) fn poll(&self, id: u64, cx: &Context<'_>) -> Poll<Option<Result<Json, SubscriptionError>>> {
        let mut state = self.lock();
        let Some(entry) = state.entries.get_mut(&id) else { return Poll::Ready(None) };
        if let Some(json) = entry.waiting.pop_front() {
            let was_full = entry.waiting.len().saturating_add(1) >= self.waiting_max;
            drop(state);
            if was_full {
                self.changed.notify_one();
            }
            return Poll::Ready(Some(Ok(json)));
        }
        match std::mem::replace(&mut entry.end, End::Completed) {
            End::Completed => Poll::Ready(None),
            End::Failed(why) => Poll::Ready(Some(Err(why))),
            End::None => {
                entry.end = End::None;
                entry.reader = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }

    /// Nobody wants this subscription any more.
    pub(super) fn unsubscribe(&self, id: u64) {
        let mut state = self.lock();
        if state.entries.get(&id).is_some_and(Entry::is_live) {
            state.complete(id);
            state.end(id, End::Completed);
        }
        let entry = state.entries.remove(&id);
        drop(state);
        // What waited there goes without the lock.
        drop(entry);
        self.changed.notify_one();
    }

    pub(super) fn live(&self) -> usize {
        self.lock().live
    }

    pub(super) fn acknowledgement(&self) -> Option<Json> {
        self.lock().acknowledgement.clone()
    }

    /// Nobody holds the client any more.
    pub(super) fn orphan(&self) {
        self.lock().is_orphaned = true;
        self.changed.notify_one();
    }
}

/// For the protocol: what is known before a connection is up.
impl Hub {
    pub(super) fn set_init(&self, attempt: Attempt, init: Option<Json>) {
        let mut state = self.lock();
        // Those before it will not open any more.
        state.inits.clear();
        state.inits.insert(attempt, init);
    }

    pub(super) fn take_init(&self, attempt: Attempt) -> Option<Json> {
        let mut state = self.lock();
        let init = state.inits.remove(&attempt).flatten();
        // Those of attempts that never opened.
        state.inits.retain(|other, _| other.number() > attempt.number());
        init
    }

    /// This was read in a message, which will be handed out.
    pub(super) fn put(&self, attempt: Attempt, text: &Utf8Bytes, inbound: Inbound) {
        self.lock().transit.put(attempt, text, inbound);
    }

    pub(super) fn acknowledged(&self, payload: Option<Json>) {
        self.lock().acknowledgement = payload;
    }
}

/// For the driver.
impl Hub {
    pub(super) fn connected(&self, attempt: Attempt) {
        self.lock().connected(attempt);
    }

    pub(super) fn disconnected(&self, why: &Ending) {
        self.lock().disconnected(why);
    }

    pub(super) fn is_current(&self, attempt: Attempt) -> bool {
        self.lock().up == Some(attempt)
    }

    /// What was read in a message that is handed out.
    pub(super) fn take(&self, text: &Utf8Bytes) -> Option<Inbound> {
        self.lock().transit.take(text)
    }

    pub(super) fn deliver(&self, id: u64, json: &Json) -> Delivery {
        self.lock().deliver(id, json, self.waiting_max)
    }

    pub(super) fn completed(&self, id: u64) {
        self.lock().end(id, End::Completed);
    }

    pub(super) fn failed(&self, id: u64, why: SubscriptionError) {
        self.lock().end(id, End::Failed(why));
    }

    /// Ends a subscription of which the server does not know that yet.
    pub(super) fn abandon(&self, id: u64, why: SubscriptionError) {
        let mut state = self.lock();
        state.complete(id);
        state.end(id, End::Failed(why));
    }

    /// Ends all, and lets nothing begin any more. The first reason counts.
    pub(super) fn end(&self, why: &SubscriptionError) {
        let mut state = self.lock();
        if state.ended.is_none() {
            state.ended = Some(why.clone());
            state.end_all(why);
        }
    }

    pub(super) fn is_orphaned(&self) -> bool {
        self.lock().is_orphaned
    }

    /// What is to be sent next, and on which connection.
    pub(super) fn outgoing(&self) -> Option<(Attempt, Out, Message)> {
        let mut state = self.lock();
        let attempt = state.up?;
        loop {
            let out = *state.outgoing.front()?;
            match out {
                Out::Complete(id) => {
                    let name = id.to_string();
                    let mut buffer = vec![0; room(&name, "")];
                    if let Ok(text) = write::complete(&mut buffer, &name) {
                        return Some((attempt, out, text.into()));
                    }
                }
                Out::Subscribe(id) => {
                    if let Some(entry) = state.entries.get(&id).filter(|entry| entry.is_live()) {
                        return Some((attempt, out, entry.message.clone()));
                    }
                }
            }
            state.outgoing.pop_front();
        }
    }

    /// The connection takes nothing more: its end will be told.
    pub(super) fn unreachable(&self) {
        self.lock().outgoing.clear();
    }

    /// It was handed to the connection, or can never be.
    pub(super) fn sent(&self, out: Out) {
        let mut state = self.lock();
        if state.outgoing.front() == Some(&out) {
            state.outgoing.pop_front();
        }
        if let Out::Subscribe(id) = out
            && let Some(entry) = state.entries.get_mut(&id)
        {
            entry.is_begun = true;
        }
    }
}
