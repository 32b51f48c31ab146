//! Any WebSocket client, or whatever else a link's transport carries, as a source.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use relink_tokio::{Attempt, Builder, Client, Driver, Event, Events, Transport};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout};

use super::options::ANSWER_WITHIN;
use super::source::{Ack, Feed, Item, Nature, News, Source, Unsent};
use crate::{Envelope, Hold};

/// More than a receiver ever has in hand of one link.
const IN_HAND_MAX: u32 = 1 << 20;

/// A link as a source: one for each lead, made anew by a function, its messages understood by another.
///
/// What the peer does not want acknowledged, or does not send again ([`Reading::ack`], [`Reading::nature`]), is lost where the queue does not
/// confirm it in time: give it [more time](SocketSource::within).
pub struct SocketSource<T: Transport, B, R> {
    build: B,
    read: Arc<R>,
    within: Duration,
    transport: std::marker::PhantomData<fn() -> T>,
}

/// What is in a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading<M> {
    /// What makes it the same when it comes again: as an [`Envelope`]'s.
    pub id: Box<str>,
    /// What is kept in order: as an [`Envelope`]'s.
    pub key: Box<str>,
    /// What the worker gets.
    pub payload: Bytes,
    /// What follows where it is not acknowledged.
    pub nature: Nature,
    /// What is sent back, on the connection that brought it, when it is stored; `None` where the peer wants nothing.
    pub ack: Option<M>,
}

impl<T, B, R> SocketSource<T, B, R>
where
    T: Transport,
    B: FnMut(&Hold) -> Builder<T> + Send + 'static,
    R: Fn(&T::Message) -> Option<Reading<T::Message>> + Send + Sync + 'static,
{
    /// Links made by `build`, one a lead, whose messages are understood by `read`; what it does not understand is none of the queue's.
    pub fn new(build: B, read: R) -> Self {
        Self { build, read: Arc::new(read), within: ANSWER_WITHIN, transport: std::marker::PhantomData }
    }

    /// How long the peer waits for an acknowledgement, less the way back; 2.5 s by default.
    #[must_use]
    pub fn within(mut self, within: Duration) -> Self {
        self.within = within;
        self
    }
}

impl<T, B, R> Source for SocketSource<T, B, R>
where
    T: Transport + 'static,
    T::Message: Send + 'static,
    Driver<T>: Send,
    B: FnMut(&Hold) -> Builder<T> + Send + 'static,
    R: Fn(&T::Message) -> Option<Reading<T::Message>> + Send + Sync + 'static,
{
    type Feed = SocketFeed<T, R>;

    fn dial(&mut self, hold: &Hold) -> Result<SocketFeed<T, R>, Box<dyn std::error::Error + Send + Sync>> {
        let (client, events, driver) = (self.build)(hold).build();
        Ok(SocketFeed {
            client,
            events,
            driver: Some(Box::pin(driver)),
            read: Arc::clone(&self.read),
            within: self.within,
            in_hand: Arc::new(Semaphore::new(IN_HAND_MAX as usize)),
            ending: None,
        })
    }
}

/// A link, and what runs it: nothing of it is left when it is dropped.
pub struct SocketFeed<T: Transport, R> {
    client: Client<T::Message>,
    events: Events<T::Message>,
    driver: Option<Pin<Box<Driver<T>>>>,
    read: Arc<R>,
    within: Duration,
    /// A permit for each that waits to be acknowledged.
    in_hand: Arc<Semaphore>,
    ending: Option<BoxFuture<'static, ()>>,
}

/// Where the acknowledgement goes.
pub struct SocketAck<M> {
    client: Client<M>,
    attempt: Attempt,
    ack: Option<M>,
    _in_hand: Option<OwnedSemaphorePermit>,
}

impl<T, R> Feed for SocketFeed<T, R>
where
    T: Transport + 'static,
    T::Message: Send + 'static,
    Driver<T>: Send,
    R: Fn(&T::Message) -> Option<Reading<T::Message>> + Send + Sync + 'static,
{
    type Ack = SocketAck<T::Message>;

    async fn next(&mut self) -> Option<News<Self::Ack>> {
        loop {
            let event = tokio::select! {
                biased;
                event = self.events.next() => event?,
                _end = run(&mut self.driver) => {
                    self.driver = None;
                    continue;
                }
                () = run(&mut self.ending) => {
                    self.ending = None;
                    continue;
                }
            };
            match event {
                Event::Up { .. } => return Some(News::Up),
                Event::Down { .. } | Event::Failed { .. } => return Some(News::Down),
                Event::Message { attempt, message } => {
                    if let Some(item) = self.item(attempt, &message) {
                        return Some(News::Item(item));
                    }
                }
                Event::Renewed { .. } => {}
                Event::GaveUp { why } => tracing::error!(%why, "the link has given up"),
            }
        }
    }

    fn drain(&mut self, until: Instant) {
        let (client, in_hand) = (self.client.clone(), Arc::clone(&self.in_hand));
        // Half of the time is for the Close.
        let within = until.saturating_duration_since(Instant::now()) / 2;
        self.ending = Some(
            async move {
                let _ = timeout(within, in_hand.acquire_many(IN_HAND_MAX)).await;
                client.stop().await;
            }
            .boxed(),
        );
    }
}

impl<T: Transport, R: Fn(&T::Message) -> Option<Reading<T::Message>>> SocketFeed<T, R> {
    fn item(&self, attempt: Attempt, message: &T::Message) -> Option<Item<SocketAck<T::Message>>> {
        let Reading { id, key, payload, nature, ack } = (self.read)(message)?;
        let in_hand = Arc::clone(&self.in_hand).try_acquire_owned().ok();
        let ack = SocketAck { client: self.client.clone(), attempt, ack, _in_hand: in_hand };
        Some(Item { envelope: Envelope { id, key, payload }, nature, within: self.within, ack })
    }
}

async fn run<F: Future + Unpin>(future: &mut Option<F>) -> F::Output {
    match future {
        Some(future) => future.await,
        None => std::future::pending().await,
    }
}

impl<M: Send + 'static> Ack for SocketAck<M> {
    fn acknowledge(self, answer: Option<&[u8]>) -> Result<(), Unsent> {
        if let Some(ack) = self.ack {
            self.client.try_send_on(self.attempt, ack).map_err(|_| Unsent::Gone)?;
        }
        if answer.is_some_and(|answer| !answer.is_empty()) { Err(Unsent::WithoutAnswer) } else { Ok(()) }
    }
}

impl<T: Transport, R> fmt::Debug for SocketFeed<T, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SocketFeed").field("client", &self.client).finish_non_exhaustive()
    }
}

impl<M> fmt::Debug for SocketAck<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SocketAck").field("attempt", &self.attempt).finish_non_exhaustive()
    }
}

impl<T: Transport, B, R> fmt::Debug for SocketSource<T, B, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SocketSource").field("within", &self.within).finish_non_exhaustive()
    }
}
