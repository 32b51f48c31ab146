//! The two closures a user may bring: the provider of requests, and the connector of byte streams.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;

use relink_core::{Attempt, Verdict};
use tokio::io::{AsyncRead, AsyncWrite};

use super::{Request, Target};
use crate::ending::{Ending, RequestFault};
use crate::redaction::ForeignError;

/// A byte stream that WebSocket can run over.
pub trait Duplex: AsyncRead + AsyncWrite + Send + Unpin + 'static {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin + 'static> Duplex for S {}

pub(crate) type Socket = Box<dyn Duplex>;
type Later<T> = Pin<Box<dyn Future<Output = T> + Send>>;
pub(super) type Provider = Box<dyn FnMut(Attempt) -> Later<Result<Request, ProvideError>> + Send>;
pub(super) type Connector = Arc<dyn Fn(Target) -> Later<io::Result<Socket>> + Send + Sync>;

pub(super) fn provider<F, R>(mut provide: F) -> Provider
where
    F: FnMut(Attempt) -> R + Send + 'static,
    R: Future<Output = Result<Request, ProvideError>> + Send + 'static,
{
    Box::new(move |attempt| Box::pin(provide(attempt)))
}

pub(super) fn connector<F, R, S>(connect: F) -> Connector
where
    F: Fn(Target) -> R + Send + Sync + 'static,
    R: Future<Output = io::Result<S>> + Send + 'static,
    S: Duplex,
{
    Arc::new(move |target| {
        let stream = connect(target);
        Box::pin(async move { Ok(Box::new(stream.await?) as Socket) })
    })
}

/// Why a provider has no request for an attempt. `?` makes one of any error, to be retried by the policy.
///
/// Not an `Error` itself, or that conversion could not exist.
pub struct ProvideError {
    error: Box<dyn Error + Send + Sync>,
    verdict: Verdict,
}

impl ProvideError {
    /// An error with a verdict of its own: [`Verdict::GiveUp`] for a revoked token, [`Verdict::Postpone`] for a spent budget …
    pub fn new(error: impl Into<Box<dyn Error + Send + Sync>>, verdict: Verdict) -> Self {
        Self { error: error.into(), verdict }
    }
}

impl<E: Into<Box<dyn Error + Send + Sync>>> From<E> for ProvideError {
    fn from(error: E) -> Self {
        Self::new(error, Verdict::Retry)
    }
}

/// A request that could not be built, by `?` on [`Request::new`], stays what it is.
impl From<ProvideError> for Ending {
    fn from(failed: ProvideError) -> Self {
        match failed.error.downcast::<RequestFault>() {
            Ok(fault) => Self::Request(*fault),
            Err(error) => Self::Provider(Arc::from(error), failed.verdict),
        }
    }
}

impl fmt::Display for ProvideError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        ForeignError(&*self.error).fmt(f)
    }
}

impl fmt::Debug for ProvideError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProvideError").field("error", &ForeignError(&*self.error)).field("verdict", &self.verdict).finish()
    }
}
