//! The making of a GraphQL server.

use std::future::{Future, ready};
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use super::operations::OperationLimits;
use super::visit::attend;
use super::{Desk, Init, Operation, Refusal, Server, ServerProtocol, Welcome};
use crate::graphql::{OUTBOX, Request, SERVER_CONFIG};
use crate::server;

/// One message as large as we take is let through.
const OPERATIONS_BYTES_MAX: usize = 16 << 20;

pub(super) type Answer<C> = Pin<Box<dyn Future<Output = Result<Welcome<C>, Refusal>> + Send>>;

/// All that connections work with.
pub(super) struct Shop<C> {
    pub(super) init: Box<dyn Fn(Init) -> Answer<C> + Send + Sync>,
    pub(super) execute: Box<dyn Fn(C, Request) -> Operation + Send + Sync>,
    pub(super) limits: OperationLimits,
    pub(super) init_timeout: Duration,
}

/// A GraphQL server in the making.
#[must_use = "a builder makes nothing until it is told what executes"]
pub struct ServerBuilder<C> {
    sockets: server::Builder<ServerProtocol>,
    init: Box<dyn Fn(Init) -> Answer<C> + Send + Sync>,
    limits: OperationLimits,
    init_timeout: Duration,
}

impl ServerBuilder<()> {
    pub(super) fn new() -> Self {
        Self {
            sockets: server::Server::builder().protocol(ServerProtocol::default()).config(SERVER_CONFIG).outbox(OUTBOX),
            init: Box::new(|_| Box::pin(ready(Ok(Welcome::new(()))))),
            limits: OperationLimits { operations_max: 100, bytes_max: OPERATIONS_BYTES_MAX },
            init_timeout: Duration::from_secs(10),
        }
    }
}

impl<C: Clone + Send + Sync + 'static> ServerBuilder<C> {
    /// Changes what is below: the gate, origins, limits ([`OUTBOX`] among them), deadlines ([`SERVER_CONFIG`] as it is), what is told of ends.
    ///
    /// A result heavier than the outbox's `alone_bytes_max` becomes an `error` of its operation, and harms no other.
    pub fn sockets(mut self, change: impl FnOnce(server::Builder<ServerProtocol>) -> server::Builder<ServerProtocol>) -> Self {
        self.sockets = change(self.sockets);
        self
    }

    /// Asked with every `connection_init`: who is accepted, and with what its operations are executed. Without it, everybody is.
    pub fn init<D, F, R>(self, init: F) -> ServerBuilder<D>
    where
        D: Clone + Send + Sync + 'static,
        F: Fn(Init) -> R + Send + Sync + 'static,
        R: Future<Output = Result<Welcome<D>, Refusal>> + Send + 'static,
    {
        let Self { sockets, init: _, limits, init_timeout } = self;
        ServerBuilder { sockets, init: Box::new(move |asked| Box::pin(init(asked))), limits, init_timeout }
    }

    /// How long that may take, 10 s by default; then the connection is closed with 4408.
    pub fn init_timeout(mut self, timeout: Duration) -> Self {
        self.init_timeout = timeout;
        self
    }

    /// How many operations a connection may have going on, 100 by default; what is more gets an `error`.
    pub fn operations_max(mut self, operations_max: usize) -> Self {
        self.limits.operations_max = operations_max;
        self
    }

    /// How long the `subscribe` messages of the operations that a connection has going on may be together, 16 MiB by default: so much of
    /// what was asked is kept. What is more gets an `error`.
    pub fn operations_bytes_max(mut self, bytes_max: usize) -> Self {
        self.limits.bytes_max = bytes_max;
        self
    }

    /// The server, with what executes. If that panics, the connection is closed with 4500, and nobody else is harmed.
    pub fn execute(self, execute: impl Fn(C, Request) -> Operation + Send + Sync + 'static) -> Server<C> {
        let Self { sockets, init, limits, init_timeout } = self;
        let shop = Arc::new(Shop { init, execute: Box::new(execute), limits, init_timeout });
        let sockets = sockets.admitted(|admission| {
            let desk = Desk::<C>::new();
            admission.with(desk.account.clone()).with(desk)
        });
        Server { sockets: sockets.serve(move |session| attend(shop.clone(), session)), _context: PhantomData }
    }
}

impl<C> std::fmt::Debug for ServerBuilder<C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServerBuilder").field("limits", &self.limits).finish_non_exhaustive()
    }
}
