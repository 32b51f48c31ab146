//! What is done about one item, until its time is up: it is stored, or a worker is asked.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::time::{Instant, sleep, timeout_at};

use super::judge::Outcome;
use crate::{AskError, Engine, Envelope, PublishError, Publisher, Stored};

/// The pause before another try.
const PAUSE: Duration = Duration::from_millis(50);

/// What became of it.
#[derive(Debug)]
pub(super) struct Settled {
    pub(super) outcome: Outcome,
    pub(super) stored: Option<Stored>,
    pub(super) answer: Option<Bytes>,
    pub(super) retries: u64,
}

impl Settled {
    pub(super) const fn new(outcome: Outcome) -> Self {
        Self { outcome, stored: None, answer: None, retries: 0 }
    }
}

/// Puts it into the lanes of a leader.
pub(super) async fn store<E: Engine>(publisher: Arc<Publisher<E>>, envelope: Envelope, until: Instant) -> Settled {
    keep_trying(&envelope, until, || publisher.publish(&envelope)).await
}

/// Puts it beside the lanes.
#[cfg(feature = "http")]
pub(super) async fn store_unfenced<E: Engine>(engine: &E, envelope: &Envelope, until: Instant) -> Settled {
    keep_trying(envelope, until, || async { crate::store(engine, envelope).await.map_err(PublishError::Fault) }).await
}

/// Whatever the outcome of one try, the next one is safe: the id is the same.
async fn keep_trying<F>(envelope: &Envelope, until: Instant, publish: impl Fn() -> F) -> Settled
where
    F: Future<Output = Result<Stored, PublishError>>,
{
    let mut retries = 0;
    let stored = timeout_at(until, async {
        loop {
            match publish().await {
                Ok(stored) => return Ok(stored),
                Err(PublishError::Fenced { .. }) => return Err(Outcome::Fenced),
                Err(PublishError::Fault(fault)) if fault.is_final() => {
                    tracing::error!(id = %envelope.id, key = %envelope.key, %fault, "the queue never takes this");
                    return Err(Outcome::Refused);
                }
                Err(PublishError::Fault(fault)) => tracing::debug!(id = %envelope.id, %fault, "not stored yet"),
            }
            retries += 1;
            sleep(PAUSE).await;
        }
    });
    match stored.await {
        Ok(Ok(stored)) => Settled { stored: Some(stored), retries, ..Settled::new(Outcome::Stored) },
        Ok(Err(outcome)) => Settled { retries, ..Settled::new(outcome) },
        Err(_) => Settled { retries, ..Settled::new(Outcome::Unconfirmed) },
    }
}

/// Asks a worker. Asked again only where nobody was asked.
pub(super) async fn ask<E: Engine>(engine: E, envelope: Envelope, until: Instant) -> Settled {
    let mut retries = 0;
    loop {
        match engine.ask(&envelope, until).await {
            Ok(answer) => return Settled { answer: Some(answer), retries, ..Settled::new(Outcome::Answered) },
            Err(AskError::Nobody) if Instant::now() + PAUSE < until => {}
            Err(why) => {
                tracing::warn!(id = %envelope.id, key = %envelope.key, %why, "a question is not answered");
                return Settled { retries, ..Settled::new(Outcome::Unanswered) };
            }
        }
        retries += 1;
        sleep(PAUSE).await;
    }
}
