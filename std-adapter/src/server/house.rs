//! Who is there: the registry of connections and the drain, behind a lock that is held for a few moves in memory.

use std::hash::RandomState;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use relink_core::drain::{Drain, Event as DrainEvent, Reaction, Seat, Tally};
use relink_core::registry::{Gone, Key, Refusal, Registry, Slot};
use relink_core::{CloseCode, Instant, Millis};
use tokio::sync::Notify;

use super::builder::{Handler, Settings, Slow};
use super::guest::Guest;
use super::replaced::Replaced;
use super::stats::{Counters, Stats};
use super::trace::Line;
use super::{About, Cause, Record};
use crate::receipt::SendError;
use crate::ws::Message;

/// Connections that a broadcast meets under one lock, before others get it.
const ROUND_MAX: usize = 64;
/// Slots of an empty house; it doubles when they are taken.
const SLOTS_MIN: usize = 16;

pub(super) struct House<P> {
    pub(super) settings: Settings<P>,
    pub(super) handler: Handler,
    pub(super) counters: Counters,
    rooms: Mutex<Rooms>,
    /// Something has changed that a drain waits for.
    pub(super) changed: Notify,
    /// Streams that are being refused.
    pub(super) refusals: AtomicU32,
    unnamed: AtomicU64,
}

type Memory<T> = Vec<Slot<Arc<str>, T, Group>>;

pub(super) struct Rooms {
    pub(super) registry: Registry<Arc<str>, Guest, Memory<Guest>, RandomState, Group>,
    pub(super) drain: Option<Drain<Key, Vec<Seat<Key>>>>,
    pub(super) replaced: Replaced,
    /// Nobody is left, and nobody is taken in any more.
    pub(super) closed: bool,
    /// What those are told that come during a drain.
    pub(super) retry_after: Millis,
    /// What those are closed with that a drain ends.
    pub(super) drain_code: CloseCode,
    /// Those among the drain's that never were let in.
    pub(super) strangers: Tally,
}

/// What a limit counts apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Group {
    V4([u8; 4]),
    /// A network of one customer.
    V6([u8; 8]),
    /// Nobody knows whence it came: a group of its own.
    Unknown(u64),
}

impl<P> House<P> {
    pub(super) fn new(settings: Settings<P>, handler: Handler) -> Self {
        let registry = Registry::new(settings.limits.registry(), memory(SLOTS_MIN), RandomState::new());
        Self {
            settings,
            handler,
            counters: Counters::default(),
            rooms: Mutex::new(Rooms {
                registry,
                drain: None,
                replaced: Replaced::default(),
                closed: false,
                retry_after: Millis::ZERO,
                drain_code: CloseCode::GOING_AWAY,
                strangers: Tally::default(),
            }),
            changed: Notify::new(),
            refusals: AtomicU32::new(0),
            unnamed: AtomicU64::new(0),
        }
    }

    pub(super) fn rooms(&self) -> MutexGuard<'_, Rooms> {
        // A panic elsewhere leaves it whole: what is done under this lock does not call anybody.
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn now(&self) -> Instant {
        self.settings.clock.now()
    }

    pub(super) fn is_draining(&self) -> bool {
        self.rooms().drain.is_some()
    }

    /// Takes a connection in, before anything is known of it.
    pub(super) fn admit(&self, remote: Option<SocketAddr>, guest: Guest) -> Result<Key, Refused> {
        let group = match remote.map(|remote| remote.ip().to_canonical()) {
            Some(IpAddr::V4(address)) => Group::V4(address.octets()),
            Some(IpAddr::V6(address)) => {
                let [a, b, c, d, e, f, g, h, ..] = address.octets();
                Group::V6([a, b, c, d, e, f, g, h])
            }
            None => Group::Unknown(self.unnamed.fetch_add(1, Ordering::Relaxed)),
        };
        let mut rooms = self.rooms();
        if rooms.drain.is_some() {
            return Err(Refused::Draining);
        }
        let refused = match rooms.registry.admit(group, None, guest) {
            Ok(admitted) => {
                drop(rooms);
                self.counters.entered();
                return Ok(admitted.key);
            }
            Err(refused) => refused,
        };
        if refused.because != Refusal::Memory {
            return Err(Refused::Limit);
        }
        let more = memory(rooms.registry.capacity().saturating_mul(2));
        // More than there was is never given back.
        let _old = rooms.registry.exchange(more);
        let admitted = rooms.registry.admit(group, None, refused.value).map_err(|_| Refused::Limit)?;
        drop(rooms);
        self.counters.entered();
        Ok(admitted.key)
    }

    /// A connection has ended. What was known of it, if it was there: to be dropped without the lock, for the user's own are in it.
    pub(super) fn leave(&self, key: Key, forced: bool) -> Option<Guest> {
        let mut rooms = self.rooms();
        let removed = rooms.registry.remove(key).ok();
        if removed.as_ref().is_some_and(|removed| removed.replaced) {
            rooms.replaced.remove(key);
        }
        let is_stranger = removed.as_ref().is_some_and(|removed| !removed.value.is_let_in());
        if let Some(drain) = &mut rooms.drain {
            let event = if forced { DrainEvent::Dropped(key) } else { DrainEvent::Ended(key) };
            if drain.step(self.now(), 0, event) == Reaction::Wait && is_stranger {
                let Tally { graceful, forced: dropped } = &mut rooms.strangers;
                *(if forced { dropped } else { graceful }) += 1;
            }
            drop(rooms);
            self.changed.notify_waiters();
        } else {
            drop(rooms);
        }
        let removed = removed?;
        self.counters.left(removed.replaced);
        Some(removed.value)
    }
}

impl<P> House<P> {
    pub(super) fn send(&self, to: Key, message: Message) -> Result<(), SendError<Message>> {
        let client = match self.rooms().registry.get(to) {
            Ok(guest) if guest.is_let_in() => guest.client.clone(),
            Ok(_) | Err(Gone) => {
                self.counters.stale.add(1);
                return Err(SendError::Gone(message));
            }
        };
        client.try_send(message).map_err(|error| self.unsent(to, error))
    }

    fn unsent(&self, to: Key, error: SendError<Message>) -> SendError<Message> {
        match error {
            // It has ended, and its task has not said so yet.
            SendError::Ended(message) | SendError::Gone(message) => {
                self.counters.stale.add(1);
                SendError::Gone(message)
            }
            SendError::Full(_) => {
                self.counters.full.add(1);
                if let Slow::Close(code) = self.settings.slow {
                    self.end(to, Cause::Slow, code);
                }
                error
            }
            SendError::TooHeavy(_) => error,
        }
    }

    pub(super) fn broadcast(&self, message: &Message) -> usize {
        let (mut sent, mut last) = (0, None);
        let mut slow = Vec::new();
        loop {
            let rooms = self.rooms();
            for _ in 0..ROUND_MAX {
                let Some(key) = rooms.registry.after(last) else {
                    drop(rooms);
                    slow.into_iter().for_each(|(key, error)| drop(self.unsent(key, error)));
                    return sent;
                };
                last = Some(key);
                let Ok(guest) = rooms.registry.connection(key) else { continue };
                if guest.replaced || !guest.value.is_let_in() {
                    continue;
                }
                match guest.value.client.try_send(message.clone()) {
                    Ok(()) => sent += 1,
                    Err(error) => slow.push((key, error)),
                }
            }
        }
    }

    pub(super) fn find(&self, identity: &str) -> Option<Key> {
        // The registry looks for what it keeps, and that is shared text.
        self.rooms().registry.find(&Arc::from(identity))
    }

    pub(super) fn about(&self, key: Key) -> Option<Arc<About>> {
        self.rooms().registry.get(key).ok()?.about().cloned()
    }

    pub(super) fn keys(&self) -> Vec<Key> {
        self.rooms().registry.iter().filter(|guest| guest.value.is_let_in()).map(|guest| guest.key).collect()
    }

    pub(super) fn record(&self, line: &Line, record: &Record) {
        self.counters.ended(record);
        line.ended(record);
        if let Some(on_end) = &self.settings.on_end {
            on_end(record);
        }
    }

    pub(super) fn stats(&self) -> Stats {
        let (connections, replaced) = {
            let rooms = self.rooms();
            (rooms.registry.len(), rooms.registry.replaced())
        };
        let count = &self.counters;
        Stats {
            connections: connections.into(),
            replaced_now: replaced.into(),
            accepted: count.accepted.get(),
            sessions: count.sessions.get(),
            rejected: count.rejected_in_all(),
            turned_away: count.turned_away.get(),
            ended: count.ended_in_all(),
            forced: count.forced.get(),
            stale: count.stale.get(),
            full: count.full.get(),
            panicked: count.panicked.get(),
        }
    }
}

/// Why a connection is not taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    Limit,
    Draining,
    /// Sessions like it are ended whenever it is judged.
    Ending,
}

fn memory<T>(slots: usize) -> Memory<T> {
    std::iter::repeat_with(|| Slot::EMPTY).take(slots).collect()
}
