//! The accepting side: WebSocket connections that end properly, each one by itself and all of them together.
//!
//! ```no_run
//! use relink_tokio::server::{Admission, Plan, Rejection, Server};
//! use tokio::net::TcpListener;
//!
//! #[tokio::main]
//! async fn main() -> std::io::Result<()> {
//!     let server = Server::builder()
//!         // Asked before the upgrade is answered: who is refused here never had a session.
//!         .gate(|upgrade| async move {
//!             match upgrade.bearer() {
//!                 Some("the right token") => Ok(Admission::new().identity(upgrade.header("x-self-id").unwrap_or_default())),
//!                 Some(_) => Err(Rejection::forbidden("this token is not valid")),
//!                 None => Err(Rejection::unauthorized("a token is needed: Authorization: Bearer …")),
//!             }
//!         })
//!         // One future a connection; it ends with it.
//!         .serve(|mut session| async move {
//!             while let Some(message) = session.next().await {
//!                 session.send(message).await.ok();
//!             }
//!         });
//!     let listener = TcpListener::bind("127.0.0.1:8080").await?;
//!     // Until SIGTERM or Ctrl-C; then everybody is told, closes are spread over 5 s, and nobody is left.
//!     let report = server.run(listener, Plan::DEFAULT).await;
//!     println!("{report:?}");
//!     Ok(())
//! }
//! ```
//!
//! An accepted connection is a link that is not dialled again: the same [core](crate::core) decides about its deadlines, its
//! pings and its end, and each connection has **one** task, in which its driver and the user's future take turns. There is no
//! actor over all of them: the [`Server`] is a handle on a table, behind a lock that is never held over an await.
//!
//! | how to | see |
//! |---|---|
//! | let in some and not others, and know who is who | [`Builder::gate`], [`Builder::origins`], [`Builder::limits`] |
//! | send to one, to all, whether they are still there or not | [`Server::send`], [`Server::broadcast`] |
//! | stop without leaving anybody hanging | [`Server::drain`], [`Server::run`] |
//! | end the sessions of a token that has changed | [`Server::end_where`] |
//! | learn how each connection ended | [`Builder::on_end`] → [`Record`] |
//! | watch it | [`Server::stats`], [`Server::is_ready`], [counters](crate#counters), [logs](crate#logs) |
//! | run it inside an HTTP server, axum for instance | [`Server::upgrade`] |

mod accepting;
mod answer;
mod builder;
mod connection;
mod drain;
mod gate;
mod guest;
mod house;
#[cfg(feature = "hyper")]
mod hyper;
mod listen;
mod record;
mod replaced;
mod session;
mod stats;
mod trace;
mod upgrade;

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use relink_core::CloseCode;
pub use relink_core::registry::Key;
use tokio_rustls::rustls;
pub use tungstenite::http;

pub use builder::{Builder, Limits, Slow};
pub use drain::{Plan, Report};
pub use gate::{Admission, Rejection, ReservedHeader};
pub use listen::terminated;
pub use record::{Cause, Record};
pub use session::{About, Session};
pub use stats::Stats;
pub use upgrade::Upgrade;

use crate::receipt::SendError;
use crate::ws::{Duplex, Message, Plain, Protocol};
use connection::Entrance;
use house::House;

/// A handle on a server: on all connections it has accepted. Cheap to clone.
///
/// Dropping it ends nothing: the connections are tasks of their own. [`Server::drain`] ends them.
pub struct Server<P = Plain> {
    house: Arc<House<P>>,
}

impl Server {
    /// A server in the making.
    pub fn builder() -> Builder {
        Builder::new()
    }
}

/// Accepting.
impl<P: Protocol> Server<P> {
    /// Takes in a byte stream: the request is read from it, and answered, in a task of its own. `remote`: whence it came, for the
    /// limit by address.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn accept(&self, stream: impl Duplex, remote: Option<SocketAddr>) {
        connection::enter(&self.house, Entrance::Stream(Box::new(stream)), remote);
    }

    /// As [`Server::accept`], with TLS: the handshake counts against the same deadline as the request.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn accept_tls(&self, stream: impl Duplex, remote: Option<SocketAddr>, config: Arc<rustls::ServerConfig>) {
        connection::enter(&self.house, Entrance::Tls(Box::new(stream), config), remote);
    }
}

/// Talking to those who are there.
impl<P: Protocol> Server<P> {
    /// Sends a message to one connection, without waiting.
    ///
    /// # Errors
    /// [`SendError::Gone`]: it has ended, which is counted and harms nobody. [`SendError::Full`]: it takes its messages too slowly;
    /// with [`Slow::Close`] it is closed for that.
    pub fn send(&self, to: Key, message: impl Into<Message>) -> Result<(), SendError<Message>> {
        self.house.send(to, message.into())
    }

    /// Sends a message to the connection that serves with this identity.
    ///
    /// # Errors
    /// As [`Server::send`].
    pub fn send_to(&self, identity: &str, message: impl Into<Message>) -> Result<(), SendError<Message>> {
        match self.house.find(identity) {
            Some(key) => self.send(key, message),
            None => Err(SendError::Gone(message.into())),
        }
    }

    /// Sends a message to everybody who was let in, without waiting for anybody. Says how many took it; who is too slow is treated as by
    /// [`Server::send`].
    pub fn broadcast(&self, message: impl Into<Message>) -> usize {
        self.house.broadcast(&message.into())
    }

    /// Who serves with this identity.
    #[must_use]
    pub fn find(&self, identity: &str) -> Option<Key> {
        self.house.find(identity)
    }

    /// What is known of a connection, while it is there.
    #[must_use]
    pub fn about(&self, key: Key) -> Option<Arc<About>> {
        self.house.about(key)
    }

    /// Everybody who is there now, and was let in: who is still being judged is nobody's business.
    #[must_use]
    pub fn keys(&self) -> Vec<Key> {
        self.house.keys()
    }

    /// Closes one connection with this code. Says whether it was there; one that is gone is counted.
    pub fn end(&self, key: Key, code: CloseCode) -> bool {
        self.house.end(key, Cause::Ended, code)
    }

    /// Closes those connections of which this is true, with 1008 for a token that is no longer valid for instance. Says how many.
    ///
    /// Who is being let in at this moment does not slip through. Where the gate has answered by what it knew before, and this is true
    /// of what came of it, the gate is asked once more; if it happens a third time, the answer is 503. So for a token that changes:
    /// first let the gate know of the new one, then call this. The others are not disturbed; a new listener can take the old one's
    /// place meanwhile ([`Server::listen`]).
    ///
    /// ```
    /// use std::sync::{Arc, RwLock};
    /// use relink_tokio::CloseCode;
    /// use relink_tokio::server::{Admission, Rejection, Server};
    ///
    /// let valid = Arc::new(RwLock::new(String::from("old")));
    /// let shown = valid.clone();
    /// let server = Server::builder()
    ///     .gate(move |upgrade| {
    ///         let token = upgrade.bearer().unwrap_or_default().to_owned();
    ///         let is_valid = *shown.read().unwrap() == token;
    ///         async move { if is_valid { Ok(Admission::new().with(token)) } else { Err(Rejection::unauthorized("which token?")) } }
    ///     })
    ///     .serve(|mut session| async move { while session.next().await.is_some() {} });
    ///
    /// *valid.write().unwrap() = "new".into();
    /// server.end_where(CloseCode::POLICY, |about| about.get::<String>().is_some_and(|token| token == "old"));
    /// ```
    pub fn end_where(&self, code: CloseCode, is_to_end: impl Fn(&About) -> bool + Send + Sync + 'static) -> usize {
        let is_to_end: guest::IsToEnd = Arc::new(is_to_end);
        self.house.end_where(code, &is_to_end)
    }
}

/// Looking on.
impl<P> Server<P> {
    /// The server's numbers.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.house.stats()
    }

    /// Whether new connections are let in: false from the beginning of a drain on. For a readiness probe.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        !self.house.is_draining()
    }
}

/// A handle that does not keep the server's table: for what is in it.
#[cfg(feature = "onebot")]
pub(crate) struct WeakServer<P>(std::sync::Weak<House<P>>);

#[cfg(feature = "onebot")]
impl<P> Server<P> {
    pub(crate) fn downgrade(&self) -> WeakServer<P> {
        WeakServer(Arc::downgrade(&self.house))
    }

    /// Closes a connection that takes its messages too slowly, where going on would leave a gap in them.
    pub(crate) fn end_slow(&self, key: Key) {
        let code = match self.house.settings.slow {
            Slow::Close(code) => code,
            Slow::Refuse => builder::TRY_AGAIN_LATER,
        };
        self.house.end_own(key, Cause::Slow, code);
    }
}

#[cfg(feature = "onebot")]
impl<P> WeakServer<P> {
    pub(crate) fn upgrade(&self) -> Option<Server<P>> {
        self.0.upgrade().map(|house| Server { house })
    }
}

impl<P> Clone for Server<P> {
    fn clone(&self) -> Self {
        Self { house: self.house.clone() }
    }
}

impl<P> fmt::Debug for Server<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("stats", &self.stats()).finish_non_exhaustive()
    }
}
