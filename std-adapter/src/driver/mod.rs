//! The driver: one loop, event → step → action, asleep until something happens or a deadline passes. It decides nothing.
//!
//! One turn of the loop takes what the handles wish for and send, reads all that came in, then flushes once; so whatever
//! has gathered since the turn before shares one write. Before a deadline counts, all that can be read has been.

mod deadline;
mod finish;
mod lag;
mod loss;
mod notices;
mod parts;
mod receive;
mod slot;
mod tell;
mod timer;
mod trace;
mod view;
mod write;

use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use relink_core::{Attempt, End, Event, Instant, Link, Millis, Report, Verdict};
use tracing::Span;

use crate::dice::Dice;
use crate::entry::Entry;
use crate::judge::Judge;
use crate::observe::Observer;
use crate::outbox::Taken;
use crate::shared::Shared;
use crate::wishes::{Wish, Wishes};
use crate::{Clock, Ending, Transport};

use deadline::Wait;
use notices::Notices;
pub(crate) use parts::Parts;
use slot::Slot;
use timer::Timer;
use view::Place;

/// Turns in one poll before the task lets others run.
const TURNS_MAX: u32 = 16;

/// What keeps a link alive, to be polled by a task of its own, or by the user's.
///
/// Ready when the link has ended; the sockets are closed by then. Like every future it wakes the task that polled it last. Dropping it drops everything at once: the peer
/// is sent a Close (1001) but no closing handshake is waited for, and every sender is told.
#[must_use = "a link does nothing unless its driver is polled"]
pub struct Driver<T: Transport> {
    link: Link,
    clock: Clock,
    now: Instant,
    dice: Dice,
    transport: T,
    judge: Option<Box<Judge>>,
    observer: Option<Box<dyn Observer<T::Message>>>,
    write_timeout: Millis,
    shared: Arc<Shared<T::Message>>,
    notices: Notices<T::Message>,
    opening: Option<Opening<T::Connection>>,
    slots: [Option<Box<Slot<T::Connection>>>; 2],
    /// What was taken from the outbox for the current connection.
    intake: VecDeque<Entry<T::Message>>,
    /// Whether the outbox held more than was taken.
    more: bool,
    place: Place,
    /// The connection the user was told is current.
    told: Option<Attempt>,
    /// Attempts that ended in this step, to be told once it is known what follows.
    ended: Vec<Ended>,
    /// Why the current connection ended, while an older one keeps the link from being down.
    down_why: Option<Box<Ending>>,
    /// What was judged to be the end of it all.
    fatal: Option<Box<Ending>>,
    timer: Timer,
    /// Something happened that the loop has to look at.
    progress: bool,
    /// The connections that can be written to have changed.
    held_changed: bool,
    wait: Wait,
    /// The task that polls this.
    task: Waker,
    /// The waker to read with: it notes that there is something to read.
    ear: Waker,
    /// It is being polled; if this is seen from elsewhere, a poll has panicked.
    in_poll: bool,
    /// None, where nobody listens.
    span: Option<Box<Span>>,
}

/// An attempt under way.
struct Opening<C> {
    attempt: Attempt,
    future: Pin<Box<dyn Future<Output = Result<C, Ending>> + Send>>,
}

/// An attempt that is over.
struct Ended {
    attempt: Attempt,
    accepted: bool,
    why: Ending,
}

impl<T: Transport> Driver<T> {
    fn run(&mut self, cx: &mut Context<'_>) -> Poll<End> {
        let mut unknown = !self.task.will_wake(cx.waker());
        if unknown {
            self.task = cx.waker().clone();
            self.shared.set_task(&self.task);
        }
        for turn in 0..TURNS_MAX {
            self.progress = false;
            self.now = self.clock.now();
            let taken = self.shared.outbox().take(&mut self.intake);
            let readable = self.shared.take_readable();
            // Woken by a timer, by a consumer, or by a transport that keeps one waker for both directions (if we write, that of
            // the writer): everything has to be looked at. Such a transport is not heard where somebody sends at the same moment, until the
            // next wake-up of another kind.
            unknown |= turn == 0 && !readable && self.intake.is_empty() && taken.is_empty();
            if readable && self.wait == Wait::Reactor {
                self.wait = Wait::Looked;
            }
            // Where a write is blocked, reading may have waited for it, with a waker that the write has replaced since.
            for slot in self.slots.iter_mut().flatten() {
                slot.dry &= !(readable || unknown || slot.is_blocked());
            }
            let wake_at = self.turn(taken, cx);
            if let Some(end) = self.over() {
                return Poll::Ready(end);
            }
            if !self.progress && (self.wait == Wait::Reactor || !self.timer.poll(self.now, wake_at, unknown, cx)) {
                return Poll::Pending;
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Does all that can be done now. Returns when something is to be looked at again, if nothing happens before.
    fn turn(&mut self, taken: Taken<T::Message>, cx: &mut Context<'_>) -> Instant {
        self.more = taken.more;
        if !taken.bound.is_empty() {
            taken.bound.into_iter().for_each(|entry| self.route(entry));
        }
        // What was accepted before a Stop goes before its Close.
        self.write(cx);
        if !taken.wishes.is_empty() {
            self.grant(taken.wishes);
        }
        self.open(cx);
        if self.slots.iter().flatten().any(|slot| !slot.dry) {
            self.receive();
        }
        self.flush(cx);
        self.read_out();
        self.settle_drain();
        let wake_at = self.wake_at();
        if self.now < wake_at {
            self.wait = Wait::No;
            return wake_at;
        }
        if self.waits(cx) {
            return wake_at;
        }
        self.bury();
        if self.is_due() {
            self.expire();
        }
        // Its action may have put something into a write buffer.
        self.flush(cx);
        self.wake_at()
    }

    fn grant(&mut self, wishes: Wishes) {
        match wishes.end.map(|end| *end) {
            None => {}
            Some(Wish::Stop(code)) => self.tell(Event::Stop(code), None),
            Some(Wish::Drain(at, code)) => {
                let within = at.saturating_duration_since(tokio::time::Instant::now());
                self.tell(Event::Drain(self.now.after(Millis::from_duration(within)), code), None);
            }
        }
        if wishes.start {
            self.tell(Event::Start, None);
        }
        if let (true, Some(attempt)) = (wishes.renew, self.place.up()) {
            let renewal = Verdict::Renew { within: Millis::ZERO };
            self.tell(Event::Of(attempt, Report::Asked(renewal)), Some(&Ending::Replaced));
        }
        self.shared.outbox().granted();
        // Who waits for the end of a link that rests already sees no other change.
        self.shared.changed.notify_waiters();
    }

    fn open(&mut self, cx: &mut Context<'_>) {
        let Some(opening) = &mut self.opening else { return };
        let Poll::Ready(result) = opening.future.as_mut().poll(cx) else { return };
        let attempt = opening.attempt;
        self.opening = None;
        match result {
            Ok(connection) => {
                self.shared.counters.opened.add(1);
                self.hold(Slot::new(attempt, connection));
                self.tell(Event::Of(attempt, Report::Opened), None);
            }
            Err(why) => {
                let verdict = self.verdict(&why);
                self.ended.push(Ended { attempt, accepted: false, why: why.clone() });
                self.tell(Event::Of(attempt, Report::Lost(verdict)), Some(&why));
            }
        }
    }

    /// The core holds no more than two at a time, the one being opened included.
    fn hold(&mut self, slot: Slot<T::Connection>) {
        self.held_changed = true;
        if let Some(free) = self.slots.iter_mut().find(|slot| slot.is_none()) {
            *free = Some(Box::new(slot));
        }
    }

    /// Where this connection is kept.
    fn seat(&self, attempt: Attempt) -> Option<usize> {
        self.slots.iter().position(|slot| slot.as_ref().is_some_and(|slot| slot.attempt == attempt))
    }

    /// A quiet moment: memory that traffic has left behind goes back.
    fn shrink(&mut self) {
        self.intake.shrink_to_fit();
        self.notices.shrink();
        self.slots.iter_mut().flatten().for_each(|slot| slot.shrink());
        self.shared.outbox().shrink();
        self.shared.inbox().shrink();
    }

    fn span(&self) -> &Span {
        static NONE: Span = Span::none();
        self.span.as_deref().unwrap_or(&NONE)
    }
}

impl<T: Transport> Future for Driver<T> {
    type Output = End;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<End> {
        let driver = self.get_mut();
        if driver.in_poll {
            driver.finish();
            return Poll::Ready(End::GivenUp);
        }
        driver.in_poll = true;
        // First, or a message that waits behind what could not be told would be taken for read.
        driver.notices.catch_up(&driver.shared);
        let end = driver.run(cx);
        driver.notices.catch_up(&driver.shared);
        driver.notices.publish(&driver.shared);
        driver.in_poll = false;
        end
    }
}

/// Nothing in it is ever pinned but what is boxed.
impl<T: Transport> Unpin for Driver<T> {}

impl<T: Transport> Drop for Driver<T> {
    fn drop(&mut self) {
        self.finish();
    }
}

impl<T: Transport> fmt::Debug for Driver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Driver").field("state", &self.link.state()).finish_non_exhaustive()
    }
}
