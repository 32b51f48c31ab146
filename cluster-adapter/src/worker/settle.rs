//! Owns the answer to a delivery: given until it is confirmed.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::Delivery;

/// What is said of a delivery at last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// It is done.
    Done,
    /// It is handed back, to be delivered at once.
    Back,
    /// Nobody can do it.
    Dead(Box<str>),
}

/// What has become of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Settled {
    pub(super) sequence: u64,
    pub(super) is_confirmed: bool,
}

const PAUSE: Duration = Duration::from_millis(250);

/// Gives the answer until it is confirmed, or it is that time.
pub(super) async fn settle<D: Delivery>(delivery: &D, answer: &Answer, until: Instant) -> Settled {
    let sequence = delivery.sequence();
    loop {
        let said = match answer {
            Answer::Done => delivery.ack().await,
            Answer::Back => delivery.nack(Duration::ZERO).await,
            Answer::Dead(reason) => delivery.dead_letter(reason).await,
        };
        let Err(fault) = said else { return Settled { sequence, is_confirmed: true } };
        let is_over = Instant::now() + PAUSE >= until;
        tracing::debug!(sequence, ?answer, %fault, is_over, "the queue has not confirmed an answer");
        if is_over {
            return Settled { sequence, is_confirmed: false };
        }
        sleep(PAUSE).await;
    }
}
