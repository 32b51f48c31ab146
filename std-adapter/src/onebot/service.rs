//! What an implementation does on one connection, or one link: answers, events and heartbeats, each in its turn.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use relink_core::Attempt;
use relink_profiles::Profile;
use relink_profiles::onebot::{self as profile, Request, write};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Interval, MissedTickBehavior, interval};

use super::action::Action;
use super::answer::{Answer, INTERNAL};
use super::implementation::Account;
use super::inlet::{Inlet, Told};
use super::protocol::lifecycle;
use super::{Role, text};
use crate::receipt::SendError;
use crate::ws::{Message, Utf8Bytes};
use crate::{Client, LinkState};

/// What an implementation does on one connection, or one link.
pub(super) struct Service {
    account: Arc<Account>,
    client: Client<Message>,
    role: Role,
    /// Whether `connect` is said here, and not by the link.
    connects: bool,
    up: Option<Attempt>,
    posts: Option<Receiver<Message>>,
    beat: Option<Interval>,
    /// Actions in hand.
    hand: FuturesUnordered<BoxFuture<'static, Done>>,
}

/// What came of an action, and what it is called by.
struct Done {
    answer: Answer,
    action: Action,
}

/// How a service ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// Nothing will come any more.
    Over,
    /// It was too slow for the events.
    Slow,
}

impl Service {
    /// On a link that we dial: events wait while it is down.
    pub(super) fn dialled(account: Arc<Account>, client: Client<Message>, role: Role) -> Self {
        let posts = role.sends_events().then(|| account.subscribe());
        Self { account, client, role, connects: false, up: None, posts, beat: None, hand: FuturesUnordered::new() }
    }

    /// On a connection that was accepted.
    pub(super) fn accepted(account: Arc<Account>, client: Client<Message>, role: Role) -> Self {
        Self { account, client, role, connects: true, up: None, posts: None, beat: None, hand: FuturesUnordered::new() }
    }

    pub(super) async fn run(mut self, mut inlet: Inlet) -> Ended {
        let (mut states, mut changes) = (self.client.states(), true);
        loop {
            let has_room = self.hand.len() < self.account.actions_max;
            tokio::select! {
                told = inlet.next(), if has_room => match told {
                    Some(told) => self.hear(told).await,
                    None => return Ended::Over,
                },
                Some(done) = self.hand.next(), if !self.hand.is_empty() => self.answer(&done).await,
                // What is in hand for a connection that is over is not waited for.
                state = states.changed(), if changes => match state {
                    Some(state) => self.look(state),
                    None => changes = false,
                },
                post = next_post(&mut self.posts) => match post {
                    Ok(post) => if self.post(post).await == Pace::Slow { return Ended::Slow },
                    Err(RecvError::Lagged(missed)) => if self.missed(missed) == Pace::Slow { return Ended::Slow },
                    Err(RecvError::Closed) => self.posts = None,
                },
                () = tick(&mut self.beat) => self.heartbeat(),
            }
        }
    }

    /// Passes an event on: to a link, as soon as there is room; to a connection that was accepted, at once.
    async fn post(&mut self, post: Message) -> Pace {
        if !self.connects {
            // A link that has ended says so itself.
            let _ = self.client.send(post).await;
            return Pace::Fine;
        }
        match self.client.try_send(post) {
            Err(SendError::Full(_)) => {
                tracing::warn!("an application takes its events too slowly; it is closed");
                Pace::Slow
            }
            Ok(()) | Err(SendError::TooHeavy(_) | SendError::Gone(_) | SendError::Ended(_)) => Pace::Fine,
        }
    }

    fn missed(&self, missed: u64) -> Pace {
        tracing::warn!(missed, "events are missing for an application that was away, or is slow");
        if self.connects { Pace::Slow } else { Pace::Fine }
    }

    async fn hear(&mut self, told: Told) {
        match told {
            Told::Up(attempt) => self.begin(attempt).await,
            Told::Message(message) => self.understand(&message).await,
            Told::Down { .. } | Told::Failed { .. } | Told::GaveUp(_) => self.end(),
        }
    }

    /// A connection is up: `connect` comes first, then everything else.
    async fn begin(&mut self, attempt: Attempt) {
        self.end();
        self.up = Some(attempt);
        if !self.role.sends_events() {
            return;
        }
        let self_id = self.account.self_id;
        let stages = [(self.connects, profile::Stage::Connect), (self.account.extended, profile::Stage::Enable)];
        for (_, stage) in stages.into_iter().filter(|(is_said, _)| *is_said) {
            self.say(lifecycle(stage, self_id)).await;
        }
        if self.posts.is_none() {
            self.posts = Some(self.account.subscribe());
        }
        if !self.account.heartbeat.is_zero() {
            let mut beat = interval(self.account.heartbeat.as_duration());
            beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
            self.beat = Some(beat);
        }
    }

    fn end(&mut self) {
        self.up = None;
        self.beat = None;
        self.hand = FuturesUnordered::new();
    }

    fn look(&mut self, state: LinkState) {
        match state {
            LinkState::Ready { attempt } | LinkState::Draining { attempt } if self.up.is_none_or(|up| up == attempt) => {}
            LinkState::Idle => {}
            LinkState::Ready { .. } | LinkState::Draining { .. } | LinkState::Connecting { .. } | LinkState::Open { .. } => self.end(),
            LinkState::Closing { .. } | LinkState::Backoff { .. } | LinkState::Shutdown { .. } => self.end(),
        }
    }

    async fn understand(&mut self, message: &Message) {
        if !self.role.takes_actions() {
            return;
        }
        let Some(text) = text::of(message) else {
            return self.say(Answer::BAD_REQUEST.written(None)).await;
        };
        let Ok(request) = profile::Implementation.recognise(&text);
        match request {
            Request::Action(action) => self.hand.push(self.act(Action::new(&action, &text))),
            Request::Malformed(malformed) => self.refuse(&malformed, &text).await,
        }
    }

    async fn refuse(&mut self, malformed: &profile::Malformed<'_>, text: &Utf8Bytes) {
        tracing::debug!(why = %malformed.why, bytes = text.len(), "what an application asks for cannot be understood");
        self.say(Answer::BAD_REQUEST.written(malformed.echo)).await;
    }

    /// Does what is asked for. A panic in it is its own.
    fn act(&self, action: Action) -> BoxFuture<'static, Done> {
        let (account, asked) = (self.account.clone(), action.clone());
        let doing = AssertUnwindSafe(async move { (account.handler)(asked).await }).catch_unwind();
        Box::pin(async move {
            let answer = doing.await.unwrap_or_else(|_| {
                tracing::error!(?action, "what does an action has panicked; it is answered with {INTERNAL}");
                Answer::failed(INTERNAL)
            });
            Done { answer, action }
        })
    }

    async fn answer(&mut self, done: &Done) {
        let echo = done.action.echo();
        if self.try_say(done.answer.written(echo).into()).await == Err(Unsaid::TooLarge) {
            tracing::error!(action = ?done.action, "what an action yields is larger than the outbox may hold");
            self.say(Answer::failed(INTERNAL).written(echo)).await;
        }
    }

    /// Says something on this connection and no other.
    async fn say(&mut self, message: impl Into<Message>) {
        // Who is gone does not hear it.
        let _ = self.try_say(message.into()).await;
    }

    async fn try_say(&mut self, message: Message) -> Result<(), Unsaid> {
        let Some(attempt) = self.up else { return Err(Unsaid::Gone) };
        match self.client.send_on(attempt, message).await {
            Ok(_receipt) => Ok(()),
            Err(SendError::TooHeavy(_)) => Err(Unsaid::TooLarge),
            Err(SendError::Full(_) | SendError::Gone(_) | SendError::Ended(_)) => Err(Unsaid::Gone),
        }
    }

    fn heartbeat(&self) {
        let Account { heartbeat, self_id, .. } = *self.account;
        let health = self.account.health();
        let written = text::written(192, |buffer| write::heartbeat(buffer, health, heartbeat, text::now(), self_id));
        if let (Some(attempt), Ok(beat)) = (self.up, written) {
            // Where there is no room, there is enough to be heard without it.
            let _ = self.client.try_send_on(attempt, beat);
        }
    }
}

/// Whether events are taken as fast as they come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pace {
    Fine,
    Slow,
}

/// Why something was not said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unsaid {
    Gone,
    TooLarge,
}

async fn next_post(posts: &mut Option<Receiver<Message>>) -> Result<Message, RecvError> {
    match posts {
        Some(posts) => posts.recv().await,
        None => std::future::pending().await,
    }
}

async fn tick(beat: &mut Option<Interval>) {
    match beat {
        Some(beat) => drop(beat.tick().await),
        None => std::future::pending().await,
    }
}
