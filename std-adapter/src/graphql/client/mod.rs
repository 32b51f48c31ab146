//! The side that asks: subscriptions that outlive connections, and one link that carries them.

mod builder;
mod dispatch;
mod error;
mod hub;
mod inbound;
mod protocol;
mod state;
mod subscription;

use std::fmt;
use std::sync::Arc;

use futures_util::StreamExt;

pub use builder::{ClientBuilder, ClientDriver};
pub use error::{SubscribeError, SubscriptionError};
pub use protocol::ClientProtocol;
pub use subscription::Subscription;

use super::{Json, Request};
use crate::ending::RequestFault;
use crate::ws::Message;
use hub::Hub;

/// A handle on a GraphQL client. Cheap to clone. When the last one is dropped, and the last [`Subscription`] with it, the link is stopped.
#[derive(Clone)]
pub struct Client(Arc<Owner>);

/// What becomes of a subscription that was begun on a connection that is lost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnLoss {
    /// It is begun again on the next connection. What happened in between is not told by the protocol.
    #[default]
    Resume,
    /// It ends with [`SubscriptionError::Lost`]: for mutations, and where a gap matters.
    EndWithError,
}

/// As long as somebody holds it, the link is kept alive.
pub(super) struct Owner {
    hub: Arc<Hub>,
    link: crate::Client<Message>,
}

impl Client {
    /// A client of this `ws://` or `wss://` URL, in the making.
    ///
    /// # Errors
    /// [`RequestFault`] says what is wrong with the URL.
    pub fn builder(url: &str) -> Result<ClientBuilder, RequestFault> {
        ClientBuilder::to(url)
    }

    /// Begins an operation, now or as soon as there is a connection, and again on every new one.
    ///
    /// # Errors
    /// [`SubscribeError`]: it is no GraphQL request, there are too many, or the client has ended.
    pub fn subscribe(&self, request: Request) -> Result<Subscription, SubscribeError> {
        self.subscribe_with(request, OnLoss::Resume)
    }

    /// As [`Client::subscribe`], with this policy.
    ///
    /// # Errors
    /// As [`Client::subscribe`].
    pub fn subscribe_with(&self, request: Request, on_loss: OnLoss) -> Result<Subscription, SubscribeError> {
        let id = self.0.hub.subscribe(&request.write(), on_loss)?;
        Ok(Subscription::new(self.0.clone(), id))
    }

    /// The result of a query or a mutation, which is never asked for twice: it fails when the connection is lost meanwhile.
    ///
    /// # Errors
    /// As [`Client::subscribe`] in [`SubscriptionError::Refused`]; or why there is no result.
    pub async fn ask(&self, request: Request) -> Result<Json, SubscriptionError> {
        let mut results = self.subscribe_with(request, OnLoss::EndWithError).map_err(SubscriptionError::Refused)?;
        results.next().await.unwrap_or(Err(SubscriptionError::NoResult))
    }

    /// The link: where it is, its numbers, to dial now instead of waiting. What is sent on it by hand is not seen here.
    #[must_use]
    pub fn link(&self) -> &crate::Client<Message> {
        &self.0.link
    }

    /// The payload of the last `connection_ack`.
    #[must_use]
    pub fn acknowledgement(&self) -> Option<Json> {
        self.0.hub.acknowledgement()
    }

    /// Subscriptions that have not ended.
    #[must_use]
    pub fn subscriptions(&self) -> usize {
        self.0.hub.live()
    }

    /// Closes the connection with 1000 and waits until nothing of it is left; it is not dialled again. Subscriptions end with
    /// [`SubscriptionError::Stopped`].
    pub async fn stop(&self) {
        self.0.hub.end(&SubscriptionError::Stopped);
        self.0.link.stop().await;
    }

    pub(super) const fn new(owner: Arc<Owner>) -> Self {
        Self(owner)
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        self.hub.orphan();
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("graphql::Client").field("link", self.link()).field("subscriptions", &self.subscriptions()).finish_non_exhaustive()
    }
}
