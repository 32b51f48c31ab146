//! The making of a link: what it runs on, how it behaves, and the parts it comes apart into.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use relink_core::{Config, Millis, Verdict};

use crate::clock::Clock;
use crate::dice::Dice;
use crate::driver::{Driver, Parts};
use crate::inbox::InboxLimits;
use crate::judge::Judge;
use crate::observe::Observer;
use crate::outbox::OutboxLimits;
use crate::shared::Shared;
use crate::together::together;
use crate::{Client, Ending, Events, Transport};

/// The time a write may take without any progress, if nothing else is asked for.
const WRITE_TIMEOUT: Millis = Millis::from_secs(30);

/// A link in the making. Every value is fine: odd ones are clamped where they are documented.
#[must_use = "a builder makes nothing until it is built or spawned"]
pub struct Builder<T: Transport> {
    transport: T,
    config: Config,
    outbox: OutboxLimits,
    inbox: InboxLimits,
    write_timeout: Millis,
    judge: Judge,
    clock: Clock,
    dice: Dice,
    observer: Option<Box<dyn Observer<T::Message>>>,
    name: Option<Box<str>>,
    span: Option<tracing::Span>,
    lazy: bool,
    restartable: bool,
}

impl<T: Transport> Builder<T> {
    /// A link over this transport, with [`Config::DEFAULT`].
    pub fn new(transport: T) -> Self {
        Self {
            transport,
            config: Config::DEFAULT,
            outbox: OutboxLimits::DEFAULT,
            inbox: InboxLimits::DEFAULT,
            write_timeout: WRITE_TIMEOUT,
            judge: Judge::default(),
            clock: Clock::boot(),
            dice: Dice::default(),
            observer: None,
            name: None,
            span: None,
            lazy: false,
            restartable: false,
        }
    }

    /// How long everything may take, and when to try again.
    pub fn config(mut self, config: Config) -> Self {
        self.config = config;
        self
    }

    /// Changes the transport: `builder.transport(|ws| ws.limits(limits))`.
    pub fn transport<U: Transport>(self, change: impl FnOnce(T) -> U) -> Builder<U>
    where
        T: Transport<Message = U::Message>,
    {
        let Self { transport, config, outbox, inbox, write_timeout, judge, clock, dice, observer, name, span, lazy, restartable } = self;
        let transport = change(transport);
        Builder { transport, config, outbox, inbox, write_timeout, judge, clock, dice, observer, name, span, lazy, restartable }
    }

    /// How much may wait to be sent, and what happens to what does not fit while the link is down.
    pub fn outbox(mut self, limits: OutboxLimits) -> Self {
        self.outbox = limits;
        self
    }

    /// How much may wait to be consumed before reading stops.
    pub fn inbox(mut self, limits: InboxLimits) -> Self {
        self.inbox = limits;
        self
    }

    /// The time after which a write without any progress ends the connection: 30 s by default, at least 1 ms.
    ///
    /// A peer that has stopped reading is noticed only when the buffers of both kernels are full, which takes megabytes.
    pub fn write_timeout(mut self, timeout: Duration) -> Self {
        self.write_timeout = Millis::from_duration(timeout).max(Millis::new(1));
        self
    }

    /// An opinion on endings that comes before the protocol's and the [table](crate::classify::verdict)'s: `None` leaves it to
    /// them.
    pub fn verdict(mut self, verdict: impl Fn(&Ending) -> Option<Verdict> + Send + 'static) -> Self {
        self.judge.verdict = Some(Box::new(verdict));
        self
    }

    /// A curve of one's own in place of the policy's: from the failures in a row before this one, the ending, and a uniformly random
    /// number, to the delay; `None` leaves it to the policy. Asked where the verdict is a plain `Retry`. At most the policy's `delay_max`.
    pub fn delay(mut self, delay: impl Fn(u32, &Ending, u32) -> Option<Duration> + Send + 'static) -> Self {
        self.judge.delay = Some(Box::new(delay));
        self
    }

    /// The clock to live by: by default one that runs on in suspend. It is the machine's own and does not stand still where
    /// tokio's is paused: a test on virtual time gives [`Clock::tokio`].
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Makes chance repeatable, for tests and replays. Never the same for two links in production: chance is what spreads a fleet.
    pub fn seed(mut self, seed: u64) -> Self {
        self.dice = Dice::Own(fastrand::Rng::with_seed(seed));
        self
    }

    /// Takes chance from here: each number must be uniformly random over all of `u32`. For replays, and for a source of one's own.
    pub fn chance(mut self, roll: impl FnMut() -> u32 + Send + 'static) -> Self {
        self.dice = Dice::Given(Box::new(Box::new(roll)));
        self
    }

    /// Watches every step and every frame.
    pub fn observer(mut self, observer: impl Observer<T::Message> + 'static) -> Self {
        self.observer = Some(Box::new(observer));
        self
    }

    /// The span of what the link writes to logs, in place of one with its name.
    #[cfg(feature = "server")]
    pub(crate) fn span(mut self, span: tracing::Span) -> Self {
        self.span = Some(span);
        self
    }

    /// The name of the link in logs.
    pub fn name(mut self, name: impl Into<Box<str>>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Does not dial before [`Client::retry_now`].
    pub fn lazy(mut self) -> Self {
        self.lazy = true;
        self
    }

    /// Keeps the driver when the link has ended, so that [`Client::retry_now`] starts it afresh. What a server demanded
    /// (`Retry-After`) is remembered. The driver ends with the last handle then, or with the [`Events`].
    pub fn restartable(mut self) -> Self {
        self.restartable = true;
        self
    }

    /// The handle, the events, and the driver to be polled by the caller.
    pub fn build(self) -> (Client<T::Message>, Events<T::Message>, Driver<T>) {
        let shared = Arc::new(Shared::new(self.outbox, self.lazy, self.restartable, T::weight));
        let parts = Parts {
            transport: self.transport,
            config: self.config,
            clock: self.clock,
            dice: self.dice,
            judge: self.judge,
            observer: self.observer,
            write_timeout: self.write_timeout,
            inbox: self.inbox,
            shared: shared.clone(),
            span: self.span.unwrap_or_else(|| tracing::info_span!("relink", link = self.name.as_deref())),
        };
        (Client::new(shared.clone()), Events::new(shared), Driver::new(parts))
    }

    /// The handle and the events; the driver runs as a task of its own on the current tokio runtime.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn spawn(self) -> (Client<T::Message>, Events<T::Message>) {
        let (client, events, driver) = self.build();
        driver.is_to_be_polled();
        tokio::spawn(driver);
        (client, events)
    }

    /// The link and what its user does with it, in one future: to be awaited, or spawned as one task. It spares the turns of the
    /// scheduler that a message takes between two tasks.
    ///
    /// Ready when both have ended. When the user's part ends, and with it its handle and events, the link is stopped.
    ///
    /// ```no_run
    /// use relink_tokio::{Event, connect};
    ///
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// let echoes = connect("wss://example.com/socket")?.run(async |client, mut events| {
    ///     while let Some(event) = events.next().await {
    ///         if let Event::Message { message, .. } = event {
    ///             client.send(message).await.ok();
    ///         }
    ///     }
    /// });
    /// echoes.await;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn run<U, F>(self, user: U) -> F::Output
    where
        U: FnOnce(Client<T::Message>, Events<T::Message>) -> F,
        F: Future,
    {
        let (client, events, driver) = self.build();
        match together(driver, user(client, events), None).await {
            Some(output) => output,
            // Without a limit there is an output.
            None => std::future::pending().await,
        }
    }
}
