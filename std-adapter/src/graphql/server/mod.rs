//! The side that answers: who may come in, what executes, and new tokens for those who are in.

mod account;
mod builder;
mod operation;
mod operations;
mod protocol;
mod visit;

use std::fmt;
use std::sync::Arc;

use tokio::sync::watch;

pub use builder::ServerBuilder;
pub use operation::{Failure, Operation};
pub use protocol::ServerProtocol;

use super::Json;
use crate::CloseCode;
use crate::graphql::code;
use crate::server::{self, About, Key};
use account::Account;

/// A handle on a GraphQL server. Cheap to clone; `C` is what operations are executed with: who asks, for instance.
///
/// Operations are owned by their connection: whatever ends it ends them, before anything else of it is gone.
pub struct Server<C> {
    sockets: server::Server<ServerProtocol>,
    _context: std::marker::PhantomData<fn() -> C>,
}

impl Server<()> {
    /// A server in the making.
    pub fn builder() -> ServerBuilder<()> {
        ServerBuilder::new()
    }
}

impl<C: Clone + Send + Sync + 'static> Server<C> {
    /// The connections: to accept, to listen, to drain, to end some, to look at the numbers.
    #[must_use]
    pub const fn sockets(&self) -> &server::Server<ServerProtocol> {
        &self.sockets
    }

    /// Executes with this from now on, and runs every [live](Operation::live) operation of this connection again with it, under its id:
    /// the client goes on to receive, and notices nothing. What was asked [once](Operation::once) goes on as it is.
    ///
    /// Safe at any time: if it is called several times before the connection takes notice, the newest counts.
    ///
    /// # Errors
    /// [`Gone`] gives the context back: there is no such connection any more, or it is not accepted yet. Nothing else happens then, and
    /// nothing to any other connection.
    pub fn reauthenticate(&self, key: Key, context: C) -> Result<(), Gone<C>> {
        let desk = self.sockets.about(key).and_then(|about| about.get::<Desk<C>>().cloned());
        match desk {
            Some(desk) if desk.account.is_acknowledged() => desk.renewal.send(Some(context)).map_err(|unsent| Gone::of(unsent.0)),
            Some(_) | None => Err(Gone(Some(context))),
        }
    }
}

/// What the connection and those who look for it by its key have in common.
pub(super) struct Desk<C> {
    account: Arc<Account>,
    /// The newest context; without a receiver when nobody executes any more.
    renewal: Arc<watch::Sender<Option<C>>>,
}

impl<C> Desk<C> {
    fn new() -> Self {
        Self { account: Arc::default(), renewal: Arc::new(watch::Sender::new(None)) }
    }
}

impl<C> Clone for Desk<C> {
    fn clone(&self) -> Self {
        Self { account: self.account.clone(), renewal: self.renewal.clone() }
    }
}

/// The connection is gone; what was meant for it is given back.
pub struct Gone<C>(Option<C>);

impl<C> Gone<C> {
    const fn of(context: Option<C>) -> Self {
        Self(context)
    }

    /// What was meant for it.
    pub fn into_context(self) -> Option<C> {
        self.0
    }
}

impl<C> fmt::Debug for Gone<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Gone(..)")
    }
}

impl<C> fmt::Display for Gone<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection is gone, or not accepted yet")
    }
}

impl<C> std::error::Error for Gone<C> {}

/// A `connection_init`: somebody wants to be accepted.
#[derive(Debug)]
pub struct Init {
    key: Key,
    about: Arc<About>,
    payload: Option<Json>,
}

impl Init {
    /// An object with what it takes, a token for instance.
    #[must_use]
    pub const fn payload(&self) -> Option<&Json> {
        self.payload.as_ref()
    }

    /// The connection's name, for [`Server::reauthenticate`] and for the [sockets](Server::sockets).
    #[must_use]
    pub const fn key(&self) -> Key {
        self.key
    }

    /// What is known of the connection since its upgrade.
    #[must_use]
    pub const fn about(&self) -> &Arc<About> {
        &self.about
    }
}

/// Somebody is accepted.
#[derive(Debug)]
pub struct Welcome<C> {
    context: C,
    payload: Option<Json>,
}

impl<C> Welcome<C> {
    /// Accepted: its operations are executed with this.
    pub const fn new(context: C) -> Self {
        Self { context, payload: None }
    }

    /// What the `connection_ack` says beside that: an object.
    #[must_use]
    pub fn with_payload(mut self, payload: impl Into<Json>) -> Self {
        self.payload = Some(payload.into());
        self
    }
}

/// Somebody is not accepted: the connection is closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    code: CloseCode,
    reason: Arc<str>,
}

impl Refusal {
    /// 4403, "Forbidden".
    #[must_use]
    pub fn forbidden() -> Self {
        Self::new(code::FORBIDDEN, "Forbidden")
    }

    /// With this code, for this reason: as much of it as fits into 123 bytes is said.
    pub fn new(code: CloseCode, reason: impl Into<Arc<str>>) -> Self {
        Self { code, reason: reason.into() }
    }
}

impl<C> Clone for Server<C> {
    fn clone(&self) -> Self {
        Self { sockets: self.sockets.clone(), _context: std::marker::PhantomData }
    }
}

impl<C> fmt::Debug for Server<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("graphql::Server").field("sockets", &self.sockets).finish()
    }
}
