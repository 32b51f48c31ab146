//! The making of a GraphQL client.

use std::fmt;
use std::future::{Future, ready};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use relink_core::{Attempt, Verdict};
use relink_profiles::graphql::write;

use super::dispatch::dispatch;
use super::hub::Hub;
use super::{Client, ClientProtocol, Owner};
use crate::Builder;
use crate::ending::RequestFault;
use crate::graphql::{CLIENT_CONFIG, Json, OUTBOX, room};
use crate::together::together;
use crate::ws::{ProvideError, Request, Ws};

type Provided<T> = Pin<Box<dyn Future<Output = Result<T, ProvideError>> + Send>>;
type Provider<T> = Box<dyn FnMut(Attempt) -> Provided<T> + Send>;
type Change<T> = Box<dyn FnOnce(T) -> T>;

/// A GraphQL client in the making.
#[must_use = "a builder makes nothing until it connects"]
pub struct ClientBuilder {
    request: Provider<Request>,
    init: Provider<Option<Json>>,
    transport: Vec<Change<Ws>>,
    link: Vec<Change<Builder<Ws<ClientProtocol>>>>,
    subscriptions_max: usize,
    waiting_max: usize,
    slow_timeout: Duration,
}

/// What keeps a client's link alive and hands out what comes in: a task of its own, or the caller's to poll. Ready when the link has ended.
#[must_use = "a client does nothing unless its driver is polled"]
pub struct ClientDriver(Pin<Box<dyn Future<Output = ()> + Send>>);

impl ClientBuilder {
    pub(super) fn to(url: &str) -> Result<Self, RequestFault> {
        let request = Request::new(url)?;
        Ok(Self::new(move |_| ready(Ok(request.clone()))))
    }

    /// Asks `provide` for the request of every attempt: another endpoint, a header.
    pub fn new<F, R>(mut provide: F) -> Self
    where
        F: FnMut(Attempt) -> R + Send + 'static,
        R: Future<Output = Result<Request, ProvideError>> + Send + 'static,
    {
        Self {
            request: Box::new(move |attempt| Box::pin(provide(attempt))),
            init: Box::new(|_| Box::pin(ready(Ok(None)))),
            transport: Vec::new(),
            link: Vec::new(),
            subscriptions_max: 1000,
            waiting_max: 64,
            slow_timeout: Duration::from_secs(5),
        }
    }

    /// Asked for the payload of `connection_init`, an object, before every attempt: a fresh token. `?` in it makes any error a failed
    /// attempt that is retried; [`ProvideError::new`] gives an error a verdict of its own.
    pub fn init<F, R>(mut self, mut provide: F) -> Self
    where
        F: FnMut(Attempt) -> R + Send + 'static,
        R: Future<Output = Result<Option<Json>, ProvideError>> + Send + 'static,
    {
        self.init = Box::new(move |attempt| Box::pin(provide(attempt)));
        self
    }

    /// Changes the transport: TLS, limits, what dials.
    pub fn transport(mut self, change: impl FnOnce(Ws) -> Ws + 'static) -> Self {
        self.transport.push(Box::new(change));
        self
    }

    /// Changes the link: deadlines and delays ([`CLIENT_CONFIG`] as it is), limits ([`OUTBOX`] among them), how many failures are enough, its name, its clock.
    pub fn link(mut self, change: impl FnOnce(Builder<Ws<ClientProtocol>>) -> Builder<Ws<ClientProtocol>> + 'static) -> Self {
        self.link.push(Box::new(change));
        self
    }

    /// How many subscriptions may be going on, 1,000 by default.
    pub fn subscriptions_max(mut self, subscriptions_max: usize) -> Self {
        self.subscriptions_max = subscriptions_max;
        self
    }

    /// How many results may wait for a subscriber, 64 by default, at least 1.
    pub fn waiting_max(mut self, waiting_max: usize) -> Self {
        self.waiting_max = waiting_max;
        self
    }

    /// How long others may have to wait for a subscriber that has as many results waiting as it may, 5 s by default.
    ///
    /// Meanwhile nothing is handed out to anybody, and when the link's inbox is full, too, reading stops, so that TCP slows the server down.
    /// After that time the slow subscription ends with [`SubscriptionError::Slow`](super::SubscriptionError::Slow), and the others go on.
    /// 0: it ends at once.
    pub fn slow_timeout(mut self, timeout: Duration) -> Self {
        self.slow_timeout = timeout;
        self
    }

    /// The handle, and the driver to be polled by the caller.
    pub fn build(self) -> (Client, ClientDriver) {
        let Self { request, init, transport, link, subscriptions_max, waiting_max, slow_timeout } = self;
        let hub = Arc::new(Hub::new(subscriptions_max, waiting_max));
        let ws = transport.into_iter().fold(provided(hub.clone(), request, init), |ws, change| change(ws));
        let builder = Builder::new(ws.protocol(ClientProtocol::new(hub.clone()))).config(CLIENT_CONFIG).outbox(OUTBOX);
        let (client, events, driver) = link.into_iter().fold(builder, |builder, change| change(builder)).build();
        let owner = Arc::new(Owner { hub: hub.clone(), link: client.clone() });
        let dispatched = dispatch(hub, client, events, slow_timeout);
        let both = async move {
            together(driver, dispatched, None).await;
        };
        (Client::new(owner), ClientDriver(Box::pin(both)))
    }

    /// The handle; the driver runs as a task of its own on the current tokio runtime.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn connect(self) -> Client {
        let (client, driver) = self.build();
        tokio::spawn(driver);
        client
    }
}

/// Asks for both, and keeps the greeting for the connection.
fn provided(hub: Arc<Hub>, mut request: Provider<Request>, mut init: Provider<Option<Json>>) -> Ws {
    Ws::new(move |attempt| {
        let (hub, request, init) = (hub.clone(), request(attempt), init(attempt));
        async move {
            let (request, init) = (request.await?, init.await?);
            if let Some(payload) = &init {
                let mut buffer = vec![0; room("", payload.as_str())];
                let unwritten = |why| ProvideError::new(format!("what `init` provides is not written: {why}"), Verdict::GiveUp);
                write::connection_init(&mut buffer, Some(payload.as_str())).map_err(unwritten)?;
            }
            hub.set_init(attempt, init);
            Ok(request)
        }
    })
}

impl Future for ClientDriver {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.0.as_mut().poll(cx)
    }
}

impl fmt::Debug for ClientDriver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientDriver").finish_non_exhaustive()
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { subscriptions_max, waiting_max, slow_timeout, .. } = self;
        f.debug_struct("ClientBuilder")
            .field("subscriptions_max", subscriptions_max)
            .field("waiting_max", waiting_max)
            .field("slow_timeout", slow_timeout)
            .finish_non_exhaustive()
    }
}
