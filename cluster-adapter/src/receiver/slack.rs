//! Slack's Socket Mode as a source: an app's connection, one for each lead.

use std::fmt;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use relink_tokio::slack::{AckError, Envelope, SocketMode, SocketModeBuilder, SocketModeDriver, UrlBudget};
use relink_tokio::ws::Message;
use relink_tokio::{Config, LinkState, Millis, States};
use tokio::time::Instant;

use super::options::ANSWER_WITHIN;
use super::shape::{Body, KeyOf, default_key, envelope, nature};
use super::source::{Ack, Feed, Item, News, Source, Unsent};
use crate::Hold;

/// For the answer to a Close.
const CLOSING: Millis = Millis::new(300);

/// A Slack app as a source: one connection for each lead.
///
/// # How often a URL is asked for
/// Slack allows about one call a minute for the app, however many processes ask. One lead dials within its budget: three calls at once,
/// then one a minute, and the [`SlackSource`] keeps the account over all leads of its process. So while Slack cannot be reached, the lease stays
/// where it is, and with it the one account that counts.
/// - With `k` receivers ([`SlackSource::receivers`]) each gets a k-th: one call in `k` minutes, `max(1, 3/k)` at once. All together that is one
///   a minute and at most `max(k, 3)` at once, wherever the leads are.
/// - A take-over by a process that has not dialled lately costs one call, and may spend what was saved up there. Nobody can take a lease over
///   more often than it changes hands: at once when it is given back (a roll-out of `n` replicas: `n` times at most), once a lease after a crash, once in
///   [`Terms::holding_max`](crate::election::Terms::holding_max) while nothing can be dialled. Where that is more than Slack allows, it answers with
///   `Retry-After`, which is kept, and the lease is kept meanwhile.
pub struct SlackSource {
    token: String,
    budget: UrlBudget,
    share: Option<UrlBudget>,
    receivers: u32,
    configure: Box<dyn Fn(SocketModeBuilder) -> SocketModeBuilder + Send>,
    key: Arc<KeyOf>,
}

impl SlackSource {
    /// The app with this app-level token (`xapp-…`).
    pub fn new(app_token: impl Into<String>) -> Self {
        Self {
            token: app_token.into(),
            budget: UrlBudget::tier_1(),
            share: None,
            receivers: 1,
            configure: Box::new(|builder| builder),
            key: Arc::new(default_key),
        }
    }

    /// This is one of so many receivers of the app (1 to 10), each with a lease of its own: it takes its share of the
    /// [budget](Self::budget), and expects the connections of the others to be registered.
    #[must_use]
    pub fn receivers(mut self, receivers: u32) -> Self {
        self.receivers = receivers.clamp(1, 10);
        self
    }

    /// How often URLs may be asked for by all receivers of the app together.
    #[must_use]
    pub fn budget(mut self, budget: UrlBudget) -> Self {
        self.budget = budget;
        self
    }

    /// What is kept in order: what this says of a payload; `None`: nothing. By default a channel, or a user where there is none.
    #[must_use]
    pub fn key(mut self, key: impl Fn(relink_tokio::slack::Kind, &str) -> Option<String> + Send + Sync + 'static) -> Self {
        self.key = Arc::new(key);
        self
    }

    /// Changes whatever else a connection can be told: times, TLS, the clock, observers. It is one connection in any case.
    #[must_use]
    pub fn configure(mut self, configure: impl Fn(SocketModeBuilder) -> SocketModeBuilder + Send + 'static) -> Self {
        self.configure = Box::new(configure);
        self
    }
}

impl Source for SlackSource {
    type Feed = SlackFeed;

    fn dial(&mut self, _: &Hold) -> Result<SlackFeed, Box<dyn std::error::Error + Send + Sync>> {
        // Made once: its account goes on over all leads.
        let budget = self.share.get_or_insert_with(|| match self.receivers {
            1 => self.budget.clone(),
            receivers => self.budget.clone().shared_by(receivers),
        });
        let builder = SocketMode::builder(self.token.clone()).budget(budget.clone()).config(as_leader);
        let builder = (self.configure)(builder).connections(1);
        let (app, driver) = builder.build()?;
        let states = app.states().pop();
        let (key, others) = (Arc::clone(&self.key), self.receivers - 1);
        Ok(SlackFeed { app, driver, states, key, others, ghosts: 0, is_up: None, has_dialled: false, ending: None, is_over: false })
    }
}

/// A leader dials at once: there is nobody who would do so at the same moment. And it does not wait for TCP's end, which Slack leaves to us: the
/// registration is gone with the Close, for whose answer this is long enough.
fn as_leader(config: Config) -> Config {
    Config { start_spread: Millis::ZERO, closing_timeout: CLOSING, ..config }
}

/// One lead's connection, and what runs it: nothing of it is left when it is dropped.
pub struct SlackFeed {
    app: SocketMode,
    driver: SocketModeDriver,
    states: Option<States<Message>>,
    key: Arc<KeyOf>,
    others: u32,
    ghosts: u32,
    /// What was told last.
    is_up: Option<bool>,
    has_dialled: bool,
    ending: Option<BoxFuture<'static, ()>>,
    is_over: bool,
}

/// An envelope that waits to be acknowledged.
#[derive(Debug)]
pub struct SlackAck(Envelope);

impl Feed for SlackFeed {
    type Ack = SlackAck;

    async fn next(&mut self) -> Option<News<SlackAck>> {
        while !self.is_over {
            tokio::select! {
                biased;
                envelope = self.app.next() => match envelope {
                    Some(envelope) => return Some(News::Item(self.item(envelope))),
                    None => self.is_over = true,
                },
                state = changed(&mut self.states) => match state {
                    Some(state) => {
                        if let Some(news) = self.heard(state) {
                            return Some(news);
                        }
                    }
                    None => self.states = None,
                },
                () = run(&mut self.ending) => self.is_over = true,
                () = &mut self.driver => self.is_over = true,
            }
        }
        if let Some(why) = self.app.ended() {
            tracing::error!(%why, "Slack is given up");
        }
        None
    }

    fn drain(&mut self, until: Instant) {
        let app = self.app.clone();
        // Half of the time is for the Close: Slack does not end the TCP connection by itself.
        let within = until.saturating_duration_since(Instant::now()) / 2;
        self.ending = Some(async move { app.drain(within).await }.boxed());
    }

    fn ghosts(&self) -> u32 {
        self.ghosts
    }
}

impl SlackFeed {
    fn item(&self, slack: Envelope) -> Item<SlackAck> {
        let (kind, accepts_response_payload) = (slack.kind(), slack.accepts_response_payload());
        let body = Body { kind, payload: slack.payload(), accepts_response_payload };
        let envelope = envelope(body, slack.id(), &*self.key);
        Item { envelope, nature: nature(kind), within: ANSWER_WITHIN, ack: SlackAck(slack) }
    }

    /// What there is to tell of a state.
    fn heard(&mut self, state: LinkState) -> Option<News<SlackAck>> {
        let is_up = match state {
            LinkState::Ready { .. } => {
                self.look_for_ghosts();
                true
            }
            // Before the first dial it is no failure.
            LinkState::Backoff { .. } if !self.has_dialled => return None,
            LinkState::Backoff { .. } | LinkState::Shutdown { .. } => false,
            LinkState::Connecting { .. } | LinkState::Open { .. } => {
                self.has_dialled = true;
                return None;
            }
            LinkState::Idle | LinkState::Draining { .. } | LinkState::Closing { .. } => return None,
        };
        // Each failure is told: it is dialled in a lead's name.
        if is_up && self.is_up == Some(true) {
            return None;
        }
        self.is_up = Some(is_up);
        Some(if is_up { News::Up } else { News::Down })
    }

    fn look_for_ghosts(&mut self) {
        let stats = self.app.stats();
        self.ghosts = stats.ghosts.saturating_sub(self.others);
        if self.ghosts > 0 {
            let (num_connections, ghosts) = (stats.num_connections, self.ghosts);
            tracing::warn!(
                num_connections,
                ghosts,
                "connections are registered for the app that are nobody's: of an earlier leader, perhaps; each gets its share of \
                 what is delivered until Slack forgets it, and what it gets comes again"
            );
        }
    }
}

impl Ack for SlackAck {
    fn acknowledge(self, answer: Option<&[u8]>) -> Result<(), Unsent> {
        let Self(envelope) = self;
        let bare = || envelope.ack().map_err(|_| Unsent::Gone);
        let Some(answer) = answer.filter(|answer| !answer.is_empty()) else { return bare() };
        let sent = str::from_utf8(answer).ok().map(|answer| envelope.ack_with(answer));
        match sent {
            Some(Ok(())) => Ok(()),
            Some(Err(AckError::Gone { .. })) => Err(Unsent::Gone),
            Some(Err(why)) => {
                tracing::warn!(envelope = envelope.id(), %why, "a worker's answer cannot be sent along");
                bare().and(Err(Unsent::WithoutAnswer))
            }
            None => bare().and(Err(Unsent::WithoutAnswer)),
        }
    }
}

async fn changed(states: &mut Option<States<Message>>) -> Option<LinkState> {
    match states {
        Some(states) => states.changed().await,
        None => std::future::pending().await,
    }
}

async fn run(future: &mut Option<BoxFuture<'static, ()>>) {
    match future {
        Some(future) => future.await,
        None => std::future::pending().await,
    }
}

impl fmt::Debug for SlackSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SlackSource").field("receivers", &self.receivers).finish_non_exhaustive()
    }
}

impl fmt::Debug for SlackFeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SlackFeed").field("app", &self.app).finish_non_exhaustive()
    }
}
