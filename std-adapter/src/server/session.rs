//! What the user's future has of its connection.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use relink_core::CloseCode;
use relink_core::registry::Key;
use tungstenite::http::Extensions;

use crate::client::Client;
use crate::events::{Event, Events};
use crate::receipt::SendError;
use crate::redaction::ForeignName;
use crate::ws::Message;

/// One accepted connection, in the hands of its future. When that ends, the connection is closed with 1000; when it panics,
/// with 1011, and nobody else is harmed.
pub struct Session {
    key: Key,
    about: Arc<About>,
    client: Client<Message>,
    events: Events<Message>,
}

/// What is known of a connection as long as it is there.
#[derive(Default)]
pub struct About {
    pub(super) remote: Option<SocketAddr>,
    pub(super) identity: Option<Arc<str>>,
    pub(super) subprotocol: Option<Box<str>>,
    pub(super) extensions: Extensions,
    /// The code with which its session wants to end; 0: none in particular.
    pub(super) end_code: AtomicU16,
}

impl Session {
    pub(super) const fn new(key: Key, about: Arc<About>, client: Client<Message>, events: Events<Message>) -> Self {
        Self { key, about, client, events }
    }

    /// The next message; `None` once the connection has ended. Safe to cancel. What the peer has said before the protocol accepted it
    /// comes first.
    ///
    /// While nobody asks, what comes in waits, up to [`Builder::inbox`](super::Builder::inbox); then the peer is slowed down.
    pub async fn next(&mut self) -> Option<Message> {
        loop {
            match self.events.next().await? {
                Event::Message { message, .. } => return Some(message),
                Event::Up { .. } | Event::Renewed { .. } => {}
                Event::Down { .. } | Event::Failed { .. } | Event::GaveUp { .. } => return None,
            }
        }
    }

    /// Sends a message; waits while there is no room for it.
    ///
    /// # Errors
    /// [`SendError`] gives the message back: the connection has ended, or is about to.
    pub async fn send(&self, message: impl Into<Message>) -> Result<(), SendError<Message>> {
        self.client.send(message).await
    }

    /// The code with which the connection is closed when its future has ended, in place of 1000.
    pub fn end_with(&self, code: CloseCode) {
        self.about.end_code.store(code.get(), Ordering::Relaxed);
    }

    /// Its name in the [`Server`](super::Server), under which anybody can send to it.
    #[must_use]
    pub const fn key(&self) -> Key {
        self.key
    }

    /// What is known of it.
    #[must_use]
    pub const fn about(&self) -> &Arc<About> {
        &self.about
    }

    /// The handle on the link: to send without waiting or tracked, to look at its numbers. To close with a code there is
    /// [`Session::end_with`], which the record knows of.
    #[must_use]
    pub const fn client(&self) -> &Client<Message> {
        &self.client
    }
}

impl About {
    pub(super) fn end_code(&self) -> CloseCode {
        match self.end_code.load(Ordering::Relaxed) {
            0 => CloseCode::NORMAL,
            code => CloseCode::new(code),
        }
    }

    /// Whence it came, where that is known.
    #[must_use]
    pub const fn remote(&self) -> Option<SocketAddr> {
        self.remote
    }

    /// Who it is, if the gate knew.
    #[must_use]
    pub fn identity(&self) -> Option<&str> {
        self.identity.as_deref()
    }

    /// The subprotocol that was agreed upon.
    #[must_use]
    pub fn subprotocol(&self) -> Option<&str> {
        self.subprotocol.as_deref()
    }

    /// What the gate has kept ([`Admission::with`](super::Admission::with)).
    #[must_use]
    pub fn get<T: Send + Sync + 'static>(&self) -> Option<&T> {
        self.extensions.get()
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("key", &self.key).field("about", &self.about).finish_non_exhaustive()
    }
}

impl fmt::Debug for About {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { remote, identity, subprotocol, extensions: _, end_code: _ } = self;
        f.debug_struct("About")
            .field("remote", remote)
            .field("identity", identity)
            .field("subprotocol", &subprotocol.as_deref().map(ForeignName))
            .finish_non_exhaustive()
    }
}
