//! The making of a bot that dials its implementation.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use relink_core::{Config, Millis};
use relink_profiles::Profile;
use relink_profiles::onebot::Application;

use super::access;
use super::bot::Bot;
use super::calls::Calls;
use super::dialling::Dialling;
use super::feed::{Events, feed};
use super::inlet::Inlet;
use super::listen::Ear;
use super::protocol::ApplicationProtocol;
use super::{CALL_TIMEOUT, CALLS_MAX, EVENTS, OUTBOX, Role};
use crate::ending::RequestFault;
use crate::together::together;
use crate::ws::{Request, Ws};
use crate::{Clock, InboxLimits};

/// A bot that dials, in the making.
#[must_use = "a builder makes nothing until it is built or spawned"]
pub struct BotBuilder {
    dialling: Dialling,
    role: Role,
    calls_max: usize,
    call_timeout: Duration,
    events: InboxLimits,
}

/// What keeps a dialled bot's link alive: a task of its own, or the caller's to poll. Ready when the link has ended for good.
#[must_use = "a bot does nothing unless its driver is polled"]
pub struct BotDriver(Pin<Box<dyn Future<Output = ()> + Send>>);

impl BotBuilder {
    pub(super) fn new(request: Request) -> Self {
        let role = access::path(&request).as_deref().and_then(Role::of_path).unwrap_or(Role::Universal);
        let config = if role == Role::Api { Application::API } else { Application::CONFIG };
        let dialling = Dialling::new(request, config, OUTBOX);
        Self { dialling, role, calls_max: CALLS_MAX, call_timeout: CALL_TIMEOUT, events: EVENTS }
    }

    /// Shows this token, in the header `Authorization`.
    ///
    /// # Errors
    /// [`RequestFault`]: it holds what no header can.
    pub fn token(mut self, token: &str) -> Result<Self, RequestFault> {
        self.dialling = self.dialling.token(token)?;
        Ok(self)
    }

    /// Shows this token, in the query: for implementations that do not look into headers. URLs are written into logs; headers, less often.
    ///
    /// # Errors
    /// [`RequestFault`]: there is no such URL.
    pub fn token_in_query(mut self, token: &str) -> Result<Self, RequestFault> {
        self.dialling = self.dialling.token_in_query(token)?;
        Ok(self)
    }

    /// What the implementation offers under this URL, where its path is none of OneBot's.
    pub fn role(mut self, role: Role) -> Self {
        if role == Role::Api {
            self.dialling.settings.config.acceptance_timeout = Millis::ZERO;
        }
        self.role = role;
        self
    }

    /// Changes the transport: TLS, a proxy, limits of messages (50 MiB by default).
    pub fn transport(mut self, change: impl FnOnce(Ws) -> Ws + Send + 'static) -> Self {
        self.dialling.transport(change);
        self
    }

    /// Changes how long everything may take, and when to try again. Connections never overlap: the newest of an identity wins.
    pub fn config(mut self, change: impl FnOnce(Config) -> Config) -> Self {
        self.dialling.config(change);
        self
    }

    /// So many calls may wait for an answer: 1,024 by default, at least 1.
    pub fn calls_max(mut self, calls: usize) -> Self {
        self.calls_max = calls;
        self
    }

    /// A call waits so long for its answer: 30 s by default.
    pub fn call_timeout(mut self, limit: Duration) -> Self {
        self.call_timeout = limit;
        self
    }

    /// So many events may wait to be taken: 10,000, or 64 MiB, by default.
    pub fn events(mut self, limits: InboxLimits) -> Self {
        self.events = limits;
        self
    }

    /// The clock to live by; a test on virtual time gives [`Clock::tokio`].
    pub fn clock(mut self, clock: Clock) -> Self {
        self.dialling.settings.clock = clock;
        self
    }

    /// Makes chance repeatable, for tests.
    pub fn seed(mut self, seed: u64) -> Self {
        self.dialling.settings.seed = Some(seed);
        self
    }

    /// The bot, its events, and the driver to be polled by the caller.
    pub fn build(self) -> (Bot, Events, BotDriver) {
        let (client, link_events, driver) = self.dialling.link(ApplicationProtocol::default()).build();
        let calls = Arc::new(Calls::new(self.calls_max));
        let (source, events) = feed(self.events);
        let ear = Ear::new(calls.clone(), source, None).listen(Inlet::Dialled(link_events), client.states());
        let bot = Bot::dialled(client, calls, self.role, self.call_timeout);
        let driver = BotDriver(Box::pin(async move {
            let _done = together(driver, ear, None).await;
        }));
        (bot, events, driver)
    }

    /// The bot and its events; the driver runs as a task of its own on the current tokio runtime.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn spawn(self) -> (Bot, Events) {
        let (bot, events, driver) = self.build();
        tokio::spawn(driver);
        (bot, events)
    }
}

impl Future for BotDriver {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.0.as_mut().poll(cx)
    }
}

impl fmt::Debug for BotDriver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BotDriver").finish_non_exhaustive()
    }
}
