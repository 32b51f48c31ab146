//! The making of a server: who is let in, how much of everything there may be, and what is done with a connection.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use relink_core::{CloseCode, Config, Millis, registry};

use super::gate::{Gate, Origins};
use super::house::House;
use super::{About, Admission, Record, Rejection, Server, Session, Upgrade};
use crate::ws::{self, Message, Plain, Protocol};
use crate::{Clock, InboxLimits, OutboxLimits};

/// "Try again later", by its registration with IANA.
pub(super) const TRY_AGAIN_LATER: CloseCode = CloseCode::new(1013);

/// How many connections there may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// In all, those that still shake hands included, but not those that were replaced; 0: no limit but the memory. Beyond it, requests
    /// get a 503.
    pub connections_max: u32,
    /// From one address, where addresses are known: an IPv4 address, or the /64 of an IPv6 one; 0: no limit. Leave room for one
    /// that comes back while its old connection is half-open.
    pub per_address_max: u32,
    /// Connections that a newer one of their identity has replaced, and that are being closed. No other limit counts them, or a client
    /// could be locked out by its own half-open connection; beyond this one, the oldest of them is dropped at once.
    pub replaced_max: u32,
    /// Streams that are being refused at once because a limit is reached: read, answered, closed. More are dropped without an answer.
    pub refusals_max: u32,
    /// What `Retry-After` says to those that are refused because a limit is reached.
    pub retry_after: Millis,
}

impl Limits {
    /// 10,000 connections, any number of them from one address, 256 being replaced and 256 refusals at once, 5 s.
    pub const DEFAULT: Self =
        Self { connections_max: 10_000, per_address_max: 0, replaced_max: 256, refusals_max: 256, retry_after: Millis::from_secs(5) };

    pub(super) const fn registry(&self) -> registry::Limits {
        registry::Limits { connections_max: self.connections_max, group_max: self.per_address_max }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// What becomes of a connection whose outbox is full because it takes its messages too slowly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slow {
    /// It is closed with this code. What waits for it is given up.
    Close(CloseCode),
    /// The message is refused, and nothing else happens.
    Refuse,
}

pub(super) type Handler = Box<dyn Fn(Session) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;
type Farewell = Box<dyn Fn(&About) -> Option<Message> + Send + Sync>;
type OnEnd = Box<dyn Fn(&Record) + Send + Sync>;

/// All that connections are made with.
pub(super) struct Settings<P> {
    /// The pattern: each connection works with a clone.
    pub(super) protocol: Mutex<P>,
    pub(super) config: Config,
    pub(super) bounds: ws::Limits,
    pub(super) limits: Limits,
    pub(super) outbox: OutboxLimits,
    pub(super) inbox: InboxLimits,
    pub(super) write_timeout: Duration,
    pub(super) handler_timeout: Duration,
    pub(super) slow: Slow,
    pub(super) replaced_code: CloseCode,
    pub(super) gate: Option<Gate>,
    pub(super) origins: Origins,
    pub(super) farewell: Option<Farewell>,
    pub(super) on_end: Option<OnEnd>,
    pub(super) clock: Clock,
    pub(super) seed: Option<u64>,
}

/// A server in the making. Every value is fine: odd ones are clamped where they are documented.
#[must_use = "a builder makes nothing until it is told what to serve"]
pub struct Builder<P = Plain> {
    settings: Settings<P>,
}

impl Builder {
    pub(super) fn new() -> Self {
        let settings = Settings {
            protocol: Mutex::new(Plain),
            config: Config::ACCEPTED,
            bounds: ws::Limits::DEFAULT,
            limits: Limits::DEFAULT,
            outbox: OutboxLimits::DEFAULT,
            inbox: InboxLimits::DEFAULT,
            write_timeout: Duration::from_secs(30),
            handler_timeout: Duration::from_secs(5),
            slow: Slow::Close(TRY_AGAIN_LATER),
            replaced_code: CloseCode::POLICY,
            gate: None,
            origins: Origins::Any,
            farewell: None,
            on_end: None,
            clock: Clock::boot(),
            seed: None,
        };
        Self { settings }
    }
}

impl<P: Protocol> Builder<P> {
    /// Speaks this protocol on every connection. A connection is up once the protocol says that the peer is accepted, if
    /// the [configuration](Builder::config) has an `acceptance_timeout`, else with the upgrade.
    pub fn protocol<Q: Protocol>(self, protocol: Q) -> Builder<Q> {
        Builder { settings: self.settings.protocol(protocol) }
    }

    /// How long everything may take: [`Config::ACCEPTED`] if nothing else is asked for. `opening_timeout` is the time for TLS, the
    /// request and the gate; `lifetime_max` the age at which a connection is closed, with 1001: so that who has dialled takes it for
    /// the server's affair, and comes back (RFC 6455 §7.4.1). It is never dialled again from here, whatever this says.
    pub fn config(mut self, config: Config) -> Self {
        self.settings.config = Config { redial: false, ..config };
        self
    }

    /// Bounds each connection: messages and how slowly they may come, frames, buffers, the head of a request.
    pub fn bounds(mut self, bounds: ws::Limits) -> Self {
        self.settings.bounds = bounds.clamped();
        self
    }

    /// How many connections there may be.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.settings.limits = limits;
        self
    }

    /// How much may wait to be sent to one connection.
    pub fn outbox(mut self, limits: OutboxLimits) -> Self {
        self.settings.outbox = limits;
        self
    }

    /// How much may wait for one session's future before the peer is slowed down; as much may wait of what a peer says before the
    /// protocol accepts it, and is the session's then.
    pub fn inbox(mut self, limits: InboxLimits) -> Self {
        self.settings.inbox = limits;
        self
    }

    /// What becomes of a connection that takes its messages too slowly: by default it is closed with 1013.
    pub fn slow(mut self, slow: Slow) -> Self {
        self.settings.slow = slow;
        self
    }

    /// The time after which a write without any progress ends the connection: 30 s by default.
    pub fn write_timeout(mut self, timeout: Duration) -> Self {
        self.settings.write_timeout = timeout;
        self
    }

    /// How long a session's future may go on when its connection has ended, 5 s by default; then it is dropped. For what it has to put in
    /// order.
    pub fn handler_timeout(mut self, timeout: Duration) -> Self {
        self.settings.handler_timeout = timeout;
        self
    }

    /// Asked before a request is answered: who is let in, and as whom. Without it, everybody is. It may be asked again about the same
    /// request, if sessions like this are [ended](Server::end_where) while it thinks. Until it has let somebody in, nobody else knows of
    /// that connection: it cannot be found, nor sent to.
    pub fn gate<F, R>(mut self, gate: F) -> Self
    where
        F: Fn(Arc<Upgrade>) -> R + Send + Sync + 'static,
        R: Future<Output = Result<Admission, Rejection>> + Send + 'static,
    {
        self.settings.gate = Some(Arc::new(move |upgrade| Box::pin(gate(upgrade))));
        self
    }

    /// Adds to what is kept of everyone who is let in.
    #[cfg(feature = "graphql")]
    pub(crate) fn admitted(mut self, add: impl Fn(Admission) -> Admission + Send + Sync + 'static) -> Self {
        let (gate, add) = (self.settings.gate.take(), Arc::new(add));
        self.settings.gate = Some(Arc::new(move |upgrade| {
            let (judged, add) = (gate.as_ref().map(|gate| gate(upgrade)), add.clone());
            Box::pin(async move {
                match judged {
                    Some(judged) => judged.await.map(|admission| add(admission)),
                    None => Ok(add(Admission::new())),
                }
            })
        }));
        self
    }

    /// The origins (`https://app.example.com`) whose pages may connect. Without it, those of any: a server that knows its users by
    /// cookies must name them. Requests without an Origin are not from a browser, and are for the gate to judge.
    pub fn origins<O: Into<Box<str>>>(mut self, origins: impl IntoIterator<Item = O>) -> Self {
        self.settings.origins = Origins::These(origins.into_iter().map(Into::into).collect());
        self
    }

    /// The code with which a connection is closed when a newer one has its identity: 1008 by default.
    pub fn replaced_code(mut self, code: CloseCode) -> Self {
        self.settings.replaced_code = code;
        self
    }

    /// What is said to each connection at the beginning of a drain, before any is closed.
    pub fn farewell(mut self, farewell: impl Fn(&About) -> Option<Message> + Send + Sync + 'static) -> Self {
        self.settings.farewell = Some(Box::new(farewell));
        self
    }

    /// Told of every connection that has ended, once, in its task. It must not block.
    pub fn on_end(mut self, on_end: impl Fn(&Record) + Send + Sync + 'static) -> Self {
        self.settings.on_end = Some(Box::new(on_end));
        self
    }

    /// The clock to live by; a test on virtual time gives [`Clock::tokio`].
    pub fn clock(mut self, clock: Clock) -> Self {
        self.settings.clock = clock;
        self
    }

    /// Makes chance repeatable, for tests.
    pub fn seed(mut self, seed: u64) -> Self {
        self.settings.seed = Some(seed);
        self
    }

    /// The server, with what is done with each connection. The future ends with the connection, at the latest
    /// [`handler_timeout`](Builder::handler_timeout) after it.
    pub fn serve<H, R>(self, handler: H) -> Server<P>
    where
        H: Fn(Session) -> R + Send + Sync + 'static,
        R: Future<Output = ()> + Send + 'static,
    {
        let handler: Handler = Box::new(move |session| Box::pin(handler(session)));
        Server { house: Arc::new(House::new(self.settings, handler)) }
    }
}

impl<P> Settings<P> {
    pub(super) fn pattern(&self) -> MutexGuard<'_, P> {
        self.protocol.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn protocol<Q>(self, protocol: Q) -> Settings<Q> {
        let Self { protocol: _, config, bounds, limits, outbox, inbox, write_timeout, handler_timeout, .. } = self;
        let Self { slow, replaced_code, gate, origins, farewell, on_end, clock, seed, .. } = self;
        Settings {
            protocol: Mutex::new(protocol),
            config,
            bounds,
            limits,
            outbox,
            inbox,
            write_timeout,
            handler_timeout,
            slow,
            replaced_code,
            gate,
            origins,
            farewell,
            on_end,
            clock,
            seed,
        }
    }
}
