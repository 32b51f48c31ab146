//! An account's side: it sends events to all applications, and does what they ask for.

use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::BoxFuture;
use relink_core::Millis;
use relink_profiles::onebot::write::Health;
use serde::Serialize;
use tokio::sync::broadcast;

use super::action::Action;
use super::answer::Answer;
use super::forward::ForwardBuilder;
use super::reverse::ReverseBuilder;
use super::{ACTIONS_MAX, POSTS_MAX, SelfId};
use crate::ending::RequestFault;
use crate::ws::{Message, Request};

/// An account's side (what NapCat is): it sends events to all applications it is connected with, whoever has dialled, and does what
/// they ask for. Cheap to clone; its connections live on without it.
#[derive(Clone)]
pub struct Implementation(Arc<Account>);

/// An account's side, in the making.
#[must_use = "a builder makes nothing until it is told how to answer"]
pub struct ImplementationBuilder {
    self_id: SelfId,
    heartbeat: Millis,
    extended: bool,
    actions_max: usize,
    posts_max: usize,
}

pub(super) type Handler = Box<dyn Fn(Action) -> BoxFuture<'static, Answer> + Send + Sync>;

/// What all connections of an account share.
pub(super) struct Account {
    pub(super) self_id: SelfId,
    /// The time between two heartbeats; 0: there are none.
    pub(super) heartbeat: Millis,
    /// Whether `enable` and `disable` are said.
    pub(super) extended: bool,
    pub(super) actions_max: usize,
    pub(super) handler: Handler,
    posts: broadcast::Sender<Message>,
    health: Mutex<Health>,
}

impl ImplementationBuilder {
    /// Says every so often that it works, on each connection; 0, the default, never. The first time at once, so that applications can watch.
    pub fn heartbeat(mut self, interval: Millis) -> Self {
        self.heartbeat = interval;
        self
    }

    /// Says `enable` when a connection is up, and `disable` before its end on a drain or stop: an extension over WebSockets, which OneBot
    /// knows over HTTP only.
    pub fn enable_and_disable(mut self) -> Self {
        self.extended = true;
        self
    }

    /// So many actions of one connection may be in hand, 64 by default, at least 1; while they are, no more are read from it.
    pub fn actions_max(mut self, actions: usize) -> Self {
        self.actions_max = actions.max(1);
        self
    }

    /// So many events may wait for a connection that is slower than they come, beside its outbox: 1,024 by default, at least 1. One that is
    /// dialled then misses the oldest; one that was accepted is closed with 1013.
    pub fn posts_max(mut self, posts: usize) -> Self {
        self.posts_max = posts.clamp(1, usize::MAX / 4);
        self
    }

    /// The account's side, with what does what is asked for. Each action is a future of its own, which ends with the connection that
    /// asked: what must be finished is spawned. One that panics is answered with 1500, and harms no other.
    pub fn answer<H, R>(self, handler: H) -> Implementation
    where
        H: Fn(Action) -> R + Send + Sync + 'static,
        R: Future<Output = Answer> + Send + 'static,
    {
        let Self { self_id, heartbeat, extended, actions_max, posts_max } = self;
        let handler: Handler = Box::new(move |action| Box::pin(handler(action)));
        let posts = broadcast::Sender::new(posts_max);
        let health = Mutex::new(Health { online: Some(true), good: true });
        Implementation(Arc::new(Account { self_id, heartbeat, extended, actions_max, handler, posts, health }))
    }
}

impl Implementation {
    /// The side of the account with this number, in the making.
    pub const fn builder(self_id: SelfId) -> ImplementationBuilder {
        let (heartbeat, extended) = (Millis::ZERO, false);
        ImplementationBuilder { self_id, heartbeat, extended, actions_max: ACTIONS_MAX, posts_max: POSTS_MAX }
    }

    /// A link to an application's server (reverse WebSocket), in the making.
    ///
    /// # Errors
    /// [`RequestFault`] says what is wrong with the URL.
    pub fn dial(&self, url: &str) -> Result<ReverseBuilder, RequestFault> {
        Ok(ReverseBuilder::new(self.0.clone(), Request::new(url)?))
    }

    /// A server that applications dial (forward WebSocket), in the making.
    pub fn accept(&self) -> ForwardBuilder {
        ForwardBuilder::new(self.0.clone())
    }

    /// Sends an event to all who take events, without waiting for anybody. What it holds is the user's: `time`, `self_id` and
    /// `post_type` among it. Says to how many connections; those that are down now count if they were dialled.
    ///
    /// # Errors
    /// serde's, if it cannot be written as JSON.
    pub fn send(&self, event: impl Serialize) -> Result<usize, serde_json::Error> {
        Ok(self.send_raw(serde_json::to_string(&event)?))
    }

    /// As [`send`](Implementation::send), with an event that is JSON already.
    pub fn send_raw(&self, event: impl Into<Message>) -> usize {
        // Where nobody is, nobody gets it.
        self.0.posts.send(event.into()).unwrap_or(0)
    }

    /// What the heartbeats say from now on. At the beginning: online and good.
    pub fn set_health(&self, health: Health) {
        *self.0.health.lock().unwrap_or_else(PoisonError::into_inner) = health;
    }

    /// Whose side it is.
    #[must_use]
    pub fn self_id(&self) -> SelfId {
        self.0.self_id
    }
}

impl Account {
    pub(super) fn health(&self) -> Health {
        *self.health.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn subscribe(&self) -> broadcast::Receiver<Message> {
        self.posts.subscribe()
    }
}

impl fmt::Debug for Implementation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Implementation").field("self_id", &self.0.self_id).finish_non_exhaustive()
    }
}
