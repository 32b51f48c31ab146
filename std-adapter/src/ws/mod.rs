//! The WebSocket transport (RFC 6455, client side) over TCP, TLS, or any byte stream.
//!
//! ```no_run
//! use relink_tokio::ws::{Request, Ws};
//!
//! // The same URL for every attempt:
//! let fixed = Ws::to(Request::new("wss://example.com/socket")?.header("authorization", "Bearer …")?);
//!
//! // Asked for anew before every attempt: a fresh token, another endpoint each time.
//! let endpoints = ["wss://a.example.com", "wss://b.example.com"];
//! let fresh = Ws::new(move |attempt| async move {
//!     let token = std::fs::read_to_string("token")?.trim().to_owned();
//!     let endpoint = endpoints[attempt.number() as usize % endpoints.len()];
//!     Ok(Request::new(endpoint)?.header("authorization", &format!("Bearer {token}"))?)
//! });
//! # Ok::<(), relink_tokio::ending::RequestFault>(())
//! ```

mod connect;
mod connection;
mod fault;
pub(crate) mod head;
mod io;
mod limits;
mod message;
mod pace;
mod progress;
mod protocol;
mod refusal;
mod request;
mod side;
pub(crate) mod source;
pub mod tls;
mod upgrade;

use std::fmt;
use std::future::Future;
use std::sync::Arc;

pub use connection::WsConnection;
pub use limits::Limits;
pub use message::{Message, Utf8Bytes};
pub use protocol::{Meaning, Opened, Plain, Protocol, Sign};
use relink_core::{Attempt, Verdict};
pub use request::{Request, Target};
pub(crate) use side::Side;
pub use source::{Duplex, ProvideError};
pub use tokio_rustls::rustls;

#[cfg(feature = "slack")]
pub(crate) use refusal::retry_after;

use progress::Progress;
use source::{Connector, Provider};

use crate::ending::{Ending, Stage};
use crate::transport::Transport;

/// The WebSocket transport, with the protocol `P` on top.
pub struct Ws<P = Plain> {
    provider: Provider,
    settings: Settings<P>,
}

/// What one attempt takes along.
#[derive(Clone)]
struct Settings<P> {
    protocol: P,
    connector: Option<Connector>,
    tls: Option<Arc<rustls::ClientConfig>>,
    limits: Limits,
    progress: Progress,
}

impl Ws {
    /// Asks `provide` for the request of every attempt. `?` in it makes any error a failed attempt that is retried;
    /// [`ProvideError::new`] gives an error a verdict of its own.
    pub fn new<F, R>(provide: F) -> Self
    where
        F: FnMut(Attempt) -> R + Send + 'static,
        R: Future<Output = Result<Request, ProvideError>> + Send + 'static,
    {
        let settings = Settings { protocol: Plain, connector: None, tls: None, limits: Limits::DEFAULT, progress: Progress::default() };
        Self { provider: source::provider(provide), settings }
    }

    /// The same request for every attempt.
    pub fn to(request: Request) -> Self {
        Self::new(move |_| std::future::ready(Ok(request.clone())))
    }
}

impl<P> Ws<P> {
    /// Speaks this protocol on every connection.
    pub fn protocol<Q: Protocol>(self, protocol: Q) -> Ws<Q> {
        let Settings { connector, tls, limits, progress, .. } = self.settings;
        Ws { provider: self.provider, settings: Settings { protocol, connector, tls, limits, progress } }
    }

    /// Bounds connections by these limits.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.settings.limits = limits.clamped();
        self
    }

    /// Uses this TLS configuration for `wss://`, in place of [`tls::default_roots`].
    #[must_use]
    pub fn tls(mut self, config: Arc<rustls::ClientConfig>) -> Self {
        self.settings.tls = Some(config);
        self
    }

    /// Brings its own byte stream for every attempt: through a proxy, over a Unix socket, in memory. It is what dials instead
    /// of TCP; for `wss://`, TLS runs over it. What it takes counts against `opening_timeout`. An error means a failed dial.
    ///
    /// The stream has to keep a waker for each direction, as tokio's own do, and those split by [`tokio::io::split`]. From one that keeps only
    /// the latest, what comes in while something is sent may be heard as late as at the next deadline, the next ping for instance.
    #[must_use]
    pub fn connector<F, R, S>(mut self, connect: F) -> Self
    where
        F: Fn(Target) -> R + Send + Sync + 'static,
        R: Future<Output = std::io::Result<S>> + Send + 'static,
        S: Duplex,
    {
        self.settings.connector = Some(source::connector(connect));
        self
    }
}

impl<P> fmt::Debug for Ws<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ws").field("limits", &self.settings.limits).finish_non_exhaustive()
    }
}

impl<P: Protocol> Transport for Ws<P> {
    type Message = Message;
    type Connection = WsConnection<P>;

    fn open(&mut self, attempt: Attempt) -> impl Future<Output = Result<WsConnection<P>, Ending>> + Send + 'static {
        self.settings.progress.set(Stage::Url);
        open(attempt, (self.provider)(attempt), self.settings.clone())
    }

    fn weight(message: &Message) -> usize {
        message.frame_bytes()
    }

    fn verdict(&self, ending: &Ending) -> Option<Verdict> {
        self.settings.protocol.verdict(ending)
    }

    fn stage(&self) -> Stage {
        self.settings.progress.get()
    }
}

async fn open<P: Protocol>(
    attempt: Attempt,
    request: impl Future<Output = Result<Request, ProvideError>>,
    settings: Settings<P>,
) -> Result<WsConnection<P>, Ending> {
    let Settings { protocol, connector, tls, limits, progress } = settings;
    let mut request = request.await?;
    request.or_subprotocols(protocol.subprotocols());
    let target = request.target().clone();
    let host: Arc<str> = target.host.as_ref().into();
    let mut socket = connect::connect(&target, connector, &progress).await?;
    if target.secure {
        progress.set(Stage::Tls);
        let config = tls.map_or_else(tls::default_roots, Ok).map_err(Ending::Request)?;
        socket = tls::secure(socket, &host, config).await?;
    }
    progress.set(Stage::Upgrade);
    let accepted = upgrade::upgrade(&mut socket, &request, &limits, &host).await?;
    let opened = Opened { attempt, subprotocol: accepted.subprotocol };
    Ok(WsConnection::new(Side::Client, (socket, accepted.rest), protocol, &opened, host, &limits))
}
