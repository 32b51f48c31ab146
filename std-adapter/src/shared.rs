//! What the handles, the stream and the driver share. Each lock guards a few moves in memory, never an await.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Wake, Waker};

use tokio::sync::Notify;

use crate::entry::Entry;
use crate::inbox::Inbox;
use crate::load::{Handed, Load};
use crate::outbox::{Outbox, OutboxLimits, Refusal};
use crate::receipt::Fate;
use crate::stats::{Counters, Stats};
use crate::status::Status;
use crate::wishes::Wish;

pub(crate) struct Shared<M> {
    outbox: Mutex<Outbox<M>>,
    inbox: Mutex<Inbox<M>>,
    status: Mutex<Status>,
    /// The state, or whether there will be another, has changed.
    pub(crate) changed: Notify,
    /// There is room in the outbox again.
    pub(crate) room: Notify,
    /// Senders that wait for room.
    pub(crate) waiting: AtomicU32,
    pub(crate) handed: Handed,
    pub(crate) clients: AtomicU32,
    /// The task that polls the driver.
    task: Mutex<Option<Waker>>,
    /// Something the driver waits to read has become ready. It reads through a waker of its own, which is this: so it
    /// need not look into the sockets each time it is woken to write.
    readable: AtomicBool,
    /// The driver was polled, or will be: a task of its own is there for it.
    driven: AtomicBool,
    /// Nobody is left who could restart the link.
    orphaned: AtomicBool,
    pub(crate) restartable: bool,
    pub(crate) counters: Counters,
    pub(crate) weigh: fn(&M) -> usize,
}

impl<M> Shared<M> {
    pub(crate) fn new(limits: OutboxLimits, lazy: bool, restartable: bool, weigh: fn(&M) -> usize) -> Self {
        Self {
            outbox: Mutex::new(Outbox::new(limits, lazy)),
            inbox: Mutex::new(Inbox::new()),
            status: Mutex::new(Status::new()),
            changed: Notify::new(),
            room: Notify::new(),
            waiting: AtomicU32::new(0),
            handed: Handed::default(),
            clients: AtomicU32::new(1),
            task: Mutex::new(None),
            readable: AtomicBool::new(true),
            driven: AtomicBool::new(false),
            orphaned: AtomicBool::new(false),
            restartable,
            counters: Counters::default(),
            weigh,
        }
    }

    pub(crate) fn outbox(&self) -> MutexGuard<'_, Outbox<M>> {
        lock(&self.outbox)
    }

    pub(crate) fn inbox(&self) -> MutexGuard<'_, Inbox<M>> {
        lock(&self.inbox)
    }

    pub(crate) fn status(&self) -> MutexGuard<'_, Status> {
        lock(&self.status)
    }

    /// Puts a message into the outbox of which nobody wants to hear again: the common case.
    pub(crate) fn push_plain(&self, message: M) -> Result<(), (Refusal, Entry<M>)> {
        let weight = self.weight(&message);
        // First the lock, then the message, so that it is moved once.
        let mut outbox = self.outbox();
        if outbox.has_room_at_once(weight, self.handed.get()) {
            let driver_sleeps = outbox.push(Entry::plain(message, weight));
            drop(outbox);
            self.wake_driver_if(driver_sleeps);
            return Ok(());
        }
        drop(outbox);
        self.push(Entry::plain(message, weight))
    }

    /// Puts a message into the outbox.
    pub(crate) fn push(&self, entry: Entry<M>) -> Result<(), (Refusal, Entry<M>)> {
        let mut dropped = Vec::new();
        let mut outbox = self.outbox();
        let admitted = outbox.admit(&entry, self.handed.get(), &mut dropped);
        let (driver_sleeps, outcome) = match admitted {
            Ok(()) => (outbox.push(entry), Ok(())),
            Err(Refusal::Dropped) => {
                dropped.push(entry);
                (false, Ok(()))
            }
            Err(refusal) => (false, Err((refusal, entry))),
        };
        drop(outbox);
        self.wake_driver_if(driver_sleeps);
        self.counters.dropped.add_shared(u32::try_from(dropped.len()).unwrap_or(u32::MAX));
        dropped.into_iter().for_each(|entry| entry.tell(Fate::Dropped));
        outcome
    }

    pub(crate) fn weight(&self, message: &M) -> u32 {
        u32::try_from((self.weigh)(message)).unwrap_or(u32::MAX)
    }

    /// The driver has handed this much over, or given it up: there is room again.
    pub(crate) fn hand_over(&self, load: Load) {
        self.handed.add(load);
        if self.waiting.load(Ordering::SeqCst) > 0 {
            self.room.notify_one();
        }
    }

    #[inline]
    pub(crate) fn wake_driver_if(&self, driver_waits: bool) {
        if driver_waits {
            self.wake_driver();
        }
    }

    fn wake_driver(&self) {
        let task = lock(&self.task).clone();
        wake(task);
    }

    /// The driver is polled by this task now.
    pub(crate) fn set_task(&self, waker: &Waker) {
        self.is_to_be_driven();
        *lock(&self.task) = Some(waker.clone());
    }

    /// The driver will be polled.
    pub(crate) fn is_to_be_driven(&self) {
        self.driven.store(true, Ordering::SeqCst);
    }

    /// Whether the driver was polled, or will be for sure.
    pub(crate) fn is_driven(&self) -> bool {
        self.driven.load(Ordering::SeqCst)
    }

    /// Forgets the task: nothing will wake it any more.
    pub(crate) fn forget_task(&self) {
        *lock(&self.task) = None;
    }

    /// Whether something has become ready to be read since this was asked last.
    pub(crate) fn take_readable(&self) -> bool {
        self.readable.load(Ordering::Relaxed) && self.readable.swap(false, Ordering::AcqRel)
    }

    /// Nobody can wish for anything any more, or nobody listens: this is the last wish.
    pub(crate) fn orphan(&self, wish: Wish) {
        self.orphaned.store(true, Ordering::SeqCst);
        let driver_sleeps = self.outbox().wish(wish);
        self.wake_driver_if(driver_sleeps);
    }

    /// Whether the driver ends when the link does.
    pub(crate) fn ends_with_link(&self) -> bool {
        !self.restartable || self.orphaned.load(Ordering::SeqCst)
    }

    pub(crate) fn stats(&self) -> Stats {
        let waiting = self.outbox().waiting(self.handed.get());
        let waiting_events = self.inbox().level().events;
        let (state, last_ending) = {
            let status = self.status();
            (status.state, status.last_ending.as_deref().cloned())
        };
        let count = &self.counters;
        Stats {
            state,
            last_ending,
            dials: count.dials.get(),
            opened: count.opened.get(),
            ups: count.ups.get(),
            downs: count.downs.get(),
            failed: count.failed.get(),
            renewals: count.renewals.get(),
            forced: count.forced.get(),
            stalls: count.stalls.get(),
            ignored: count.ignored.get(),
            events_left_out: count.events_left_out.get(),
            messages_in: count.messages_in.get(),
            bytes_in: count.bytes_in.get(),
            messages_out: count.messages_out.get(),
            bytes_out: count.bytes_out.get(),
            flushes: count.flushes.get(),
            dropped: count.dropped.get(),
            unknown: count.unknown.get(),
            not_written: count.not_written.get(),
            waiting_messages: waiting.messages,
            waiting_bytes: waiting.bytes,
            waiting_events,
        }
    }
}

impl<M: Send + 'static> Wake for Shared<M> {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.readable.store(true, Ordering::Release);
        self.wake_driver();
    }
}

pub(crate) fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        waker.wake();
    }
}

/// A lock poisoned by a panic elsewhere: the data are moved in and out whole, so they are sound.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
