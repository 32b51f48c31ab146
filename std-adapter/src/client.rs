//! The handle: everything a user can wish of a link, from anywhere.

use std::fmt;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use relink_core::{Attempt, CloseCode};

use crate::entry::Entry;
use crate::outbox::Refusal;
use crate::receipt::{Receipt, SendError};
use crate::shared::Shared;
use crate::stats::Stats;
use crate::status::{LinkState, States};
use crate::wishes::Wish;

/// A handle on a link. Cheap to clone; when the last one is dropped, the link is stopped.
pub struct Client<M> {
    shared: Arc<Shared<M>>,
}

/// Sending.
impl<M> Client<M> {
    /// Sends a message; waits while the outbox is full and the connection makes room.
    ///
    /// `Ok` means accepted: it is written as soon as the link is up and the socket takes it. What becomes of it is told
    /// by [`Client::send_tracked`], and counted in [`Client::stats`]. Safe to cancel: then it was not accepted.
    ///
    /// # Errors
    /// [`SendError`] gives the message back: while the link is down the outbox refuses what does not fit; a link that has
    /// ended, or is about to, takes nothing.
    pub async fn send(&self, message: impl Into<M>) -> Result<(), SendError<M>> {
        match self.shared.push_plain(message.into()) {
            Ok(()) => Ok(()),
            Err((refusal, entry)) => self.push_later(refusal, entry).await,
        }
    }

    /// Sends a message if there is room for it now.
    ///
    /// # Errors
    /// As [`Client::send`], and [`SendError::Full`] also while the link is up.
    pub fn try_send(&self, message: impl Into<M>) -> Result<(), SendError<M>> {
        self.shared.push_plain(message.into()).map_err(|(refusal, entry)| refusal.of(entry.message))
    }

    /// Sends a message like [`Client::send`]; the receipt says what became of it.
    ///
    /// # Errors
    /// As [`Client::send`].
    pub async fn send_tracked(&self, message: impl Into<M>) -> Result<Receipt<M>, SendError<M>> {
        self.push_tracked(None, message.into()).await
    }

    /// Sends a message on the connection of this attempt and no other, current or not, draining or not: an acknowledgement
    /// where the peer expects it. The receipt says what became of it.
    ///
    /// # Errors
    /// As [`Client::send`], and [`SendError::Gone`] if that connection is gone.
    pub async fn send_on(&self, attempt: Attempt, message: impl Into<M>) -> Result<Receipt<M>, SendError<M>> {
        self.push_tracked(Some(attempt), message.into()).await
    }

    /// As [`Client::send_on`], if there is room for it now.
    ///
    /// # Errors
    /// As [`Client::send_on`], and [`SendError::Full`] also while the link is up.
    pub fn try_send_on(&self, attempt: Attempt, message: impl Into<M>) -> Result<Receipt<M>, SendError<M>> {
        let message = message.into();
        let weight = self.weight(&message);
        let (entry, receipt) = Entry::tracked(message, weight, Some(attempt));
        match self.shared.push(entry) {
            Ok(()) => Ok(receipt),
            Err((refusal, entry)) => Err(refusal.of(entry.message)),
        }
    }

    /// Takes back the messages that were accepted and handed to no connection, once the link has ended; nothing before.
    /// Those with a [`Receipt`] are told there.
    #[must_use]
    pub fn unsent(&self) -> Vec<M> {
        self.shared.outbox().unsent()
    }

    fn weight(&self, message: &M) -> u32 {
        self.shared.weight(message)
    }

    /// What a message may weigh: a heavier one is [`SendError::TooHeavy`].
    #[cfg(feature = "graphql")]
    pub(crate) fn heaviest(&self) -> u32 {
        self.shared.outbox().heaviest()
    }

    async fn push_tracked(&self, on: Option<Attempt>, message: M) -> Result<Receipt<M>, SendError<M>> {
        let weight = self.weight(&message);
        let (entry, receipt) = Entry::tracked(message, weight, on);
        match self.shared.push(entry) {
            Ok(()) => {}
            Err((refusal, entry)) => self.push_later(refusal, entry).await?,
        }
        Ok(receipt)
    }

    async fn push_later(&self, refusal: Refusal, mut entry: Entry<M>) -> Result<(), SendError<M>> {
        if refusal != Refusal::Wait {
            return Err(refusal.of(entry.message));
        }
        let _waiting = Waiting::on(&self.shared.waiting);
        loop {
            let mut room = pin!(self.shared.room.notified());
            room.as_mut().enable();
            entry = match self.shared.push(entry) {
                Err((Refusal::Wait, entry)) => entry,
                Err((refusal, entry)) => return Err(refusal.of(entry.message)),
                Ok(()) => {
                    // The driver wakes one sender; where there is room for more, they wake one another.
                    self.shared.room.notify_one();
                    return Ok(());
                }
            };
            room.await;
        }
    }
}

/// The link's life.
impl<M> Client<M> {
    /// Dials now instead of waiting, but never below what a `Retry-After` or the least gap between dials demands. Starts a
    /// link that was built [lazy](crate::Builder::lazy), or one that has ended and is
    /// [restartable](crate::Builder::restartable), afresh; during a stop, it starts afresh afterwards.
    pub fn retry_now(&self) {
        let driver_sleeps = self.shared.outbox().wish_start();
        self.shared.wake_driver_if(driver_sleeps);
    }

    /// Replaces the connection by a new one: beside it, if the configuration allows an overlap, else after it.
    pub fn renew(&self) {
        let driver_sleeps = self.shared.outbox().wish_renewal();
        self.shared.wake_driver_if(driver_sleeps);
    }

    /// Stops the link with close code 1000 and waits until nothing of it is left; at most the configured `closing_timeout`.
    ///
    /// What was accepted for sending before and fits into the socket is still written. The wish counts from the call on, the
    /// wait may be cancelled. If somebody starts the link again meanwhile, the wait is over when what was there is gone.
    ///
    /// It is the driver that stops the link: it has to be polled meanwhile, or dropped. Of one that was
    /// [built](crate::Builder::build) and never polled nothing is there yet, so the wait is over at once; it will not dial.
    pub async fn stop(&self) {
        self.stop_with(CloseCode::NORMAL).await;
    }

    /// As [`Client::stop`], with this close code.
    pub async fn stop_with(&self, code: CloseCode) {
        self.end(Wish::Stop(code)).await;
    }

    /// Stops the link once all that was accepted for sending is written, or `within` this time, and waits until nothing of
    /// it is left. A link that is down ends at once. Messages go on coming in meanwhile.
    pub async fn drain(&self, within: Duration) {
        self.drain_with(within, CloseCode::NORMAL).await;
    }

    /// As [`Client::drain`], with this close code.
    pub async fn drain_with(&self, within: Duration, code: CloseCode) {
        let now = tokio::time::Instant::now();
        let until = now.checked_add(within).unwrap_or(now + FAR);
        self.end(Wish::Drain(until, code)).await;
    }

    /// Wishes for the link's end without waiting for it.
    #[cfg(feature = "server")]
    pub(crate) fn wish_stop(&self, code: CloseCode) {
        let driver_sleeps = self.shared.outbox().wish(Wish::Stop(code));
        self.shared.wake_driver_if(driver_sleeps);
    }

    async fn end(&self, wish: Wish) {
        let driver_sleeps = self.shared.outbox().wish(wish);
        self.shared.wake_driver_if(driver_sleeps);
        self.shared.over().await;
    }
}

/// Looking on.
impl<M> Client<M> {
    /// Where the link is.
    #[must_use]
    pub fn state(&self) -> LinkState {
        self.shared.status().state
    }

    /// The states from now on, as they change.
    #[must_use]
    pub fn states(&self) -> States<M> {
        States::new(self.shared.clone())
    }

    /// Waits until the link is up and says on which attempt. `None` once it has ended: it was stopped or has given up,
    /// [`Client::state`] says which. One that is [restartable](crate::Builder::restartable) rests then: after [`Client::retry_now`]
    /// this waits again. It waits for as long as nobody starts a link that was built [lazy](crate::Builder::lazy), or polls
    /// its driver.
    pub async fn ready(&self) -> Option<Attempt> {
        self.shared.up().await
    }

    /// The link's numbers.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.shared.stats()
    }

    pub(crate) const fn new(shared: Arc<Shared<M>>) -> Self {
        Self { shared }
    }
}

impl<M> Clone for Client<M> {
    fn clone(&self) -> Self {
        self.shared.clients.fetch_add(1, Ordering::Relaxed);
        Self { shared: self.shared.clone() }
    }
}

impl<M> Drop for Client<M> {
    fn drop(&mut self) {
        if self.shared.clients.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.shared.orphan(Wish::Stop(CloseCode::NORMAL));
        }
    }
}

impl<M> fmt::Debug for Client<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("state", &self.state()).finish_non_exhaustive()
    }
}

/// A sender that waits for room is counted, so that the driver need not look for it when there is none.
struct Waiting<'a>(&'a AtomicU32);

impl<'a> Waiting<'a> {
    fn on(count: &'a AtomicU32) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Refusal {
    fn of<M>(self, message: M) -> SendError<M> {
        match self {
            Self::Wait | Self::Full | Self::Dropped => SendError::Full(message),
            Self::TooHeavy => SendError::TooHeavy(message),
            Self::Gone => SendError::Gone(message),
            Self::Ended => SendError::Ended(message),
        }
    }
}

/// What "for ever" means to a clock that cannot show it.
const FAR: Duration = Duration::from_secs(86_400 * 365);
