//! Owns the future that makes a part happen: an election, a receiver, a worker.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// What makes an election, a receiver or a worker happen: to be polled until it ends.
///
/// Dropped before, everything stops at once: a lead is over and its lease ends by itself, connections are dropped, and what a worker
/// has in hand comes again, elsewhere.
#[must_use = "nothing happens but while this is polled"]
pub struct Driver(Pin<Box<dyn Future<Output = ()> + Send>>);

impl Driver {
    pub(crate) fn new(course: impl Future<Output = ()> + Send + 'static) -> Self {
        Self(Box::pin(course))
    }
}

impl Future for Driver {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        self.0.as_mut().poll(context)
    }
}

impl fmt::Debug for Driver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Driver").finish_non_exhaustive()
    }
}
