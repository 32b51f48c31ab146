//! Owns the reconnect loop people write first, over plain tokio-tungstenite: dial, read, and dial again when that fails.
//!
//! Neither its dial nor its reading has a deadline, it sends no ping, and it forgives at once. The second form makes the
//! mistake of an event emitter: the `error` and the `close` of one failed dial each schedule the next one.

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::time::{sleep, timeout};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;

use super::tally::{Count, Tally, Waiting};

/// How the loop behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Habits {
    /// The pause before each dial but the first; zero dials at once.
    pub pause: Duration,
    /// What a dial that failed leads to.
    pub retries: Retries,
    /// After so many dials the loop stops, so that it does not fill the machine.
    pub dials_max: usize,
}

/// What a dial that failed leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retries {
    /// One more dial.
    One,
    /// Two more dials: one for its `error`, one for its `close`.
    OneForErrorOneForClose,
}

impl Habits {
    /// Dials again at once.
    pub const AT_ONCE: Self = Self { pause: Duration::ZERO, retries: Retries::One, dials_max: usize::MAX };
    /// Dials again after a second.
    pub const EVERY_SECOND: Self = Self { pause: Duration::from_secs(1), ..Self::AT_ONCE };

    /// Schedules a dial for the `error` and one for the `close` of each that failed, after `pause`; stops after 4,096 dials.
    #[must_use]
    pub const fn doubling(pause: Duration) -> Self {
        Self { pause, retries: Retries::OneForErrorOneForClose, dials_max: 4096 }
    }
}

/// Runs the loop against `url` for so long, and counts what it did and where it hangs at the end.
pub async fn watch(url: &str, habits: Habits, duration: Duration) -> Count {
    let tally = Tally::default();
    let mut running = std::pin::pin!(run(url, habits, &tally));
    let _ = timeout(duration, running.as_mut()).await;
    // Counted before the loop is dropped: where it hangs is part of it.
    tally.count()
}

/// Runs the loop until it is dropped or has made [`Habits::dials_max`] dials.
pub async fn run(url: &str, habits: Habits, tally: &Tally) {
    match habits.retries {
        Retries::One => one_by_one(url, habits, tally).await,
        Retries::OneForErrorOneForClose => doubling(url, habits, tally).await,
    }
}

async fn one_by_one(url: &str, habits: Habits, tally: &Tally) {
    while tally.dial(habits.dials_max) {
        let _ = connection(url, tally).await;
        pause(habits.pause).await;
    }
}

async fn doubling(url: &str, habits: Habits, tally: &Tally) {
    let later = || async move {
        pause(habits.pause).await;
        if tally.dial(habits.dials_max) { Some(connection(url, tally).await) } else { None }
    };
    let mut scheduled = FuturesUnordered::new();
    if tally.dial(habits.dials_max) {
        let (on_error, on_close) = (later(), later());
        if connection(url, tally).await.is_err() {
            scheduled.push(on_error);
        }
        scheduled.push(on_close);
    }
    while let Some(ended) = scheduled.next().await {
        let Some(ended) = ended else { continue };
        if ended.is_err() {
            scheduled.push(later());
        }
        scheduled.push(later());
    }
}

/// One dial and what comes in on it, until that ends: nothing here has a deadline. `Err` if the dial failed.
async fn connection(url: &str, tally: &Tally) -> Result<(), ()> {
    let opening = tally.waits(Waiting::ForOpening);
    let Ok((mut socket, _)) = connect_async(url).await else { return Err(()) };
    drop(opening);
    tally.up();
    loop {
        let message = tally.waits(Waiting::ForMessage);
        let received = socket.next().await;
        drop(message);
        match received {
            Some(Ok(Message::Text(text))) => tally.text(&text),
            Some(Ok(_)) => {}
            Some(Err(_)) | None => break,
        }
    }
    tally.down();
    Ok(())
}

/// Even a sleep of no time takes the runtime's timer a millisecond.
async fn pause(duration: Duration) {
    if !duration.is_zero() {
        sleep(duration).await;
    }
}
