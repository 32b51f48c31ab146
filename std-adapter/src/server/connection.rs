//! One connection, from its entrance to its record: one task, in which its driver and the session's future take turns.

use std::future::{Future, poll_fn};
use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use futures_util::FutureExt;
use relink_core::registry::Key;
use relink_core::{CloseCode, Config, Instant, Millis};
use tokio_rustls::rustls::ServerConfig;

use super::accepting::{Accepting, LINGER};
use super::guest::{Epitaph, Guest};
use super::house::{House, Refused};
use super::trace::Line;
use super::{Cause, Record, Session};
use crate::client::Client;
use crate::events::{Event, Events};
use crate::together::together;
use crate::ws::source::Socket;
use crate::ws::{Message, Protocol};
use crate::{Builder, Driver, Ending};

/// How a connection comes in.
pub(super) enum Entrance {
    /// Its request is to be read.
    Stream(Socket),
    /// Its TLS handshake comes first.
    Tls(Socket, Arc<ServerConfig>),
    /// An HTTP server has read its request, which was answered.
    #[cfg(feature = "hyper")]
    Upgraded(hyper::upgrade::OnUpgrade, Option<Box<str>>),
}

pub(super) type Link<P> = (Client<Message>, Events<Message>, Driver<Accepting<P>>);

/// A connection's link, which nobody polls yet.
pub(super) fn link<P: Protocol>(house: &Arc<House<P>>, entrance: Option<Entrance>, remote: Option<SocketAddr>) -> Link<P> {
    let settings = &house.settings;
    let line = Line::new(remote);
    let span = line.span().clone();
    let accepting = Accepting { house: house.clone(), entrance, key: Err(Refused::Limit), remote, line };
    // Who is too slow to ask is told so: that takes its time, too.
    let opening_timeout = Millis::new(settings.config.opening_timeout.get().saturating_add(Millis::from_duration(LINGER).get()));
    let mut builder = Builder::new(accepting)
        .span(span)
        .config(Config { opening_timeout, redial: false, ..settings.config })
        .outbox(settings.outbox)
        .inbox(settings.inbox)
        .write_timeout(settings.write_timeout)
        .clock(settings.clock);
    if let Some(seed) = settings.seed {
        builder = builder.seed(seed.wrapping_add(house.counters.accepted.get()));
    }
    builder.build()
}

/// Takes a connection in, or refuses it in a task that answers its request, or drops it where even those are too many.
pub(super) fn enter<P: Protocol>(house: &Arc<House<P>>, entrance: Entrance, remote: Option<SocketAddr>) {
    house.counters.accepted.add(1);
    let mut link = link(house, Some(entrance), remote);
    match Stay::begin(house, &mut link, remote) {
        Ok(stay) => stay.spawn(link),
        Err(_) => refuse(house, link),
    }
}

fn refuse<P: Protocol>(house: &Arc<House<P>>, (client, events, mut driver): Link<P>) {
    let limit = house.settings.limits.refusals_max;
    let house = house.clone();
    if house.rooms().closed
        || house.refusals.fetch_update(Ordering::AcqRel, Ordering::Acquire, |now| (now < limit).then_some(now + 1)).is_err()
    {
        house.counters.turned_away.add(1);
        driver.transport_mut().line.turned_away();
        return;
    }
    tokio::spawn(async move {
        let refusal = Refusal(house);
        // Without them, the link would be stopped.
        let _held = (client, events);
        let mut over = pin!(refusal.0.over());
        tokio::select! {
            _ = driver => {}
            // The server has ended; so does what it still wanted to say.
            () = &mut over => {}
        }
    });
}

/// A place among those that are being refused.
struct Refusal<P>(Arc<House<P>>);

impl<P> Drop for Refusal<P> {
    fn drop(&mut self) {
        self.0.refusals.fetch_sub(1, Ordering::AcqRel);
        self.0.changed.notify_waiters();
    }
}

/// A connection that is there. However its task ends, when this is dropped it is gone, counted and recorded.
pub(super) struct Stay<P> {
    house: Arc<House<P>>,
    key: Key,
    client: Client<Message>,
    began: Instant,
    line: Line,
}

impl<P: Protocol> Stay<P> {
    pub(super) fn begin(house: &Arc<House<P>>, link: &mut Link<P>, remote: Option<SocketAddr>) -> Result<Self, Refused> {
        let (client, _, driver) = link;
        let key = house.admit(remote, Guest::new(client.clone()));
        let accepting = driver.transport_mut();
        accepting.key = key;
        let (key, line) = (key?, accepting.line.clone());
        line.named(key);
        Ok(Self { house: house.clone(), key, client: client.clone(), began: house.now(), line })
    }

    #[cfg(feature = "hyper")]
    pub(super) const fn key(&self) -> Key {
        self.key
    }

    pub(super) fn spawn(self, (client, events, driver): Link<P>) {
        let (house, key) = (self.house.clone(), self.key);
        let overtime = house.settings.handler_timeout;
        let task = tokio::spawn(async move {
            let stay = self;
            let mut both = pin!(together(driver, visit(&stay, client, events), Some(overtime)));
            // What the session's future writes to the log is about this connection.
            poll_fn(|cx| stay.line.span().in_scope(|| both.as_mut().poll(cx))).await
        });
        // It may have ended by now.
        if let Ok(guest) = house.rooms().registry.get_mut(key) {
            // A drain may have dropped it while there was no task yet.
            if guest.dropped {
                task.abort();
            }
            guest.task = Some(task.abort_handle());
        }
    }
}

/// What is done with a connection: the session's future, once it is up.
async fn visit<P: Protocol>(stay: &Stay<P>, client: Client<Message>, mut events: Events<Message>) {
    let Stay { house, key, line, .. } = stay;
    let key = *key;
    let first = events.next().await;
    match begins(&mut events, first) {
        Some(true) => {}
        Some(false) if Box::pin(comes_up(&client)).await => {}
        Some(false) | None => return,
    }
    house.counters.sessions.add(1);
    let Some(about) = house.about(key) else { return };
    // The end of the session's future ends the link, but with the code that fits.
    let session = Session::new(key, about.clone(), client, events.lent());
    let future = AssertUnwindSafe(async { (house.handler)(session).await }).catch_unwind();
    match future.await {
        Ok(()) => {
            house.end_own(key, Cause::Done, about.end_code());
        }
        Err(_) => {
            house.counters.panicked.add(1);
            line.session_panicked(key);
            house.end_own(key, Cause::Panicked, CloseCode::INTERNAL_ERROR);
        }
    }
}

/// Whether the link is up with its first event; none, if it never will be. What is said before the acceptance waits for it, and is the
/// session's then.
fn begins(events: &mut Events<Message>, first: Option<Event<Message>>) -> Option<bool> {
    match first? {
        Event::Up { .. } => Some(true),
        early @ (Event::Message { .. } | Event::Renewed { .. }) => {
            events.put_back(early);
            Some(false)
        }
        Event::Down { .. } | Event::Failed { .. } | Event::GaveUp { .. } => None,
    }
}

/// Whether the link comes up, or has been up, before it ends.
async fn comes_up(client: &Client<Message>) -> bool {
    let mut states = client.states();
    while client.stats().ups == 0 {
        if states.changed().await.is_none() {
            return client.stats().ups > 0;
        }
    }
    true
}

impl<P> Drop for Stay<P> {
    fn drop(&mut self) {
        let (house, stats) = (&self.house, self.client.stats());
        let Epitaph { dropped, about, cause } = house.rooms().registry.get(self.key).map(Guest::epitaph).unwrap_or_default();
        let forced = dropped || stats.forced > 0;
        if let (true, Some(about)) = (stats.ups > 0, about) {
            let ending = stats.last_ending.clone().unwrap_or(Ending::Stopped);
            let (cause, code) = who_ended(&ending, cause, &house.settings.config);
            let age = Millis::new(u32::try_from(house.now().as_millis().saturating_sub(self.began.as_millis())).unwrap_or(u32::MAX));
            let record = Record {
                key: self.key,
                about,
                cause,
                code,
                ending,
                forced,
                age: age.as_duration(),
                messages_in: stats.messages_in,
                bytes_in: stats.bytes_in,
                messages_out: stats.messages_out,
                bytes_out: stats.bytes_out,
            };
            // Whatever the user's function does, the connection is gone.
            if std::panic::catch_unwind(AssertUnwindSafe(|| house.record(&self.line, &record))).is_err() {
                self.line.teller_panicked(self.key);
            }
        }
        house.leave(self.key, forced);
    }
}

/// Who wanted the end, and the code that was said, by whom ever.
fn who_ended(ending: &Ending, cause: Option<(Cause, CloseCode)>, config: &Config) -> (Cause, Option<CloseCode>) {
    use crate::ending::Phase;
    match (ending, cause) {
        (Ending::Stopped, Some((cause, code))) => (cause, Some(code)),
        (Ending::Stopped, None) => (Cause::Done, Some(CloseCode::NORMAL)),
        (Ending::Aged, _) => (Cause::Aged, Some(CloseCode::GOING_AWAY)),
        (Ending::Closed(close), _) => (Cause::Peer, close.code),
        (Ending::Asked(_), _) => (Cause::Peer, Some(CloseCode::NORMAL)),
        (Ending::Protocol(violation), _) => (Cause::Peer, Some(violation.code())),
        (Ending::Timeout(Phase::Acceptance(_) | Phase::Pulse), _) => (Cause::Peer, Some(config.timeout_code)),
        (Ending::Timeout(Phase::Message(_)), _) => (Cause::Peer, Some(CloseCode::TIMEOUT)),
        _ => (Cause::Peer, None),
    }
}
