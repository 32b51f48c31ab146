//! What a subscriber holds: the stream of its results.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_core::Stream;

use super::{Client, Owner, SubscriptionError};
use crate::graphql::Json;

/// The results of an operation, as they come, over however many connections. It ends with the server's `complete`, or with an error, which
/// is the last thing it says. Dropping it completes the operation.
#[must_use = "dropping it completes the operation"]
pub struct Subscription {
    owner: Arc<Owner>,
    id: u64,
}

impl Subscription {
    pub(super) const fn new(owner: Arc<Owner>, id: u64) -> Self {
        Self { owner, id }
    }

    /// The client.
    #[must_use]
    pub fn client(&self) -> Client {
        Client::new(self.owner.clone())
    }
}

impl Stream for Subscription {
    type Item = Result<Json, SubscriptionError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let turn = std::task::ready!(tokio::task::coop::poll_proceed(cx));
        let next = self.owner.hub.poll(self.id, cx);
        if next.is_ready() {
            turn.made_progress();
        }
        next
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.owner.hub.unsubscribe(self.id);
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription").field("id", &self.id).finish_non_exhaustive()
    }
}
