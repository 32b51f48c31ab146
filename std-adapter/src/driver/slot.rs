//! One open connection: what is on its way to it, and the fate of that.

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use relink_core::{Attempt, CloseCode, Instant, Millis};
use tokio::task::coop;

use crate::entry::Entry;
use crate::load::Load;
use crate::observe::{Content, Direction, Frame, Observer};
use crate::receipt::{Fate, Teller};
use crate::{Connection, Ending, Incoming};

pub(super) struct Slot<C: Connection> {
    pub(super) attempt: Attempt,
    pub(super) connection: C,
    /// The user was told that it is the current one.
    pub(super) accepted: bool,
    pub(super) closing: Closing,
    /// What our Close says in place of the core's code, where the core was told of a violation or an overdue deadline in other words.
    pub(super) own_code: Option<CloseCode>,
    /// Something came in since the core was told so.
    pub(super) heard: bool,
    /// A message for which there is no room; until there is, nothing is read.
    pub(super) parked: Option<Box<Incoming<C::Message>>>,
    /// Nothing was in hand when the core was told so.
    pub(super) drained: bool,
    /// Something may wait in the write buffer.
    pub(super) dirty: bool,
    ping: Ping,
    /// The peer's own heartbeat, as promised last.
    pub(super) pulse: Option<Millis>,
    /// Why it ends, once that is known: the first cause counts.
    pub(super) why: Option<Box<Ending>>,
    /// A write has failed, for this reason: what came in before is still read, nothing is written any more.
    pub(super) failed: Option<Box<Ending>>,
    /// Nobody sends to it any more because of that.
    pub(super) sealed: bool,
    /// Messages for this connection and no other.
    pub(super) bound: VecDeque<Entry<C::Message>>,
    /// Messages in the write buffer, and the senders among them that want to be told.
    unflushed: u32,
    tellers: Vec<Teller<C::Message>>,
    blocked: Blocked,
    /// All that was ready has been read: nothing more is, until the socket says so.
    pub(super) dry: bool,
}

/// How far the closing handshake has come. Once it has begun, nothing more is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Closing {
    No,
    /// Our Close was queued.
    Ours(CloseCode),
    /// The peer's Close came in, ours sent before or not.
    Theirs,
}

/// Where our last ping is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ping {
    /// It left at once, or something has come in since: its time counts.
    Gone,
    /// In the write buffer. So much had been written when this was looked at last.
    Queued(u64),
    /// It had to wait there for what was before it.
    Late,
}

/// A write that does not get on: how far it has got, and until when it has to get further.
struct Blocked {
    until: Instant,
    written_bytes: u64,
}

impl Blocked {
    const NOT: Self = Self { until: Instant::NEVER, written_bytes: 0 };
}

/// What a slot needs to know of the driver to write.
pub(super) struct Pen<'a, 'c, M> {
    pub(super) cx: &'a mut Context<'c>,
    pub(super) now: Instant,
    pub(super) write_timeout: Millis,
    pub(super) observer: Option<&'a mut (dyn Observer<M> + 'static)>,
}

impl<C: Connection> Slot<C> {
    pub(super) const fn new(attempt: Attempt, connection: C) -> Self {
        Self {
            attempt,
            connection,
            accepted: false,
            closing: Closing::No,
            own_code: None,
            heard: false,
            parked: None,
            drained: false,
            // The protocol's greeting.
            dirty: true,
            ping: Ping::Gone,
            pulse: None,
            why: None,
            failed: None,
            sealed: false,
            bound: VecDeque::new(),
            unflushed: 0,
            tellers: Vec::new(),
            blocked: Blocked::NOT,
            dry: false,
        }
    }

    /// What was read last and not delivered, or what there is to be read.
    #[inline]
    pub(super) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Incoming<C::Message>> {
        if let Some(parked) = self.parked.take() {
            return Poll::Ready(*parked);
        }
        if self.dry {
            return Poll::Pending;
        }
        let incoming = self.connection.poll_receive(cx);
        self.dry = incoming.is_pending();
        incoming
    }

    /// Queues as much of `entries` as the connection has room for. Returns how much it took.
    pub(super) fn feed(&mut self, entries: &mut VecDeque<Entry<C::Message>>, pen: &mut Pen<'_, '_, C::Message>) -> Load {
        let mut load = Load::default();
        while !entries.is_empty() && self.has_room(pen) {
            let Some(entry) = entries.pop_front() else { break };
            load = load.plus(Load::of(entry.weight));
            if let Some(observer) = &mut pen.observer {
                let content = Content::Message(&entry.message, entry.weight);
                observer.frame(&Frame { now: pen.now, attempt: self.attempt, direction: Direction::Out, content });
            }
            self.dirty = true;
            self.unflushed = self.unflushed.saturating_add(1);
            if let Some(tag) = entry.tag {
                self.tellers.push(tag.teller);
            }
            if let Err(ending) = self.connection.queue(entry.message) {
                self.fails(ending);
            }
        }
        load
    }

    #[inline]
    fn has_room(&mut self, pen: &mut Pen<'_, '_, C::Message>) -> bool {
        if !self.takes_messages() {
            return false;
        }
        match self.connection.poll_ready(pen.cx) {
            Poll::Ready(Ok(())) => true,
            Poll::Ready(Err(ending)) => {
                self.fails(ending);
                false
            }
            Poll::Pending => {
                self.blocks(pen);
                false
            }
        }
    }

    /// Writes what is queued to the socket. Returns how many messages were queued, if none are any more.
    pub(super) fn flush(&mut self, pen: &mut Pen<'_, '_, C::Message>) -> Option<u32> {
        if !self.dirty || self.failed.is_some() {
            return None;
        }
        match self.connection.poll_flush(pen.cx) {
            Poll::Ready(Ok(())) => {
                self.dirty = false;
                if matches!(self.ping, Ping::Queued(_)) {
                    self.ping = if self.is_blocked() { Ping::Late } else { Ping::Gone };
                }
                self.blocked = Blocked::NOT;
                self.tell_all(true);
                return Some(std::mem::take(&mut self.unflushed));
            }
            Poll::Ready(Err(ending)) => self.fails(ending),
            Poll::Pending => self.blocks(pen),
        }
        None
    }

    /// Queues our ping.
    pub(super) fn ping(&mut self) {
        self.dirty = true;
        match self.connection.queue_ping() {
            Ok(()) => self.ping = Ping::Queued(self.connection.written_bytes()),
            Err(ending) => self.fails(ending),
        }
    }

    /// Whether our ping cannot have been answered yet, because the socket was busy taking what had been queued before it.
    pub(super) fn delays_ping(&mut self) -> bool {
        let written_bytes = self.connection.written_bytes();
        let before = std::mem::replace(&mut self.ping, Ping::Gone);
        if let Ping::Queued(_) = before {
            self.ping = Ping::Queued(written_bytes);
        }
        match before {
            Ping::Gone => false,
            Ping::Queued(written_before) => written_bytes != written_before,
            Ping::Late => true,
        }
    }

    /// Something came in: our ping need not be answered any more.
    pub(super) const fn answers_ping(&mut self) {
        self.ping = Ping::Gone;
    }

    fn blocks(&mut self, pen: &Pen<'_, '_, C::Message>) {
        let written_bytes = self.connection.written_bytes();
        if self.blocked.until == Instant::NEVER || self.blocked.written_bytes != written_bytes {
            self.blocked = Blocked { until: pen.now.after(pen.write_timeout), written_bytes };
        }
    }

    /// Writing has failed; the first cause counts.
    pub(super) fn fails(&mut self, ending: Ending) {
        if self.failed.is_none() {
            self.failed = Some(Box::new(ending));
            self.blocked = Blocked::NOT;
        }
    }

    /// There is no room for what was read last.
    pub(super) fn park(&mut self, unread: Incoming<C::Message>) {
        self.parked = Some(Box::new(unread));
        if self.failed.is_some() {
            // Somebody has consumed something since, or there would have been nothing to read.
            self.blocked = Blocked::NOT;
        }
    }

    /// Writing has failed. Reads on for so long; `None`: for as long as the consumer wants.
    pub(super) fn outlives(&mut self, now: Instant, patience: Option<Millis>) {
        match patience {
            None => self.blocked = Blocked::NOT,
            Some(patience) if self.blocked.until == Instant::NEVER => self.blocked.until = now.after(patience),
            Some(_) => {}
        }
    }

    pub(super) fn is_blocked(&self) -> bool {
        self.blocked.until != Instant::NEVER
    }

    /// When it counts as lost: a write has made no progress for too long, or has failed and what was left to read is read.
    pub(super) const fn lost_at(&self) -> Instant {
        if self.is_read_out() { Instant::ZERO } else { self.blocked.until }
    }

    /// Writing has failed, and nothing is left to read.
    pub(super) const fn is_read_out(&self) -> bool {
        self.failed.is_some() && self.dry
    }

    /// Whether messages may go to it.
    pub(super) fn takes_messages(&self) -> bool {
        !self.is_closing() && self.failed.is_none()
    }

    pub(super) fn is_closing(&self) -> bool {
        self.closing != Closing::No
    }

    /// Whether this Close of the peer's is the answer to ours and says nothing new (RFC 6455 §5.5.1: it echoes the code).
    /// Otherwise the two have crossed on the way.
    pub(super) fn is_answer(&self, ending: &Ending) -> bool {
        match (self.closing, ending) {
            (Closing::No, _) => false,
            (Closing::Ours(code), Ending::Closed(close)) => close.code.is_none_or(|answered| answered == code),
            (Closing::Ours(_), _) => false,
            (Closing::Theirs, _) => true,
        }
    }

    /// Nothing waits to be written.
    pub(super) fn is_clean(&self) -> bool {
        !self.dirty && self.bound.is_empty()
    }

    /// The last words before it is dropped. Nobody waits for them, and nobody hears of it if they fail; a task that has done much gets
    /// to say them, too.
    pub(super) fn says_close(&mut self, code: CloseCode) {
        if self.connection.queue_close(code).is_ok() {
            let flushed = pin!(coop::unconstrained(poll_fn(|cx| self.connection.poll_flush(cx))));
            let _written_or_not = flushed.poll(&mut Context::from_waker(Waker::noop()));
        }
    }

    /// Drops the connection. Returns how many messages were on their way to the socket, and those that never were.
    pub(super) fn end(mut self) -> (u32, VecDeque<Entry<C::Message>>) {
        self.tell_all(false);
        (self.unflushed, self.bound)
    }

    fn tell_all(&mut self, written: bool) {
        // Most messages have none, and an empty drain is not free.
        if self.tellers.is_empty() {
            return;
        }
        for teller in self.tellers.drain(..) {
            let _nobody_waits = teller.send(if written { Fate::Written } else { Fate::Unknown });
        }
    }

    /// Returns memory that traffic has left behind.
    pub(super) fn shrink(&mut self) {
        self.bound.shrink_to_fit();
        self.tellers.shrink_to_fit();
    }
}
