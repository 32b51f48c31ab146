//! One operation that executes: its results, as the user brings them.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use futures_core::Stream;
use futures_util::stream::{self, StreamExt};

use crate::graphql::Json;

/// An operation that executes. It is dropped as soon as its connection has ended, or its client has completed it.
pub struct Operation {
    pub(super) results: Results,
    pub(super) is_live: bool,
}

pub(super) type Results = Pin<Box<dyn Stream<Item = Result<Json, Failure>> + Send>>;

/// Why an operation has no more results.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// It cannot be executed, or not any further: an array of GraphQL errors with something in it. The client gets an `error`, and the
    /// operation has ended.
    Errors(Json),
    /// Something is wrong with the server itself: the connection is closed with 4500, for this reason.
    Internal(Arc<str>),
}

impl Operation {
    /// A query or a mutation: it has one result, an object, and is never run twice.
    pub fn once(result: impl Future<Output = Result<Json, Failure>> + Send + 'static) -> Self {
        Self { results: stream::once(result).boxed(), is_live: false }
    }

    /// A subscription: its results, objects, as they come. It is run again when its connection has a
    /// [new context](super::Server::reauthenticate).
    pub fn live(results: impl Stream<Item = Result<Json, Failure>> + Send + 'static) -> Self {
        Self { results: results.boxed(), is_live: true }
    }

    /// An operation that cannot be executed: an array of GraphQL errors with something in it.
    pub fn failed(errors: impl Into<Json>) -> Self {
        Self { results: stream::iter([Err(Failure::Errors(errors.into()))]).boxed(), is_live: false }
    }
}

impl fmt::Debug for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Operation").field("is_live", &self.is_live).finish_non_exhaustive()
    }
}
